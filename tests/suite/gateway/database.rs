//! The two databases that every case runs on.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

/// Which kind of database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    /// A SQLite file.
    Sqlite,
    /// A database of its own in the cluster that `EVALSTONE_TEST_POSTGRES` names.
    Postgres,
}

impl Backend {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Sqlite, Self::Postgres];
}

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        })
    }
}

/// A fresh database of one gateway. A Postgres one is dropped with this value.
pub enum Database {
    /// A SQLite file.
    Sqlite {
        /// The file.
        path: PathBuf,
    },
    /// A Postgres database.
    Postgres {
        /// The cluster's maintenance database.
        cluster: String,
        /// The database's name.
        name: String,
    },
}

impl Database {
    /// Makes one; a SQLite file is put into `folder`, and made by the gateway itself.
    pub fn fresh(backend: Backend, folder: &Path) -> Self {
        match backend {
            Backend::Sqlite => Self::Sqlite { path: folder.join("evalstone.db") },
            Backend::Postgres => Self::postgres(&cluster("EVALSTONE_TEST_POSTGRES")),
        }
    }

    /// Makes one in the cluster of that URL.
    pub fn postgres(cluster: &str) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("suite_{}_{count}", std::process::id());
        let database = Self::Postgres { cluster: cluster.to_owned(), name: name.clone() };
        psql(cluster, &format!("CREATE DATABASE {name}"));
        database
    }

    /// Which kind it is.
    pub fn backend(&self) -> Backend {
        match self {
            Self::Sqlite { .. } => Backend::Sqlite,
            Self::Postgres { .. } => Backend::Postgres,
        }
    }

    /// Makes it as new. Only Postgres needs this: there is always another file.
    pub fn empty(&self) {
        let Self::Postgres { cluster, name } = self else {
            panic!("take a fresh gateway instead");
        };
        psql(cluster, &format!("DROP DATABASE {name} WITH (FORCE)"));
        psql(cluster, &format!("CREATE DATABASE {name}"));
    }

    /// The URL as the gateway is given it.
    pub fn url(&self) -> String {
        match self {
            Self::Sqlite { path } => format!("sqlite:{}", path.display()),
            Self::Postgres { cluster, name } => with_name(cluster, name),
        }
    }

    /// Runs SQL behind the gateway's back and gives what it prints.
    pub fn sql(&self, statement: &str) -> String {
        match self {
            Self::Sqlite { path } => {
                let mut command = Command::new("sqlite3");
                // The gateway may be writing at the moment.
                command.args(["-bail", "-cmd", ".timeout 10000"]).arg(path).arg(statement);
                run(command)
            }
            Self::Postgres { .. } => psql(&self.url(), statement),
        }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Self::Postgres { cluster, name } = self {
            // A gateway that was killed may not have left the database yet.
            psql(cluster, &format!("DROP DATABASE {name} WITH (FORCE)"));
        }
    }
}

/// The cluster that `variable` names. Without it the case fails: nothing is skipped.
pub fn cluster(variable: &str) -> String {
    std::env::var(variable)
        .unwrap_or_else(|_| panic!("{variable} is not set: eval \"$(tests/postgres start)\""))
}

/// The cluster's URL with another database; its query stays.
pub fn with_name(cluster: &str, name: &str) -> String {
    let (address, query) = match cluster.split_once('?') {
        Some((address, query)) => (address, format!("?{query}")),
        None => (cluster, String::new()),
    };
    let (server, _) = address.rsplit_once('/').expect("a Postgres URL names a database");
    format!("{server}/{name}{query}")
}

fn psql(url: &str, statement: &str) -> String {
    let mut command = Command::new("psql");
    command.args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align"]);
    command.args(["--set", "ON_ERROR_STOP=1", "--dbname", url, "--command", statement]);
    run(command)
}

fn run(mut command: Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let failed = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() && !std::thread::panicking() {
        panic!("{command:?}: {failed}");
    }
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}
