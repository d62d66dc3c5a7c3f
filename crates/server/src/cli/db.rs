//! `evalstone db`.

use clap::Subcommand;
use evalstone_core::error::Error;
use evalstone_store::migrations::{Status, migrate, status};
use serde_json::{Value, json};

use super::output;
use crate::config::Config;
use crate::failure::Failure;
use crate::opening::{prepare, unreachable_database};

/// Commands on the database's schema.
#[derive(Debug, Subcommand)]
pub enum Db {
    /// Bring the schema up to date, as every start does
    Migrate,
    /// Show which migrations were run
    Status {
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
}

impl Db {
    /// Does it.
    ///
    /// # Errors
    /// When the database is out of reach, or newer than this binary.
    pub fn run(self, config: &Config) -> Result<(), Failure> {
        prepare(config)?;
        let url = config.database_url();
        let cannot = |error: Error| unreachable_database(config, &error.into());
        match self {
            Self::Migrate => {
                migrate(url.expose()).map_err(cannot)?;
                output::text("the schema is up to date")
            }
            Self::Status { json } => show(&status(url.expose()).map_err(cannot)?, json),
        }
    }
}

fn show(status: &Status, json: bool) -> Result<(), Failure> {
    if json {
        let list = status.migrations.iter();
        let list: Value = list.map(|(name, run)| json!({ "name": name, "run": run })).collect();
        return output::json(&json!({ "migrations": list }));
    }
    let state = |run: bool| if run { "run" } else { "pending" }.to_owned();
    let rows: Vec<_> =
        status.migrations.iter().map(|(name, run)| [name.clone(), state(*run)]).collect();
    output::table(["MIGRATION", "STATE"], &rows)
}
