//! A gateway under test: the real binary on a port of its own, a data directory of its own and a
//! database of its own.

mod database;
mod identities;
mod process;

use std::fs;
use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

pub use database::{Backend, Database, cluster};
pub use identities::Identities;
pub use process::Process;

use crate::json::Json;
use crate::upstream::Upstream;
use crate::wire::Answer;
use crate::wire::client::{Http, Request};

/// The admin key of the `default` organization of every gateway under test.
pub const ADMIN_KEY: &str = "suite-admin-key";

/// What differs from the suite's ordinary start.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Environment variables.
    pub env: Vec<(String, String)>,
    /// The text of a configuration file.
    pub config: Option<String>,
}

impl Settings {
    /// The ordinary start with a configuration file of this text.
    pub fn config(text: &str) -> Self {
        Self { env: Vec::new(), config: Some(text.to_owned()) }
    }

    /// The same with the address of a service that the gateway calls in place of `{{upstream}}`.
    #[must_use]
    pub fn calling(self, upstream: &Upstream) -> Self {
        let config = self.config.map(|text| text.replace("{{upstream}}", &upstream.base()));
        Self { config, ..self }
    }
}

/// What a command printed and how it ended.
#[derive(Debug)]
pub struct CliOutput {
    /// How it ended.
    pub status: ExitStatus,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

/// A running gateway. Dropping it kills the process and drops the database.
pub struct Gateway {
    process: Option<Process>,
    http: Http,
    settings: Settings,
    home: TempDir,
    database: Database,
}

impl Gateway {
    /// Starts one on a fresh database and waits until it is ready.
    pub fn start(backend: Backend) -> Self {
        Self::start_with(backend, &Settings::default())
    }

    /// Starts one with settings that differ from the ordinary ones.
    pub fn start_with(backend: Backend, settings: &Settings) -> Self {
        let home = tempfile::tempdir().expect("a temporary directory");
        let database = Database::fresh(backend, home.path());
        let config = unseeded(settings.config.as_deref().unwrap_or_default());
        fs::write(home.path().join("config.toml"), config).expect("a configuration file");
        let settings = settings.clone();
        let mut gateway = Self { process: None, http: Http::new(""), settings, home, database };
        gateway.resume();
        gateway
    }

    /// Starts the process again on the same data.
    pub fn resume(&mut self) {
        assert!(self.process.is_none(), "the gateway still runs");
        let mut command = self.command();
        command.arg("serve");
        let process = Process::serve(command);
        self.http = Http::new(&format!("http://{}", process.address()));
        self.process = Some(process);
        self.await_ready();
    }

    fn await_ready(&self) {
        let deadline = Instant::now() + Duration::from_secs(30);
        let ready = Request::new("GET", "/readyz");
        loop {
            let answer = self.http.send(&ready);
            if answer.as_ref().is_ok_and(|answer| answer.status == 200) {
                return;
            }
            let last = answer.map_or_else(|error| error, |answer| answer.to_string());
            assert!(
                Instant::now() < deadline,
                "/readyz never answered 200: {last}\n{}",
                self.log()
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Gives it another configuration file, which counts from the next start.
    pub fn configure(&self, config: &str) {
        let path = self.home.path().join("config.toml");
        fs::write(path, unseeded(config)).expect("a configuration file");
    }

    /// Ends the process at once, as a power cut would.
    pub fn kill(&mut self) {
        self.process.take().expect("the gateway runs").kill();
    }

    /// The running process.
    pub fn process(&mut self) -> &mut Process {
        self.process.as_mut().expect("the gateway runs")
    }

    /// Which kind of database it runs on.
    pub fn backend(&self) -> Backend {
        self.database.backend()
    }

    /// Throws everything away that was stored; the process must not run.
    pub fn empty_database(&mut self) {
        assert!(self.process.is_none(), "the gateway still runs");
        self.database.empty();
    }

    /// Which database it runs on.
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// The address it listens at.
    pub fn address(&self) -> SocketAddr {
        self.process.as_ref().expect("the gateway runs").address()
    }

    /// `http://` and the address.
    pub fn base(&self) -> String {
        format!("http://{}", self.address())
    }

    /// Everything it has printed so far.
    pub fn log(&self) -> String {
        self.process.as_ref().map_or_else(String::new, Process::log)
    }

    /// Sends a request; a gateway that does not answer fails the test.
    pub fn send(&self, request: &Request) -> Answer {
        self.try_send(request).unwrap_or_else(|error| panic!("{error}\n{}", self.log()))
    }

    /// Sends a request; an error when the gateway does not answer.
    pub fn try_send(&self, request: &Request) -> Result<Answer, String> {
        self.http.send(request)
    }

    /// Where the gateway keeps its data.
    pub fn data_dir(&self) -> PathBuf {
        self.home.path().join("data")
    }

    /// The binary with this gateway's data and settings.
    pub fn command(&self) -> Command {
        let mut command = binary();
        command
            .current_dir(self.home.path())
            .env("EVALSTONE_LISTEN", "127.0.0.1:0")
            .env("EVALSTONE_DATA_DIR", self.data_dir())
            .env("EVALSTONE_DATABASE_URL", self.database.url())
            .env("EVALSTONE_CONFIG", self.home.path().join("config.toml"))
            .env("EVALSTONE_BOOTSTRAP_KEY", ADMIN_KEY);
        command.envs(self.settings.env.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs a command of the binary on this gateway's database.
    pub fn cli(&self, args: &[&str]) -> CliOutput {
        self.cli_with_input(args, "")
    }

    /// Runs a command with `input` on its standard input.
    pub fn cli_with_input(&self, args: &[&str], input: &str) -> CliOutput {
        let mut command = self.command();
        command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the binary runs");
        let mut stdin = child.stdin.take().expect("a piped standard input");
        // A command that reads nothing may have ended before this is written.
        let written = stdin.write_all(input.as_bytes());
        drop(stdin);
        let output = child.wait_with_output().expect("the command ends");
        let output = CliOutput {
            status: output.status,
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        };
        assert!(written.is_ok() || !output.status.success(), "{args:?} did not read its input");
        output
    }

    /// Runs a command that must succeed and print one JSON document.
    pub fn cli_json(&self, args: &[&str]) -> Json {
        let output = self.cli(args);
        assert!(output.status.success(), "{args:?}: {output:?}");
        Json::parse(&output.stdout).unwrap_or_else(|error| panic!("{args:?}: {error}: {output:?}"))
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        if let Some(process) = self.process.take() {
            if std::thread::panicking() {
                eprintln!("--- the gateway's log\n{}", process.log());
            }
            process.kill();
        }
    }
}

/// A configuration with which organizations start empty, unless it says itself whether they do.
fn unseeded(config: &str) -> String {
    const TABLE: &str = "[dialects.znyx]\n";
    const SETTING: &str = "seed_samples";
    if config.contains(SETTING) {
        config.to_owned()
    } else if config.contains(TABLE) {
        config.replace(TABLE, &format!("{TABLE}{SETTING} = false\n"))
    } else {
        format!("dialects.znyx.{SETTING} = false\n{config}")
    }
}

/// The binary under test with an empty environment, so that no setting of the machine leaks in.
pub fn binary() -> Command {
    let mut command = Command::new(binary_path());
    command.env_clear();
    if let Some(path) = std::env::var_os("PATH") {
        command.env("PATH", path);
    }
    command
}

fn binary_path() -> PathBuf {
    let path = std::env::var_os("EVALSTONE_BIN").map_or_else(built_binary, PathBuf::from);
    assert!(path.is_file(), "{} is missing: cargo build --bin evalstone", path.display());
    path
}

/// The suite lies in `<target>/<profile>/deps`, the binary one folder up.
fn built_binary() -> PathBuf {
    let suite = std::env::current_exe().expect("the suite has a path");
    let profile = suite.parent().and_then(Path::parent).expect("the suite lies in a target folder");
    profile.join("evalstone")
}
