//! Pooled Postgres connections. A connection that was lost is thrown away. None is tested before
//! each use, which would cost a round trip; but once one is lost, as after a restart of the server,
//! every other is tested before its next use, so that one request notices and not each in turn.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::r2d2::{ManageConnection, R2D2Connection as _};
use evalstone_core::error::{Error, Result};

use crate::failure::{Failure, Outcome, out_of_reach};

/// What libpq leaves to the system, which waits for minutes or for ever when a server's host is gone
/// without a word: how many seconds connecting may take, how many milliseconds the host may leave
/// what was sent unacknowledged, after how many seconds of silence it is asked for a sign of life.
const PATIENCE: [(&str, &str); 3] =
    [("connect_timeout", "5"), ("tcp_user_timeout", "30000"), ("keepalives_idle", "30")];

/// How the connections of [`Pool::as_planned`] make plans: for no values in particular, and always by an index in
/// its order, which is right for what is read on them however much the tables have. Postgres makes them anew when
/// it has learned more of the tables.
const AS_PLANNED: &str = "SET plan_cache_mode = force_generic_plan; SET jit = off; \
     SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_sort = off; \
     SET enable_hashjoin = off; SET enable_mergejoin = off;";

/// Opens a connection outside the pool, without a statement timeout.
pub fn connect(url: &str) -> Result<PgConnection> {
    PgConnection::establish(&impatient(url)).map_err(out_of_reach)
}

/// The URL with the settings of [`PATIENCE`] that it does not have itself.
fn impatient(url: &str) -> String {
    // As libpq has it, an `@` ends the credentials only before the first slash.
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let place = match rest.split_once(['@', '/']) {
        Some((credentials, place)) if rest[credentials.len()..].starts_with('@') => place,
        _ => rest,
    };
    let mut joint = if place.contains('?') { '&' } else { '?' };
    let mut url = url.to_owned();
    for (name, value) in PATIENCE {
        if !place.contains(&format!("{name}=")) {
            url.push(joint);
            url.push_str(&format!("{name}={value}"));
            joint = '&';
        }
    }
    url
}

/// What the connections of a pool have in common.
struct Server {
    url: String,
    settings: String,
    /// How many connections to it were lost, of whichever pool.
    losses: Arc<AtomicU64>,
}

impl Server {
    /// The same with further settings.
    fn with(&self, settings: &str) -> Self {
        let settings = format!("{} {settings}", self.settings);
        Self { url: self.url.clone(), settings, losses: Arc::clone(&self.losses) }
    }
}

struct Manager(Arc<Server>);

struct Pooled {
    connection: PgConnection,
    lost: bool,
    /// How many connections had been lost when this one was last known to be good.
    good_after: u64,
}

impl ManageConnection for Manager {
    type Connection = Pooled;
    type Error = ConnectionError;

    fn connect(&self) -> std::result::Result<Pooled, ConnectionError> {
        let good_after = self.0.losses.load(Ordering::Relaxed);
        let mut connection = PgConnection::establish(&self.0.url)?;
        connection
            .batch_execute(&self.0.settings)
            .map_err(ConnectionError::CouldntSetupConfiguration)?;
        Ok(Pooled { connection, lost: false, good_after })
    }

    fn is_valid(&self, pooled: &mut Pooled) -> std::result::Result<(), ConnectionError> {
        let losses = self.0.losses.load(Ordering::Relaxed);
        if pooled.good_after < losses {
            pooled.connection.ping().map_err(ConnectionError::CouldntSetupConfiguration)?;
            pooled.good_after = losses;
        }
        Ok(())
    }

    fn has_broken(&self, pooled: &mut Pooled) -> bool {
        pooled.lost || pooled.connection.is_broken()
    }
}

/// A pool of connections.
#[derive(Clone)]
pub struct Pool {
    pool: diesel::r2d2::Pool<Manager>,
    server: Arc<Server>,
}

impl Pool {
    /// A pool that connects when it is first used.
    pub fn new(url: &str, size: u32, statement_timeout: Duration) -> Self {
        // Postgres takes no longer one, and would refuse the whole connection.
        let timeout = statement_timeout.as_millis().min(i32::MAX as u128);
        let settings =
            format!("SET statement_timeout = {timeout}; SET application_name = 'evalstone';");
        let server = Server { url: impatient(url), settings, losses: Arc::default() };
        Self::build(server, size)
    }

    /// Another pool to the same server, whose connections wait no longer for a lock than this.
    pub fn beside(&self, size: u32, lock_timeout: Duration) -> Self {
        let timeout = lock_timeout.as_millis();
        Self::build(self.server.with(&format!("SET lock_timeout = {timeout};")), size)
    }

    /// Another pool to the same server, whose connections plan a statement once and not each time it is used.
    pub fn as_planned(&self, size: u32) -> Self {
        Self::build(self.server.with(AS_PLANNED), size)
    }

    fn build(server: Server, size: u32) -> Self {
        let server = Arc::new(server);
        let pool = diesel::r2d2::Pool::builder()
            .max_size(size)
            .min_idle(Some(0))
            .connection_timeout(Duration::from_secs(2))
            .test_on_check_out(true)
            .error_handler(Box::new(Quiet))
            .build_unchecked(Manager(Arc::clone(&server)));
        Self { pool, server }
    }

    /// Runs a query on one of the connections, for which it waits no longer than `patience`.
    pub fn with<T>(
        &self,
        patience: Duration,
        query: impl FnOnce(&mut PgConnection) -> Outcome<T>,
    ) -> Outcome<T> {
        let mut pooled = self
            .pool
            .get_timeout(patience)
            .map_err(|error| Failure::Domain(out_of_reach(error)))?;
        // Until the query has ended in order, the connection counts as lost: a panic in between
        // would otherwise give the pool back a connection inside a transaction.
        pooled.lost = true;
        let outcome = query(&mut pooled.connection);
        pooled.lost = outcome.as_ref().is_err_and(Failure::is_connection_lost);
        if pooled.lost {
            self.server.losses.fetch_add(1, Ordering::Relaxed);
        }
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

#[cfg(test)]
mod tests {
    use super::impatient;

    #[test]
    fn settings_are_added_to_those_of_the_url() {
        let all = "connect_timeout=5&tcp_user_timeout=30000&keepalives_idle=30";
        for url in ["postgres://h/d", "postgres://u:p?ss@h/d", "postgres://%2Frun%2Fpg/d"] {
            assert_eq!(impatient(url), format!("{url}?{all}"));
        }
        for url in
            ["postgres://u@h/d?password=a@b", "postgres:///d?host=/run", "postgres://h?user=u"]
        {
            assert_eq!(impatient(url), format!("{url}&{all}"));
        }
        let own = "postgres://h/d?connect_timeout=9&tcp_user_timeout=0&keepalives_idle=1";
        assert_eq!(impatient(own), own);
    }
}
