//! What can be typed (design §5). One file per group of commands.

mod bridge;
mod db;
mod keys;
mod orgs;
mod output;
mod serve;
mod upstream;
mod users;

use std::net::SocketAddr;
use std::path::PathBuf;

use actix_web::rt::System;
use clap::{Args, CommandFactory as _, Parser, Subcommand};
use clap_complete::Shell;
use evalstone_core::organization::Organization;
use evalstone_store::Store;

use crate::config::{Config, Overrides, environment, load};
use crate::failure::Failure;
use crate::opening::open;

/// One store of evaluation datasets, three vendors' APIs.
#[derive(Debug, Parser)]
#[command(name = "evalstone", version, about)]
struct Cli {
    #[command(flatten)]
    flags: Flags,
    #[command(subcommand)]
    command: Option<Command>,
}

/// Settings that may be given on the command line. Secrets are not among them, but for a database
/// URL that has none.
#[derive(Args, Debug)]
#[command(next_help_heading = "Settings")]
struct Flags {
    /// Configuration file [env: EVALSTONE_CONFIG]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Where to listen [env: EVALSTONE_LISTEN] [default: 127.0.0.1:3825]
    #[arg(long, global = true, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// Data directory [env: EVALSTONE_DATA_DIR] [default: ./data]
    #[arg(long, global = true, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// sqlite:PATH or postgres://… [env: EVALSTONE_DATABASE_URL, else DATABASE_URL]
    #[arg(long, global = true, value_name = "URL")]
    database_url: Option<String>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the gateway; also what a bare `evalstone` does
    Serve,
    /// Organizations
    #[command(subcommand)]
    Orgs(orgs::Orgs),
    /// Users of an organization
    #[command(subcommand)]
    Users(users::Users),
    /// API keys
    #[command(subcommand)]
    Keys(keys::Keys),
    /// What running as a vendor's mirror has missed
    #[command(subcommand)]
    Mirror(upstream::Mirror),
    /// How a vendor's answers differ from the gateway's
    #[command(subcommand)]
    Diff(upstream::Diff),
    /// The database's schema
    #[command(subcommand)]
    Db(db::Db),
    Pull(bridge::Pull),
    Push(bridge::Push),
    Export(bridge::Export),
    Import(bridge::Import),
    Verify(bridge::Verify),
    Loss(bridge::Loss),
    /// The configuration
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: Shell,
    },
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// Print the effective configuration as TOML, passwords masked
    Show,
}

/// Reads the command line and does what it says. Usage errors end the process with code 2.
///
/// # Errors
/// When the command fails.
pub fn run() -> Result<(), Failure> {
    let Cli { flags, command } = Cli::parse();
    let command = command.unwrap_or(Command::Serve);
    if let Command::Completions { shell } = command {
        // Into memory first: clap panics where the pipe it writes to is closed.
        let mut script = Vec::new();
        clap_complete::generate(shell, &mut Cli::command(), "evalstone", &mut script);
        return output::text(String::from_utf8_lossy(&script).trim_end());
    }
    let config = load(flags.into(), environment(|name| std::env::var(name).ok())?)?;
    match command {
        Command::Serve => serve::run(&config),
        Command::Orgs(command) => {
            with_store(&config, async |store| command.run(&store, &config).await)
        }
        Command::Users(command) => with_store(&config, async |store| command.run(&store).await),
        Command::Keys(command) => with_store(&config, async |store| command.run(&store).await),
        Command::Mirror(command) => with_store(&config, async |store| command.run(&store).await),
        Command::Diff(command) => with_store(&config, async |store| command.run(&store).await),
        Command::Db(command) => command.run(&config),
        Command::Pull(command) => command.run(&config),
        Command::Push(command) => command.run(&config),
        Command::Export(command) => command.run(&config),
        Command::Import(command) => command.run(&config),
        Command::Verify(command) => command.run(&config),
        Command::Loss(command) => command.run(&config),
        Command::Config(ConfigCommand::Show) => show(&config),
        Command::Completions { .. } => Ok(()),
    }
}

fn with_store(
    config: &Config,
    work: impl AsyncFnOnce(Store) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let store = open(config)?;
    System::new().block_on(work(store))
}

fn show(config: &Config) -> Result<(), Failure> {
    let text = config.to_toml().map_err(|error| Failure::new(error.to_string()))?;
    output::text(text.trim_end())
}

/// The organization that a command names by slug or id.
async fn organization(store: &Store, name: &str) -> Result<Organization, Failure> {
    let found = store.find_organization(name).await?;
    found.ok_or_else(|| Failure::new(format!("there is no organization {name:?}")))
}

impl From<Flags> for Overrides {
    fn from(flags: Flags) -> Self {
        let Flags { config, listen, data_dir, database_url } = flags;
        Self { config, listen, data_dir, database_url: database_url.map(Into::into) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_bare_call_takes_the_flags_of_serve() {
        for line in [
            &["evalstone", "--listen", "[::1]:0", "--data-dir", "d"][..],
            &["evalstone", "serve", "--listen", "[::1]:0", "--data-dir", "d"],
        ] {
            let cli = Cli::try_parse_from(line).expect("valid");
            assert!(matches!(cli.command, None | Some(Command::Serve)));
            let overrides = Overrides::from(cli.flags);
            assert_eq!(overrides.listen, "[::1]:0".parse().ok());
            assert_eq!(overrides.data_dir, Some("d".into()));
        }
    }
}
