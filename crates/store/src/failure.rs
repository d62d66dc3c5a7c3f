//! What a query can end with, and how database errors become domain errors.

use std::time::Duration;

use diesel::result::{DatabaseErrorInformation, DatabaseErrorKind, Error as DieselError};
use evalstone_core::error::{Error, Kind};

/// How libpq says that a connection is gone where Diesel has not noticed.
const HUNG_UP: [&str; 6] = [
    "server closed the connection",
    "terminating connection",
    "no connection to the server",
    "could not receive data from server",
    "could not send data to server",
    "SSL SYSCALL error",
];

/// How Postgres says that a statement took too long.
const TIMED_OUT: &str = "canceling statement due to statement timeout";

/// How Postgres says that somebody held a lock for too long.
const LOCKED_OUT: &str = "canceling statement due to lock timeout";

/// The end of a query that did not succeed. Either way its transaction is rolled back.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The database's own error, whose meaning nobody gave.
    #[error(transparent)]
    Database(#[from] DieselError),
    /// What a rule of the domain says.
    #[error(transparent)]
    Domain(#[from] Error),
    /// The stream of a COPY could not be written: the server has hung up.
    #[error(transparent)]
    Stream(#[from] std::io::Error),
}

/// The result of a query.
pub type Outcome<T> = Result<T, Failure>;

impl Failure {
    /// Whether the connection is of no more use.
    pub fn is_connection_lost(&self) -> bool {
        match self {
            Self::Database(DieselError::DatabaseError(kind, information)) => {
                matches!(
                    kind,
                    DatabaseErrorKind::ClosedConnection
                        | DatabaseErrorKind::UnableToSendCommand
                        // The server has become a standby; a new connection finds its successor.
                        | DatabaseErrorKind::ReadOnlyTransaction
                ) || HUNG_UP.iter().any(|sign| information.message().contains(sign))
            }
            Self::Database(DieselError::BrokenTransactionManager) | Self::Stream(_) => true,
            Self::Database(_) | Self::Domain(_) => false,
        }
    }

    /// Whether other writes would fail likewise, so that there is no use in trying each by itself.
    pub fn strikes_all(&self) -> bool {
        match self {
            Self::Domain(error) => matches!(error.kind(), Kind::Unavailable { .. }),
            Self::Database(error) if error.to_string().contains(TIMED_OUT) => true,
            Self::Database(_) | Self::Stream(_) => self.is_connection_lost(),
        }
    }

    /// Whether somebody held a lock for longer than this write could wait for it.
    pub fn is_lock_timeout(&self) -> bool {
        matches!(self, Self::Database(error) if error.to_string().contains(LOCKED_OUT))
    }

    /// Says what a violated unique constraint means here.
    pub fn when_taken(self, meaning: impl FnOnce() -> Error) -> Self {
        match self {
            Self::Database(DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, _)) => {
                Self::Domain(meaning())
            }
            other => other,
        }
    }

    /// Says what it means here that the id is in use. Comes before [`Failure::when_taken`], which
    /// does not tell constraints apart.
    pub fn when_id_taken(self, meaning: impl FnOnce() -> Error) -> Self {
        match self {
            Self::Database(DieselError::DatabaseError(
                DatabaseErrorKind::UniqueViolation,
                information,
            )) if is_of_id(information.as_ref()) => Self::Domain(meaning()),
            other => other,
        }
    }

    /// Says what a violated foreign key means here.
    pub fn when_dangling(self, meaning: impl FnOnce() -> Error) -> Self {
        match self {
            Self::Database(DieselError::DatabaseError(
                DatabaseErrorKind::ForeignKeyViolation,
                _,
            )) => Self::Domain(meaning()),
            other => other,
        }
    }
}

/// Errors to which no query gave a meaning are faults, or a database that is out of reach.
impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        if failure.is_connection_lost() {
            return out_of_reach(failure);
        }
        match failure {
            Failure::Domain(error) => error,
            Failure::Stream(error) => out_of_reach(error),
            Failure::Database(error) => {
                let text = error.to_string();
                if is_passing(&text) { out_of_reach(text) } else { Self::fault(text) }
            }
        }
    }
}

/// Whether the violated constraint is the one that makes ids unique: a primary key on Postgres,
/// which tells its name; SQLite tells the columns.
fn is_of_id(information: &dyn DatabaseErrorInformation) -> bool {
    match information.constraint_name() {
        Some(name) => name.contains("_pkey"),
        None => information.message().ends_with(".id"),
    }
}

/// Errors that a later try may not meet, told by their text because Diesel has no kind for them.
fn is_passing(text: &str) -> bool {
    [
        TIMED_OUT,
        LOCKED_OUT,
        "canceling statement due to user request",
        "the database system is",
        "database is locked",
        "database or disk is full",
        "No space left on device",
        "deadlock detected",
    ]
    .iter()
    .any(|sign| text.contains(sign))
}

/// The database did not answer, or not in time.
pub fn out_of_reach(context: impl std::fmt::Display) -> Error {
    Error::unavailable(
        "The database is out of reach or overloaded; try again.",
        Duration::from_secs(1),
    )
    .with_context(context)
}

/// Too many requests wait for the database.
pub fn overloaded(context: impl std::fmt::Display) -> Error {
    Error::unavailable("The gateway is overloaded; try again.", Duration::from_secs(1))
        .with_context(context)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_that_was_cut_is_lost_whatever_kind_the_error_has() {
        let error = |kind, text: &str| -> Failure {
            DieselError::DatabaseError(kind, Box::new(text.to_owned())).into()
        };
        let unknown = DatabaseErrorKind::Unknown;
        let cut = "server closed the connection unexpectedly\n\tThis probably means the server";
        for lost in [
            error(unknown, cut),
            error(unknown, "terminating connection due to administrator command"),
            error(DatabaseErrorKind::ReadOnlyTransaction, "cannot execute INSERT"),
        ] {
            assert!(lost.is_connection_lost() && lost.strikes_all(), "{lost}");
            assert!(matches!(Error::from(lost).kind(), Kind::Unavailable { .. }));
        }
        let bug = error(unknown, "column \"x\" does not exist");
        assert!(!bug.is_connection_lost() && !bug.strikes_all());
        assert_eq!(Error::from(bug).kind(), Kind::Fault);
    }
}
