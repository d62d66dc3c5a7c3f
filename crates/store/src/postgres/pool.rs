//! Pooled Postgres connections. A connection that was lost is thrown away; none is tested before
//! each use, which would cost a round trip.

use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::r2d2::ManageConnection;
use evalstone_core::error::{Error, Result};

use crate::failure::{Failure, Outcome, out_of_reach};

/// Opens a connection outside the pool, without a statement timeout.
pub fn connect(url: &str) -> Result<PgConnection> {
    PgConnection::establish(url).map_err(out_of_reach)
}

struct Manager {
    url: String,
    settings: String,
}

struct Pooled {
    connection: PgConnection,
    lost: bool,
}

impl ManageConnection for Manager {
    type Connection = Pooled;
    type Error = ConnectionError;

    fn connect(&self) -> std::result::Result<Pooled, ConnectionError> {
        let mut connection = PgConnection::establish(&self.url)?;
        connection
            .batch_execute(&self.settings)
            .map_err(ConnectionError::CouldntSetupConfiguration)?;
        Ok(Pooled { connection, lost: false })
    }

    fn is_valid(&self, _: &mut Pooled) -> std::result::Result<(), ConnectionError> {
        Ok(())
    }

    fn has_broken(&self, pooled: &mut Pooled) -> bool {
        pooled.lost
    }
}

/// A pool of connections.
#[derive(Clone)]
pub struct Pool(diesel::r2d2::Pool<Manager>);

impl Pool {
    /// A pool that connects when it is first used.
    pub fn new(url: &str, size: u32, statement_timeout: Duration) -> Self {
        let settings = format!(
            "SET statement_timeout = {}; SET application_name = 'evalstone';",
            statement_timeout.as_millis()
        );
        Self(
            diesel::r2d2::Pool::builder()
                .max_size(size)
                .min_idle(Some(0))
                .connection_timeout(Duration::from_secs(2))
                .test_on_check_out(false)
                .error_handler(Box::new(Quiet))
                .build_unchecked(Manager { url: url.to_owned(), settings }),
        )
    }

    /// Runs a query on one of the connections.
    pub fn with<T>(&self, query: impl FnOnce(&mut PgConnection) -> Outcome<T>) -> Outcome<T> {
        let mut pooled = self.0.get().map_err(|error| Failure::Domain(out_of_reach(error)))?;
        // Until the query has ended in order, the connection counts as lost: a panic in between
        // would otherwise give the pool back a connection inside a transaction.
        pooled.lost = true;
        let outcome = query(&mut pooled.connection);
        pooled.lost = outcome.as_ref().is_err_and(Failure::is_connection_lost);
        outcome
    }
}

/// Failures to connect are reported by whoever waits for the connection.
#[derive(Debug)]
struct Quiet;

impl diesel::r2d2::HandleError<ConnectionError> for Quiet {
    fn handle_error(&self, error: ConnectionError) {
        tracing::debug!(error = %Error::fault(error), "connecting to Postgres failed");
    }
}
