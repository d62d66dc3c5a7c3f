//! Postgres: a small pool, and threads that write small writes in groups.

mod copy;
mod group;
mod pool;

use diesel::Connection as _;
use diesel::prelude::*;
use evalstone_core::dataset::{Dataset, StoredCase};
use evalstone_core::error::Result;

use crate::cases::CaseJob;
use crate::datasets::DatasetJob;
use crate::failure::Outcome;
use crate::gate::Gate;
use crate::{Gauges, Options};
use group::Group;
use pool::Pool;

pub use copy::load;
pub use pool::connect;

/// The backend's connection, for the queries.
pub type Connection = PgConnection;
/// The backend, for the queries.
pub type Backend = diesel::pg::Pg;

#[path = "../queries/mod.rs"]
#[allow(clippy::duplicate_mod, reason = "the queries are compiled once for each backend")]
pub mod queries;

/// What differs between the backends.
pub mod ext {
    use diesel::dsl::{Escape, ILike, Like};
    use diesel::prelude::*;
    use diesel::sql_types::{Array, BigInt, Text};

    use crate::patterns;
    use crate::types::Moment;

    /// How many values one statement can bind.
    pub const MAX_BINDS: usize = 65_535;

    /// How many microseconds an evaluation took.
    pub const MICROS_TAKEN: &str =
        "(extract(epoch FROM evaluations.finished_at - evaluations.started_at) * 1000000)";

    diesel::define_sql_function! {
        /// The database's clock. It stands still during a transaction.
        fn now() -> Moment;
    }

    diesel::define_sql_function! {
        /// Takes a lock together with others, until the transaction ends; false when it is not to
        /// be had at once.
        fn pg_try_advisory_xact_lock_shared(lock: BigInt) -> Bool;
    }

    diesel::define_sql_function! {
        /// Takes a lock alone, until the transaction ends; false when it is not to be had at once.
        fn pg_try_advisory_xact_lock(lock: BigInt) -> Bool;
    }

    diesel::define_sql_function! {
        /// An array's elements as rows.
        fn unnest(array: Array<BigInt>) -> BigInt;
    }

    /// Tells other gateways what is under way until the transaction ends. It never waits: where
    /// somebody looks for exactly this at the moment, it stays untold.
    pub fn announce(connection: &mut PgConnection, locks: &[i64]) -> QueryResult<()> {
        diesel::select(pg_try_advisory_xact_lock_shared(unnest(locks))).execute(connection)?;
        Ok(())
    }

    /// Whether no other gateway has announced this.
    pub fn is_alone(connection: &mut PgConnection, lock: i64) -> QueryResult<bool> {
        diesel::select(pg_try_advisory_xact_lock(lock)).get_result(connection)
    }

    /// Whether a text matches a pattern.
    pub fn matches<E>(text: E, pattern: String) -> Escape<Like<E, String>>
    where
        E: TextExpressionMethods + Expression<SqlType = Text>,
    {
        text.like(pattern).escape('\\')
    }

    /// Whether a text has `needle` somewhere, in any letter case.
    pub fn contains_ignoring_case<E>(text: E, needle: &str) -> Escape<ILike<E, String>>
    where
        E: PgTextExpressionMethods + Expression<SqlType = Text>,
    {
        text.ilike(patterns::containing(needle)).escape('\\')
    }
}

/// An open Postgres database.
#[derive(Clone)]
pub struct Postgres {
    url: String,
    pool: Pool,
    gate: Gate,
    datasets: Group<DatasetJob, Dataset>,
    cases: Group<CaseJob, StoredCase>,
}

impl Postgres {
    /// Opens the database, whose schema is up to date.
    pub fn open(url: &str, options: &Options) -> Result<Self> {
        // The two group threads have their own connections beside the gate's.
        let pool = Pool::new(url, options.pool_size.saturating_add(2), options.statement_timeout);
        let datasets = Group::start("postgres-datasets", pool.clone(), |connection, jobs| {
            let made = queries::datasets::create_all(connection, jobs)?;
            Ok(made.into_iter().map(Ok).collect())
        })?;
        let cases = Group::start("postgres-cases", pool.clone(), queries::cases::add_each)?;
        Ok(Self { url: url.to_owned(), pool, gate: Gate::new(options.pool_size), datasets, cases })
    }

    /// The address, for connections outside the pool.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Runs a query that only reads.
    pub async fn read<T, F>(&self, query: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut PgConnection) -> Outcome<T> + Send + 'static,
    {
        let pool = self.pool.clone();
        self.gate.run(move |patience| pool.with(patience, query).map_err(Into::into)).await
    }

    /// Runs a write in a transaction of its own.
    pub async fn write<T, F>(&self, query: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut PgConnection) -> Outcome<T> + Send + 'static,
    {
        self.read(move |connection| connection.transaction(query)).await
    }

    /// Makes a dataset together with others that wait.
    pub async fn create_dataset(&self, job: DatasetJob) -> Result<Dataset> {
        self.datasets.submit(job).await
    }

    /// Stores a case together with others that wait.
    pub async fn add_case(&self, job: CaseJob) -> Result<StoredCase> {
        self.cases.submit(job).await
    }

    /// How busy the pool and the group threads are.
    pub fn gauges(&self) -> Gauges {
        Gauges {
            pool_size: self.gate.size(),
            pool_in_use: self.gate.in_use(),
            queued_writes: self.datasets.queued() + self.cases.queued(),
        }
    }
}
