//! Migrations, compiled into the binary and run under a lock (`migrations/README.md`).

use diesel::migration::{Migration, MigrationSource, MigrationVersion};
use diesel::prelude::*;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use evalstone_core::error::{Error, Result};

use crate::location::Location;
use crate::{postgres, sqlite};

const POSTGRES: EmbeddedMigrations = embed_migrations!("../../migrations/postgres");
const SQLITE: EmbeddedMigrations = embed_migrations!("../../migrations/sqlite");

/// The Postgres advisory lock that serializes migrations: "evalston" in ASCII.
const LOCK: i64 = 0x6576_616c_7374_6f6e;

type Fallible<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// The state of a database's schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// The migrations that this binary has, oldest first, and whether each was run.
    pub migrations: Vec<(String, bool)>,
}

/// Brings a database's schema up to date. Blocks.
///
/// # Errors
/// Invalid when the URL is, or when the schema is newer than this binary, which then changes
/// nothing; unavailable when the database is out of reach.
pub fn migrate(url: &str) -> Result<()> {
    match Location::parse(url)? {
        Location::Postgres(url) => {
            let mut connection = postgres::connect(url)?;
            locked(&mut connection, |c| refuse_newer(c, &POSTGRES).and_then(|()| run(c, POSTGRES)))
        }
        Location::Sqlite(path) => {
            let mut connection = sqlite::connect(path)?;
            connection
                .exclusive_transaction(|c| {
                    refuse_newer(c, &SQLITE).and_then(|()| run(c, SQLITE)).map_err(Refused)
                })
                .map_err(|Refused(error)| error)
        }
    }
}

/// Undoes every migration, newest first, and with them all data. For tests and for taking a
/// gateway out of a shared database. Blocks.
///
/// # Errors
/// As [`migrate`].
pub fn revert(url: &str) -> Result<()> {
    match Location::parse(url)? {
        Location::Postgres(url) => {
            let mut connection = postgres::connect(url)?;
            locked(&mut connection, |c| {
                c.revert_all_migrations(POSTGRES).map(|_| ()).map_err(Error::fault)
            })
        }
        Location::Sqlite(path) => {
            let mut connection = sqlite::connect(path)?;
            connection.revert_all_migrations(SQLITE).map(|_| ()).map_err(Error::fault)
        }
    }
}

/// Which migrations were run. Changes nothing but the table that remembers them. Blocks.
///
/// # Errors
/// As [`migrate`].
pub fn status(url: &str) -> Result<Status> {
    match Location::parse(url)? {
        Location::Postgres(url) => known_and_run(&mut postgres::connect(url)?, &POSTGRES),
        Location::Sqlite(path) => known_and_run(&mut sqlite::connect(path)?, &SQLITE),
    }
}

fn locked(
    connection: &mut PgConnection,
    work: impl FnOnce(&mut PgConnection) -> Result<()>,
) -> Result<()> {
    use diesel::sql_types::BigInt;
    diesel::sql_query("SELECT pg_advisory_lock($1)")
        .bind::<BigInt, _>(LOCK)
        .execute(connection)
        .map_err(Error::fault)?;
    let result = work(connection);
    diesel::sql_query("SELECT pg_advisory_unlock($1)")
        .bind::<BigInt, _>(LOCK)
        .execute(connection)
        .map_err(Error::fault)?;
    result
}

fn run<C, DB>(connection: &mut C, source: EmbeddedMigrations) -> Result<()>
where
    DB: diesel::backend::Backend,
    C: MigrationHarness<DB>,
    EmbeddedMigrations: MigrationSource<DB>,
{
    let pending = connection.run_pending_migrations(source).map_err(Error::fault)?;
    for version in pending {
        tracing::info!(%version, "migrated the database");
    }
    Ok(())
}

fn refuse_newer<C, DB>(connection: &mut C, source: &EmbeddedMigrations) -> Result<()>
where
    DB: diesel::backend::Backend,
    C: MigrationHarness<DB>,
    EmbeddedMigrations: MigrationSource<DB>,
{
    let known = versions(source).map_err(Error::fault)?;
    let applied = connection.applied_migrations().map_err(Error::fault)?;
    match applied.iter().find(|version| !known.iter().any(|(k, _)| k == &version.as_owned())) {
        None => Ok(()),
        Some(version) => Err(Error::invalid(format!(
            "the database's schema is newer than this binary (it has migration {version}): use the \
             newer evalstone; nothing was changed"
        ))),
    }
}

fn known_and_run<C, DB>(connection: &mut C, source: &EmbeddedMigrations) -> Result<Status>
where
    DB: diesel::backend::Backend,
    C: MigrationHarness<DB>,
    EmbeddedMigrations: MigrationSource<DB>,
{
    let known = versions(source).map_err(Error::fault)?;
    let applied = connection.applied_migrations().map_err(Error::fault)?;
    let migrations = known
        .into_iter()
        .map(|(version, name)| (name, applied.iter().any(|a| a.as_owned() == version)))
        .collect();
    Ok(Status { migrations })
}

fn versions<DB>(source: &EmbeddedMigrations) -> Fallible<Vec<(MigrationVersion<'static>, String)>>
where
    DB: diesel::backend::Backend,
    EmbeddedMigrations: MigrationSource<DB>,
{
    let migrations: Vec<Box<dyn Migration<DB>>> = source.migrations()?;
    Ok(migrations.iter().map(|m| (m.name().version().as_owned(), m.name().to_string())).collect())
}

/// Carries a domain error through Diesel's transaction.
struct Refused(Error);

impl From<diesel::result::Error> for Refused {
    fn from(error: diesel::result::Error) -> Self {
        Self(Error::fault(error))
    }
}
