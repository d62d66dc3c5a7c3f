//! Opening the store that the configuration names, and making the directories it needs.

use std::fmt::Display;
use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;

use evalstone_store::{Options, Store, sqlite_file};

use crate::config::Config;
use crate::failure::Failure;

/// The data directory holds everything that was ever uploaded: it is its owner's alone.
const PRIVATE: u32 = 0o700;
const PRIVATE_FILE: u32 = 0o600;

/// Opens the store and brings its schema up to date. Blocks.
///
/// # Errors
/// When the database is out of reach, or newer than this binary.
pub fn open(config: &Config) -> Result<Store, Failure> {
    prepare(config)?;
    let options = Options {
        url: config.database_url().expose().to_owned(),
        pool_size: config.database.connections(),
        statement_timeout: config.database.statement_timeout.0,
    };
    Store::open(&options).map_err(|error| unreachable_database(config, &error.into()))
}

/// Makes sure that no other gateway serves the configured SQLite file: each would take the other's
/// loads for leftovers. The lock lasts as long as what is returned. Postgres needs none.
///
/// # Errors
/// When another gateway has the lock, or the lock file cannot be made.
pub fn lock(config: &Config) -> Result<Option<File>, Failure> {
    locked(config, ".lock", "another gateway serves this database")
}

/// Makes sure that nothing else is moved into the configured SQLite file, and that no gateway that
/// starts meanwhile takes what is being loaded for leftovers. As [`lock`].
///
/// # Errors
/// When something is moved into it, or the lock file cannot be made.
pub fn lock_loading(config: &Config) -> Result<Option<File>, Failure> {
    locked(config, ".loading.lock", "something else is being moved into this database")
}

fn locked(config: &Config, suffix: &str, held: &str) -> Result<Option<File>, Failure> {
    prepare(config)?;
    let url = config.database_url();
    let Some(file) = sqlite_file(url.expose())? else {
        return Ok(None);
    };
    let mut path = file.as_os_str().to_owned();
    path.push(suffix);
    let path = Path::new(&path);
    let cannot =
        |error: &dyn Display| Failure::new(format!("cannot lock {}: {error}", path.display()));
    let lock = File::create(path).map_err(|error| cannot(&error))?;
    match lock.try_lock() {
        Ok(()) => Ok(Some(lock)),
        Err(TryLockError::WouldBlock) => Err(cannot(&held)),
        Err(TryLockError::Error(error)) => Err(cannot(&error)),
    }
}

/// Makes the SQLite database's file, and the data directory when it lies in it.
///
/// # Errors
/// When it cannot be made, or the configured SQLite file has no directory.
pub fn prepare(config: &Config) -> Result<(), Failure> {
    if config.database.url.is_none() {
        make_private(&config.data_dir)?;
    }
    let url = config.database_url();
    let Some(file) = sqlite_file(url.expose())? else {
        return Ok(());
    };
    match file.parent() {
        Some(parent) if !parent.as_os_str().is_empty() && !parent.is_dir() => Err(Failure::new(
            format!("there is no directory {} for the database", parent.display()),
        )),
        _ => make_private_file(file),
    }
}

/// Makes the database's file, which SQLite would make readable to everyone; the files beside it
/// take its mode. One that exists keeps its own, and is not even opened: closing it again would give up
/// all locks that SQLite has on it in this process (POSIX), and the next process to close the database
/// would take away the log into which this one goes on writing.
fn make_private_file(file: &Path) -> Result<(), Failure> {
    let made = OpenOptions::new().append(true).create_new(true).mode(PRIVATE_FILE).open(file);
    match made {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => {
            Err(Failure::new(format!("cannot open {}: {error}", file.display())))
        }
        _ => Ok(()),
    }
}

/// Makes the directory of uploads that are being checked.
///
/// # Errors
/// When it cannot be made.
pub fn make_spool_dir(config: &Config) -> Result<(), Failure> {
    make_private(&config.data_dir)?;
    make_private(&config.spool_dir())
}

fn make_private(dir: &Path) -> Result<(), Failure> {
    DirBuilder::new()
        .recursive(true)
        .mode(PRIVATE)
        .create(dir)
        .map_err(|error| Failure::new(format!("cannot make {}: {error}", dir.display())))
}

/// Says why a database cannot be opened, without its password.
pub fn unreachable_database(config: &Config, failure: &Failure) -> Failure {
    let url = config.database_url();
    let why = url.redact(&failure.to_string());
    Failure::new(format!("cannot open {}: {why}", url.masked()))
}
