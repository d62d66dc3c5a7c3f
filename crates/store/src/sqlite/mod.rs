//! SQLite: one writer thread that groups commits, and a pool of readers that cannot write.

mod rows;
mod writer;

use std::time::Duration;

use diesel::Connection as _;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::r2d2::{ConnectionManager, CustomizeConnection, Pool};
use evalstone_core::error::Result;

use crate::company::Company;
use crate::failure::{Outcome, out_of_reach};
use crate::gate::Gate;
use crate::{Gauges, Options};
use writer::Writer;

/// The backend's connection, for the queries.
pub type Connection = SqliteConnection;
/// The backend, for the queries.
pub type Backend = diesel::sqlite::Sqlite;

#[path = "../queries/mod.rs"]
#[allow(clippy::duplicate_mod, reason = "the queries are compiled once for each backend")]
pub mod queries;

/// What differs between the backends.
pub mod ext {
    use chrono::Utc;
    use diesel::dsl::{And, Eq, Escape, Like, Lt, max};
    use diesel::expression::AsExpression;
    use diesel::prelude::*;
    use diesel::sql_types::{BigInt, Text};
    use evalstone_core::dataset::NewCase;

    pub use super::rows::{
        insert_cases, insert_datasets, insert_facets, insert_fired, insert_rows, insert_scores,
        insert_traces, insert_verdicts, upsert_evaluations, upsert_spans,
    };
    use crate::failure::Outcome;
    use crate::schema::{cases, datasets};
    use crate::types::{Key, Moment, Time, Uid};

    /// How rows are read that may not all be in memory at once.
    pub type OneByOne = diesel::connection::DefaultLoadingMode;
    /// Whether many rows come as fast that way.
    pub const COME_ONE_BY_ONE: bool = true;

    /// How many values one statement can bind.
    pub const MAX_BINDS: usize = 32_766;

    /// How many rows a walk reads at a time while others come with short work.
    pub const PIECE_IN_COMPANY: usize = 25;

    /// How many microseconds an evaluation took.
    pub const MICROS_TAKEN: &str = "(evaluations.finished_at - evaluations.started_at)";

    /// SQLite has no faster way than INSERT.
    pub const fn copy_cases(
        _: &mut SqliteConnection,
        _: Key,
        _: Key,
        _: &[NewCase],
    ) -> Option<Outcome<()>> {
        None
    }

    diesel::define_sql_function! {
        /// The clock. SQLite's own counts milliseconds, and telling it takes an expression that
        /// Diesel cannot keep prepared; it is the same machine's clock either way.
        #[sql_name = "evalstone_now"]
        fn now() -> Moment;
    }

    /// Which datasets belong to a pipeline and have numbers below one.
    pub fn of_pipeline<P: AsExpression<Uid>>(pipeline: P, before: i64) -> OfPipeline<P> {
        datasets::pipeline_id.eq(pipeline).and(datasets::number.lt(before))
    }

    type OfPipeline<P> = And<Eq<datasets::pipeline_id, P>, Lt<datasets::number, i64>>;

    /// Whether a load is one transaction, so that its dataset is a new one when that ends.
    pub const LOADS_ARE_WHOLE: bool = false;

    /// The highest number of the organization's datasets. None can appear below it by itself: there is one writer,
    /// and the datasets of one write are there at once; imports, which give numbers, make a version of the list.
    pub fn settled_number(c: &mut SqliteConnection, organization: Key) -> QueryResult<Option<i64>> {
        let own = datasets::table.filter(datasets::organization_id.eq(organization));
        own.select(max(datasets::number)).get_result(c)
    }

    /// Which cases belong to a dataset and have numbers above one and not above another.
    #[diesel::dsl::auto_type]
    pub fn stretch(dataset: Key, after: i64, last: i64) -> _ {
        let own: Own = cases::dataset_id.eq(dataset);
        own.and(cases::number.gt(after)).and(cases::number.le(last))
    }

    type Own = Eq<cases::dataset_id, Key>;

    /// Whether a text matches a pattern. SQLite's LIKE ignores the case of ASCII letters.
    pub fn matches<E>(text: E, pattern: String) -> Escape<Like<E, String>>
    where
        E: TextExpressionMethods + Expression<SqlType = Text>,
    {
        text.like(pattern).escape('\\')
    }

    diesel::define_sql_function! {
        /// Whether `text` has `needle`, which is folded, somewhere. SQLite's own LIKE
        /// knows the letter case of ASCII only; Postgres' ILIKE knows all letters.
        fn contains_folded(text: Text, needle: Text) -> Bool;
    }

    /// Whether a text has `needle` somewhere, in any letter case.
    pub fn contains_ignoring_case<E>(text: E, needle: &str) -> contains_folded<E, String>
    where
        E: AsExpression<Text>,
    {
        contains_folded(text, folded(needle))
    }

    /// A text in lower case as Postgres' ILIKE sees it: letter by letter, so that a sigma is the
    /// same everywhere in a word, and one letter for each.
    fn folded(text: &str) -> String {
        text.chars().map(|letter| letter.to_lowercase().next().unwrap_or(letter)).collect()
    }

    /// Runs queries that join what may both be large. SQLite looks up each row by an index, whatever it expects.
    pub fn without_nested_loops<T>(
        c: &mut SqliteConnection,
        queries: impl FnOnce(&mut SqliteConnection) -> Outcome<T>,
    ) -> Outcome<T> {
        queries(c)
    }

    /// Tells other gateways what is under way. There is none on a SQLite database, and one writer.
    pub fn announce(_: &mut SqliteConnection, _: &[i64]) -> QueryResult<()> {
        Ok(())
    }

    /// Whether no other gateway has announced this.
    pub fn is_alone(_: &mut SqliteConnection, _: i64) -> QueryResult<bool> {
        Ok(true)
    }

    /// Takes the lock on who sees what in an organization. Whoever writes has it already.
    pub fn lock_sharing(_: &mut SqliteConnection, _: Key) -> QueryResult<()> {
        Ok(())
    }

    /// Takes the locks of these datasets. Whoever writes has them already.
    pub fn lock_datasets(_: &mut SqliteConnection, _: Key, _: &[Key]) -> QueryResult<()> {
        Ok(())
    }

    /// Makes sure that no row of this table is given this number or a lower one from now on. The row that has
    /// it is enough for SQLite only as long as it stays.
    pub fn pass_number(c: &mut SqliteConnection, table: &str, number: i64) -> QueryResult<()> {
        let last = "UPDATE sqlite_sequence SET seq = ?2 WHERE name = ?1 AND seq < ?2";
        diesel::sql_query(last).bind::<Text, _>(table).bind::<BigInt, _>(number).execute(c)?;
        Ok(())
    }

    /// Gives a connection the functions that SQLite lacks.
    pub fn register(connection: &mut SqliteConnection) -> QueryResult<()> {
        connection.register_noarg_sql_function::<Moment, _, _>("evalstone_now", false, || {
            Time(Utc::now())
        })?;
        contains_folded_utils::register_impl(connection, |text: String, needle: String| {
            folded(&text).contains(&needle)
        })
    }
}

/// What every connection is told. There is no memory map: its pages would count as the gateway's
/// memory, which must not grow with the database. The cache is small for the same reason: at least two of them fill
/// while a long file is stored and listed.
const SETTINGS: &str = "PRAGMA busy_timeout = 5000; PRAGMA foreign_keys = ON; \
     PRAGMA temp_store = MEMORY; PRAGMA cache_size = -4096;";

/// Opens the writing connection.
pub fn connect(path: &str) -> Result<SqliteConnection> {
    let mut connection = SqliteConnection::establish(path).map_err(|e| {
        evalstone_core::error::Error::invalid(format!(
            "the SQLite database {path} cannot be opened: {e}"
        ))
    })?;
    connection
        .batch_execute(SETTINGS)
        .and_then(|()| {
            connection.batch_execute(
                "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 67108864;",
            )
        })
        .and_then(|()| ext::register(&mut connection))
        .map_err(out_of_reach)?;
    Ok(connection)
}

#[derive(Debug)]
struct ReadOnly;

impl CustomizeConnection<SqliteConnection, diesel::r2d2::Error> for ReadOnly {
    fn on_acquire(
        &self,
        connection: &mut SqliteConnection,
    ) -> std::result::Result<(), diesel::r2d2::Error> {
        connection
            .batch_execute(SETTINGS)
            .and_then(|()| connection.batch_execute("PRAGMA query_only = ON;"))
            .and_then(|()| ext::register(connection))
            .map_err(diesel::r2d2::Error::QueryError)
    }
}

/// An open SQLite database.
#[derive(Clone)]
pub struct Sqlite {
    readers: Pool<ConnectionManager<SqliteConnection>>,
    gate: Gate,
    writer: Writer,
}

impl Sqlite {
    /// Opens the database, whose schema is up to date.
    pub fn open(path: &str, options: &Options) -> Result<Self> {
        let writer = Writer::start(path)?;
        let readers = Pool::builder()
            .max_size(options.pool_size)
            .min_idle(Some(0))
            .test_on_check_out(false)
            .connection_customizer(Box::new(ReadOnly))
            .build_unchecked(ConnectionManager::new(path));
        Ok(Self { readers, gate: Gate::new(options.pool_size), writer })
    }

    /// Runs a query that only reads.
    pub async fn read<T, F>(&self, query: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut SqliteConnection) -> Outcome<T> + Send + 'static,
    {
        self.gate.run(self.on_reader(query)).await
    }

    /// The same for a piece of what reads for long.
    pub async fn read_piece<T, F>(&self, query: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut SqliteConnection) -> Outcome<T> + Send + 'static,
    {
        self.gate.run_piece(self.on_reader(query)).await
    }

    fn on_reader<T, F>(&self, query: F) -> impl FnOnce(Duration) -> Result<T> + Send + 'static
    where
        F: FnOnce(&mut SqliteConnection) -> Outcome<T> + Send + 'static,
    {
        let readers = self.readers.clone();
        move |patience| {
            let mut connection = readers.get_timeout(patience).map_err(out_of_reach)?;
            query(&mut connection).map_err(Into::into)
        }
    }

    /// What tells long work whether others come to read or write.
    pub fn company(&self) -> Company {
        self.gate.company()
    }

    /// Runs a query that reads few rows, by their keys or all of a small table, on the asking thread: those rows are
    /// at hand, and handing the query to another thread takes longer than all of it. While every connection is in use
    /// it waits like any other.
    pub async fn glance<T, F>(&self, query: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut SqliteConnection) -> Outcome<T> + Send + 'static,
    {
        match self.readers.try_get() {
            Some(mut connection) => query(&mut connection).map_err(Into::into),
            None => self.read(query).await,
        }
    }

    /// Runs a write in a transaction that other writes may share. It has happened when this returns.
    pub async fn write<T, F>(&self, query: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut SqliteConnection) -> Outcome<T> + Send + 'static,
    {
        self.gate.pass();
        self.writer.submit(query).await
    }

    /// The same for a thread that may block.
    pub fn write_blocking<T, F>(&self, query: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut SqliteConnection) -> Outcome<T> + Send + 'static,
    {
        self.writer.submit_blocking(query)
    }

    /// How busy the pool and the writer are.
    pub fn gauges(&self) -> Gauges {
        Gauges {
            pool_size: self.gate.size(),
            pool_in_use: self.gate.in_use(),
            queued_writes: self.writer.queued(),
        }
    }
}
