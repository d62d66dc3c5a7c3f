//! The store's own tests, each on both databases. They fail, and never skip, where the Postgres
//! server that `tests/run` starts is missing.

mod access;
mod attempts;
mod benchmarks;
mod bundles;
mod cases;
mod collection_pages;
mod company;
mod dataset_pages;
mod dataset_totals;
mod datasets;
mod engine;
mod faults;
mod given_ids;
mod guardrail_traces;
mod installs;
mod keys;
mod lent;
mod loads;
mod long_writes;
mod migrations;
mod pipelines;
mod plans;
mod policies;
mod projects;
mod report;
mod run_copies;
mod runs;
mod scoring_work;
mod scorings;
mod sharing;
mod spans;
mod turns;
mod upstreams;
mod verdicts;
mod walks;

use std::future::Future;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::query_dsl::methods::ExecuteDsl;
use diesel::{PgConnection, SqliteConnection};
use evalstone_core::caller::{Caller, Role};
use evalstone_core::case::{Case, Origin};
use evalstone_core::dataset::{
    Beside, Dataset, DatasetFilter, NewCase, NewDataset, Reference, StoredCase, Window,
};
use evalstone_core::error::Result;
use evalstone_core::id::{DatasetId, RunId};
use evalstone_core::json::{RawJson, RawObject};
use evalstone_core::key::{KeyKind, RawKey};
use evalstone_core::organization::Organization;
use evalstone_core::run::{NewRun, RunKind};
use evalstone_core::text::Slug;
use uuid::Uuid;

use crate::access::{NewKey, NewOrganization};
use crate::{Backend, Options, Store, postgres};

/// The dialect's name that the tests write with.
const DIALECT: &str = "test";

/// A fresh database of one kind, gone when this is dropped.
struct Database {
    url: String,
    kind: &'static str,
    _files: tempfile::TempDir,
    server: Option<(String, String)>,
}

impl Database {
    fn sqlite() -> Self {
        let files = tempfile::tempdir().expect("a temporary directory");
        let url = format!("sqlite:{}", files.path().join("test.db").display());
        Self { url, kind: "sqlite", _files: files, server: None }
    }

    fn postgres() -> Self {
        let server = std::env::var("EVALSTONE_TEST_POSTGRES")
            .expect("EVALSTONE_TEST_POSTGRES names a Postgres server; tests/run starts one");
        let name = format!("store_{}", Uuid::new_v4().simple());
        let mut connection = postgres::connect(&server).expect("the test server answers");
        connection.batch_execute(&format!("CREATE DATABASE {name}")).expect("a new database");
        let (head, query) = server.split_once('?').map_or((server.as_str(), ""), |(h, q)| (h, q));
        let base = head.rsplit_once('/').expect("the URL names a database").0;
        let url = if query.is_empty() {
            format!("{base}/{name}")
        } else {
            format!("{base}/{name}?{query}")
        };
        let files = tempfile::tempdir().expect("a temporary directory");
        Self { url, kind: "postgres", _files: files, server: Some((server, name)) }
    }

    fn options(&self) -> Options {
        Options { url: self.url.clone(), pool_size: 4, statement_timeout: Duration::from_secs(30) }
    }

    fn store(&self) -> Store {
        Store::open(&self.options()).expect("the store opens")
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Some((server, name)) = &self.server {
            let mut connection = postgres::connect(server).expect("the test server answers");
            connection
                .batch_execute(&format!("DROP DATABASE {name} WITH (FORCE)"))
                .expect("dropped");
        }
    }
}

/// Runs a test on both databases and names the one that fails.
fn on_both<F: Future<Output = ()>>(test: impl Fn(Store) -> F) {
    for database in [Database::sqlite(), Database::postgres()] {
        on(&database, &test);
    }
}

/// Runs a test of what only Postgres does.
fn on_postgres<F: Future<Output = ()>>(test: impl Fn(Store) -> F) {
    on(&Database::postgres(), test);
}

/// Runs a test on a database.
fn on<F: Future<Output = ()>>(database: &Database, test: impl FnOnce(Store) -> F) {
    eprintln!("on {}", database.kind);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(test(database.store()));
}

async fn organization(store: &Store, slug: &str) -> Organization {
    let new = NewOrganization {
        id: None,
        slug: Slug::parse(slug).expect("a slug"),
        name: slug.to_uppercase(),
        personal: false,
    };
    store.create_organization(new).await.expect("an organization")
}

/// A caller of this organization: the service user, or a new one with this address.
async fn caller(store: &Store, organization: &Organization, email: Option<&str>) -> Caller {
    if let Some(email) = email {
        store.create_user(organization.id, email, Role::Member).await.expect("a user");
    }
    let user = store.find_user(organization.id, email).await.expect("a query").expect("the user");
    let key = RawKey::generate().expect("randomness");
    store
        .register_key(organization.id, user.id, NewKey::of(&key, KeyKind::Ci, None))
        .await
        .expect("a key");
    store.authenticate(key.expose()).await.expect("a query").expect("the key is valid")
}

/// An experiment that nothing has come of yet.
async fn experiment(store: &Store, me: &Caller) -> RunId {
    let new = NewRun {
        id: None,
        kind: RunKind::Experiment,
        origin: DIALECT,
        pipeline: me.default_pipeline,
        name: None,
        metadata: None,
    };
    store.create_run(me, new).await.expect("made").id
}

/// The cases of a dataset in a window.
async fn window(
    store: &Store,
    who: &Caller,
    dataset: DatasetId,
    window: Window,
) -> Vec<StoredCase> {
    let reference = Reference::Id(dataset.uuid());
    let dataset = store.dataset(who, DIALECT, &reference).await.expect("a query");
    window_of(store, who, &dataset.expect("a dataset in sight"), window).await
}

/// The same of one that this caller may not see.
async fn window_of(
    store: &Store,
    who: &Caller,
    dataset: &Dataset,
    window: Window,
) -> Vec<StoredCase> {
    let mut pages = store.case_window(who, dataset, window).await.expect("a query");
    let mut cases = Vec::new();
    loop {
        let page = pages.next().await.expect("a page");
        if page.is_empty() {
            return cases;
        }
        cases.extend(page);
    }
}

/// A part of a list, with the size of the whole.
struct Page {
    total: i64,
    rows: Vec<Dataset>,
}

/// Lists as one, which only tests can afford.
impl Store {
    async fn datasets(
        &self,
        who: &Caller,
        dialect: &'static str,
        filter: DatasetFilter,
        window: Window,
    ) -> Result<Page> {
        let (total, mut pages) =
            self.counted_datasets(who, Beside::All(dialect), filter, window).await?;
        let mut rows = Vec::new();
        loop {
            let piece = pages.next().await?;
            if piece.is_empty() {
                return Ok(Page { total, rows });
            }
            rows.extend_from_slice(&piece);
        }
    }

    async fn all_datasets(
        &self,
        who: &Caller,
        dialect: &'static str,
        filter: DatasetFilter,
    ) -> Result<Vec<Dataset>> {
        let all = Window { offset: 0, limit: None };
        Ok(self.datasets(who, dialect, filter, all).await?.rows)
    }
}

fn dataset(name: &str) -> NewDataset {
    NewDataset {
        id: None,
        origin: DIALECT,
        pipeline: None,
        shared: true,
        name: name.to_owned(),
        name_key: None,
        description: None,
        category: None,
        creator: None,
        source: "customer".to_owned(),
        public: false,
        golden: false,
        facet: None,
    }
}

/// A case whose inputs are `{"input": <n>}`.
fn case(n: usize) -> NewCase {
    case_of(&format!(r#"{{"input": {n}}}"#))
}

fn case_of(inputs: &str) -> NewCase {
    NewCase {
        id: None,
        case: Case { inputs: RawObject::trusted(inputs.to_owned()), ..Case::default() },
        origin: Origin { dialect: DIALECT.to_owned(), source_id: None, facet: None },
    }
}

/// Runs a statement that nothing else notices, from a thread that may block.
fn quietly<S>(backend: &Backend, statement: S)
where
    S: ExecuteDsl<PgConnection> + ExecuteDsl<SqliteConnection> + Send + 'static,
{
    let rows = match backend {
        Backend::Postgres(b) => {
            let mut other = postgres::connect(b.url()).expect("the server answers");
            ExecuteDsl::execute(statement, &mut other).expect("a statement")
        }
        Backend::Sqlite(b) => {
            b.write_blocking(move |c| Ok(ExecuteDsl::execute(statement, c)?)).expect("a statement")
        }
    };
    assert_eq!(rows, 1);
}

/// A case whose output has this many bytes.
fn heavy(n: usize, bytes: usize) -> NewCase {
    let mut new = case(n);
    new.case.output = Some(RawJson::from_text(&"x".repeat(bytes - 2)));
    new
}

/// Rows that stop before the last one until they are told to go on.
fn halting(count: usize) -> (impl Iterator<Item = Result<NewCase>> + Send + 'static, Halted) {
    let (begun, wait) = std::sync::mpsc::channel::<()>();
    let (go, gone) = std::sync::mpsc::channel::<()>();
    let rows = (0..count).map(move |n| {
        if n + 1 == count {
            begun.send(()).expect("the test waits");
            gone.recv().expect("the test lets it go on");
        }
        Ok(case(n))
    });
    (rows, Halted { wait, go })
}

/// The way to who reads rows that halt.
struct Halted {
    wait: std::sync::mpsc::Receiver<()>,
    go: std::sync::mpsc::Sender<()>,
}

impl Halted {
    /// Waits until all rows but the last have been read.
    async fn reached(self) -> std::sync::mpsc::Sender<()> {
        let Self { wait, go } = self;
        let reached = tokio::task::spawn_blocking(move || wait.recv().expect("rows are read"));
        reached.await.expect("no panic");
        go
    }
}
