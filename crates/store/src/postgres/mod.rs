//! Postgres: a small pool, and threads that write small writes in groups, which never wait long for
//! a lock.

mod copy;
pub mod group;
mod joins;
mod locks;
pub mod pool;
mod rows;
pub mod statistics;

use std::sync::Arc;
use std::time::{Duration, Instant};

use diesel::Connection as _;
use diesel::prelude::*;
use evalstone_core::dataset::StoredCase;
use evalstone_core::error::{Error, Result};
use evalstone_core::trace::Recorded;
use tokio::sync::Semaphore;

use crate::cases::CaseJob;
use crate::company::Company;
use crate::datasets::{Created, DatasetJob};
use crate::failure::{Outcome, overloaded};
use crate::gate::{Gate, PATIENCE};
use crate::spans::SpanJob;
use crate::{Gauges, Options};
use group::{Group, Work, Written, alone};
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
    use diesel::dsl::{And, AsExprOf, Escape, ILike, Like, max};
    use diesel::prelude::*;
    use diesel::sql_types::{BigInt, Bool, Text};
    use evalstone_core::dataset::NewCase;

    use super::copy::copy_cases as copy;
    pub use super::joins::without_nested_loops;
    use super::rows::unnest;
    pub use super::rows::{
        insert_cases, insert_datasets, insert_facets, insert_fired, insert_rows, insert_scores,
        insert_traces, insert_verdicts, upsert_evaluations, upsert_spans,
    };
    use crate::failure::Outcome;
    use crate::fixed::{Around, around, fixed};
    use crate::patterns;
    use crate::schema::{datasets, organizations};
    use crate::types::{Key, Moment, Uid};

    /// How rows are read that may not all be in memory at once; each is a result of its own.
    pub type OneByOne = diesel::pg::PgRowByRowLoadingMode;
    /// Whether many rows come as fast that way.
    pub const COME_ONE_BY_ONE: bool = false;

    /// How many values one statement can bind.
    pub const MAX_BINDS: usize = 65_535;

    /// The advisory lock of those who set sequences further: "evalsnum" in ASCII.
    const NUMBERS: i64 = 0x6576_616c_736e_756d;

    /// From how many rows on COPY is the faster one.
    const COPIED: usize = 50;

    /// How many rows a walk reads at a time while others come with short work. Each is a round trip.
    pub const PIECE_IN_COMPANY: usize = 100;

    /// How many microseconds an evaluation took.
    pub const MICROS_TAKEN: &str =
        "(extract(epoch FROM evaluations.finished_at - evaluations.started_at) * 1000000)";

    /// Inserts cases faster than INSERT does, which pays for the text of each statement.
    pub fn copy_cases(
        connection: &mut PgConnection,
        organization: Key,
        dataset: Key,
        new: &[NewCase],
    ) -> Option<Outcome<()>> {
        (new.len() >= COPIED).then(|| copy(connection, organization, dataset, new))
    }

    diesel::define_sql_function! {
        /// The database's clock. It stands still during a transaction.
        fn now() -> Moment;
    }

    diesel::define_sql_function! {
        /// Takes a lock together with others, until the transaction ends; false when that would wait.
        fn pg_try_advisory_xact_lock_shared(lock: BigInt) -> Bool;
    }

    diesel::define_sql_function! {
        /// Takes a lock alone, until the transaction ends; false when that would wait.
        fn pg_try_advisory_xact_lock(lock: BigInt) -> Bool;
    }

    /// Tells others what is under way, until the transaction ends; but not where it would wait for one who looks.
    pub fn announce(connection: &mut PgConnection, locks: &[i64]) -> QueryResult<()> {
        diesel::select(pg_try_advisory_xact_lock_shared(unnest(locks))).execute(connection)?;
        Ok(())
    }

    /// Whether no other gateway has announced this.
    pub fn is_alone(connection: &mut PgConnection, lock: i64) -> QueryResult<bool> {
        diesel::select(pg_try_advisory_xact_lock(lock)).get_result(connection)
    }

    /// Takes the lock on who sees what in an organization, until the transaction ends; what refers to it can be made.
    pub fn lock_sharing(connection: &mut PgConnection, organization: Key) -> QueryResult<()> {
        let row = organizations::table.find(organization).select(organizations::id);
        row.for_no_key_update().load::<Key>(connection)?;
        Ok(())
    }

    /// Takes the locks of these datasets in the order of their ids: two who do cannot wait for each other.
    pub fn lock_datasets(
        connection: &mut PgConnection,
        organization: Key,
        ids: &[Key],
    ) -> QueryResult<()> {
        datasets::table
            .filter(datasets::organization_id.eq(organization))
            .filter(datasets::id.eq_any(ids))
            .order(datasets::id)
            .select(datasets::id)
            .for_no_key_update()
            .load::<Key>(connection)?;
        Ok(())
    }

    diesel::define_sql_function! {
        /// Waits for a lock and takes it alone, until the transaction ends.
        fn pg_advisory_xact_lock(lock: BigInt);
    }

    /// Makes sure that no row of this table is given this number or a lower one from now on.
    pub fn pass_number(connection: &mut PgConnection, table: &str, number: i64) -> QueryResult<()> {
        // One at a time, so that nobody sets back what another has just set further.
        diesel::select(pg_advisory_xact_lock(NUMBERS)).execute(connection)?;
        let last = "SELECT setval(seq, $2) FROM (SELECT pg_get_serial_sequence($1, 'number')::regclass AS seq) s \
             WHERE COALESCE(pg_sequence_last_value(seq), 0) < $2";
        diesel::sql_query(last)
            .bind::<Text, _>(table)
            .bind::<BigInt, _>(number)
            .execute(connection)?;
        Ok(())
    }

    /// Which datasets belong to a pipeline and have numbers below one. A comparison with the pipeline alone would
    /// let Postgres take the index of an organization's numbers, and look there for those of the pipeline.
    pub fn of_pipeline<P: Clone>(pipeline: P, before: i64) -> And<InOrder<P>, InOrder<P>> {
        let first = in_order("(datasets.pipeline_id, datasets.number) > (", pipeline.clone(), 0);
        first.and(in_order("(datasets.pipeline_id, datasets.number) < (", pipeline, before))
    }

    /// Whether a load is one transaction, so that its dataset is a new one when that ends.
    pub const LOADS_ARE_WHOLE: bool = true;

    /// The highest number of the organization's datasets, if none is being made that could still appear below it;
    /// imports, which give numbers, make a version of the list. Whoever makes a dataset holds a lock on the table
    /// before the sequence, which keeps no numbers in store, gives one, and until the dataset can be seen.
    pub fn settled_number(c: &mut PgConnection, organization: Key) -> QueryResult<Option<i64>> {
        let highest = datasets::table.filter(datasets::organization_id.eq(organization));
        let highest: Option<i64> = highest.select(max(datasets::number)).get_result(c)?;
        let is_quiet = fixed::<Bool>(
            "NOT EXISTS (SELECT FROM pg_locks WHERE relation = 'datasets'::regclass \
             AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) \
             AND mode = 'RowExclusiveLock')",
        );
        let is_quiet: bool = diesel::select(is_quiet).get_result(c)?;
        Ok(highest.filter(|_| is_quiet))
    }

    /// Which cases belong to a dataset and have numbers above one and not above another. A comparison with the
    /// dataset alone would let Postgres take the index of an organization's numbers, where few lie in between as it
    /// believes.
    #[diesel::dsl::auto_type]
    pub fn stretch(dataset: Key, after: i64, last: i64) -> _ {
        let dataset: AsExprOf<Key, Uid> = dataset.into_sql::<Uid>();
        let after: InOrder<AsExprOf<Key, Uid>> =
            in_order("(cases.dataset_id, cases.number) > (", dataset, after);
        let last: InOrder<AsExprOf<Key, Uid>> =
            in_order("(cases.dataset_id, cases.number) <= (", dataset, last);
        after.and(last)
    }

    /// How a row lies to a place in the order of what it belongs to.
    type InOrder<O> = Around<Bool, (O, AsExprOf<i64, BigInt>)>;

    fn in_order<O>(how: &'static str, of: O, number: i64) -> InOrder<O> {
        around(how, (of, number.into_sql::<BigInt>()), ")")
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
    url: Arc<str>,
    pool: Pool,
    /// For what [`Postgres::read_as_planned`] reads; the gate lets as many use it and the other one together as
    /// either has connections.
    as_planned: Pool,
    gate: Gate,
    datasets: Group<DatasetJob, Created>,
    cases: Group<CaseJob, StoredCase>,
    spans: Group<SpanJob, Recorded>,
    /// Who may write at length.
    long_writes: Arc<Semaphore>,
}

/// How long a group waits for a lock: longer than writes commonly hold one.
const GROUP_LOCK_PATIENCE: Duration = Duration::from_millis(100);

impl Postgres {
    /// Opens the database, whose schema is up to date.
    pub fn open(url: &str, options: &Options) -> Result<Self> {
        let pool = Pool::new(url, options.pool_size, options.statement_timeout);
        // One connection for each of the group threads.
        let groups = pool.beside(3, GROUP_LOCK_PATIENCE);
        let datasets = Work { run: create_datasets, free: none_free, bytes: DatasetJob::bytes };
        let spans = Work { run: record_spans, free: none_free, bytes: SpanJob::bytes };
        let cases = Work { run: add_cases, free: locks::free, bytes: CaseJob::bytes };
        Ok(Self {
            url: url.into(),
            as_planned: pool.as_planned(options.pool_size),
            pool,
            gate: Gate::new(options.pool_size),
            datasets: Group::start("postgres-datasets", groups.clone(), datasets)?,
            cases: Group::start("postgres-cases", groups.clone(), cases)?,
            spans: Group::start("postgres-spans", groups, spans)?,
            long_writes: Arc::new(Semaphore::new((options.pool_size / 2).max(1) as usize)),
        })
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

    /// Runs a query that only reads, by keys or along an index, so that one plan is the best for all values. To
    /// make it anew takes several times as long as to follow it.
    pub async fn read_as_planned<T, F>(&self, query: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut PgConnection) -> Outcome<T> + Send + 'static,
    {
        let pool = self.as_planned.clone();
        self.gate.run(move |patience| pool.with(patience, query).map_err(Into::into)).await
    }

    /// The same for a piece of what reads for long.
    pub async fn read_piece<T, F>(&self, query: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut PgConnection) -> Outcome<T> + Send + 'static,
    {
        let pool = self.as_planned.clone();
        self.gate.run_piece(move |patience| pool.with(patience, query).map_err(Into::into)).await
    }

    /// What tells long work whether others come. Whoever writes has read before, its key at the least.
    pub fn company(&self) -> Company {
        self.gate.company()
    }

    /// Runs a write in a transaction of its own.
    pub async fn write<T, F>(&self, query: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut PgConnection) -> Outcome<T> + Send + 'static,
    {
        self.read(move |connection| connection.transaction(query)).await
    }

    /// Runs a write that may take long: it brings many rows, or begins with a lock which others may hold. Half of
    /// the connections at the most are used so; the others are for short work.
    pub async fn write_long<T, F>(&self, query: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut PgConnection) -> Outcome<T> + Send + 'static,
    {
        let asked = Instant::now();
        let turn = tokio::time::timeout(PATIENCE, Arc::clone(&self.long_writes).acquire_owned())
            .await
            .map_err(|_| overloaded("too many long writes wait for their turn"))?
            .map_err(Error::fault)?;
        let pool = self.pool.clone();
        let write = move |patience| {
            // Kept here, since the write goes on when nobody waits for it any longer.
            let _turn = turn;
            pool.with(patience, |c| c.transaction(query)).map_err(Into::into)
        };
        self.gate.run_asked(asked, write).await
    }

    /// Makes a dataset together with others that wait.
    pub async fn create_dataset(&self, job: DatasetJob) -> Result<Created> {
        match self.datasets.submit(job).await? {
            Written::Done(made) => Ok(made),
            Written::Blocked(job) => self.write_long(alone(create_datasets, job)).await,
            // It begins with no lock, and shall not wait behind those that do.
            Written::TooLarge(job) => self.write(alone(create_datasets, job)).await,
        }
    }

    /// Stores a case together with others that wait.
    pub async fn add_case(&self, job: CaseJob) -> Result<StoredCase> {
        match self.cases.submit(job).await? {
            Written::Done(stored) => Ok(stored),
            Written::Blocked(job) | Written::TooLarge(job) => {
                self.write_long(alone(add_cases, job)).await
            }
        }
    }

    /// Stores spans together with those of others that wait.
    pub async fn record_spans(&self, job: SpanJob) -> Result<Recorded> {
        match self.spans.submit(job).await? {
            Written::Done(recorded) => Ok(recorded),
            Written::Blocked(job) | Written::TooLarge(job) => {
                self.write_long(alone(record_spans, job)).await
            }
        }
    }

    /// How busy the pool and the group threads are.
    pub fn gauges(&self) -> Gauges {
        Gauges {
            pool_size: self.gate.size(),
            pool_in_use: self.gate.in_use(),
            queued_writes: self.datasets.queued() + self.cases.queued() + self.spans.queued(),
        }
    }
}

/// One statement needs no transaction around it, and so two round trips less.
fn create_datasets(c: &mut PgConnection, jobs: &[DatasetJob]) -> Outcome<Vec<Outcome<Created>>> {
    if jobs.iter().all(DatasetJob::is_one_row) {
        return queries::new_datasets::create_each(c, jobs);
    }
    c.transaction(|c| queries::new_datasets::create_each(c, jobs))
}

fn add_cases(c: &mut PgConnection, jobs: &[CaseJob]) -> Outcome<Vec<Outcome<StoredCase>>> {
    c.transaction(|c| queries::cases::add_each(c, jobs))
}

/// Spans of one table need no transaction either: what they name is looked up before.
fn record_spans(c: &mut PgConnection, jobs: &[SpanJob]) -> Outcome<Vec<Outcome<Recorded>>> {
    if SpanJob::are_one_statement(jobs) {
        return queries::spans::record_each(c, jobs);
    }
    c.transaction(|c| queries::spans::record_each(c, jobs))
}

/// Where nobody can tell what a lock is in the way of, each write waits for itself.
fn none_free<I>(_: &mut PgConnection, jobs: &[I]) -> Outcome<Vec<bool>> {
    Ok(vec![false; jobs.len()])
}
