//! Lists that are read piece by piece while others write, and what they cost.

use std::sync::{Arc, Mutex};

use diesel::connection::{InstrumentationEvent, SimpleConnection};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use evalstone_core::caller::Caller;
use evalstone_core::dataset::{
    CaseFilter, DatasetFilter, NewDataset, Reference, StoredCase, WhichPipeline, Window,
};
use evalstone_core::id::{CaseId, DatasetId, PipelineId};
use evalstone_core::pipeline::NewPipeline;
use evalstone_core::text::Slug;

use super::{
    DIALECT, Database, caller, case, dataset, heavy, on_both, on_postgres, organization, quietly,
    window,
};
use crate::case_pages::CasePages;
use crate::postgres::queries::case_lists::{STRETCH, page};
use crate::schema::cases;
use crate::types::{Key, Time};
use crate::{Backend, Store};

/// Marks a case as deleted behind the gateway's back.
fn delete_quietly(backend: &Backend, id: CaseId) {
    let target = cases::table.filter(cases::id.eq(Key::from(id)));
    quietly(backend, diesel::update(target).set(cases::deleted_at.eq(Time(chrono::Utc::now()))));
}

/// Puts a case into another dataset behind the gateway's back.
fn move_quietly(backend: &Backend, id: CaseId, dataset: DatasetId) {
    let target = cases::table.filter(cases::id.eq(Key::from(id)));
    quietly(backend, diesel::update(target).set(cases::dataset_id.eq(Key::from(dataset))));
}

/// Does this before the statement with this number, counted from here, on the connection that the
/// next read takes: the one that was used last.
async fn before_statement(store: &Store, number: usize, what: impl FnOnce() + Send + 'static) {
    let (mut what, mut seen) = (Some(what), 0);
    let hook = move |event: InstrumentationEvent<'_>| {
        if let InstrumentationEvent::StartQuery { .. } = event {
            seen += 1;
            if let Some(what) = what.take_if(|_| seen == number) {
                what();
            }
        }
    };
    watch(store, hook).await;
}

/// Looks at what happens on the connections that the next reads take.
async fn watch(store: &Store, look: impl FnMut(InstrumentationEvent<'_>) + Send + 'static) {
    let look = Arc::new(Mutex::new(look));
    let hook = || {
        let look = Arc::clone(&look);
        move |event: InstrumentationEvent<'_>| {
            let mut look = look.lock().expect("unpoisoned");
            look(event);
        }
    };
    match &store.backend {
        Backend::Postgres(b) => {
            let (one, other) = (hook(), hook());
            let set = |hook| {
                move |c: &mut PgConnection| {
                    c.set_instrumentation(hook);
                    Ok(())
                }
            };
            b.read(set(one)).await.expect("a connection");
            b.read_as_planned(set(other)).await.expect("a connection");
        }
        Backend::Sqlite(b) => {
            let hook = hook();
            let set = move |c: &mut SqliteConnection| {
                c.set_instrumentation(hook);
                Ok(())
            };
            b.read(set).await.expect("a connection");
        }
    }
}

pub(super) async fn rest(pages: &mut CasePages) -> Vec<StoredCase> {
    let mut cases = Vec::new();
    loop {
        let piece = pages.next().await.expect("a piece");
        if piece.is_empty() {
            return cases;
        }
        cases.extend(piece);
    }
}

#[test]
fn a_piece_whose_cases_are_deleted_while_it_is_read_does_not_end_the_list_on_postgres() {
    on_postgres(async |store| {
        let me = caller(&store, &organization(&store, "acme").await, None).await;
        let made = store.create_dataset(&me, dataset("d")).await.expect("made");
        let reference = Reference::Id(made.id.uuid());
        // Each fills a piece alone.
        let new: Vec<_> = (0..3).map(|n| heavy(n, 600 * 1024)).collect();
        store.add_cases(&me, DIALECT, &reference, new).await.expect("added");
        let filter = CaseFilter { dataset: Some(made.id), pipeline: None };
        let all = rest(&mut store.case_pages(&me, filter.clone())).await;
        let ids: Vec<CaseId> = all.iter().map(|case| case.id).collect();
        assert_eq!(ids.len(), 3);
        let (backend, second) = (store.backend.clone(), ids[1]);
        let mut pages = store.case_pages(&me, filter);
        let first = pages.next().await.expect("a piece");
        assert_eq!(first.iter().map(|case| case.id).collect::<Vec<_>>(), ids[..1]);
        // They are too many bytes for one statement; between looking for their sizes and reading the rows.
        before_statement(&store, 3, move || delete_quietly(&backend, second)).await;
        let left = rest(&mut pages).await;
        assert_eq!(left.iter().map(|case| case.id).collect::<Vec<_>>(), ids[2..]);
    });
}

#[test]
fn a_case_that_comes_late_with_a_low_number_does_not_take_the_last_one_s_place_on_postgres() {
    on_postgres(async |store| {
        let me = caller(&store, &organization(&store, "acme").await, None).await;
        let made = store.create_dataset(&me, dataset("d")).await.expect("made");
        let other = store.create_dataset(&me, dataset("other")).await.expect("made");
        let mut ids = Vec::new();
        for (n, to) in [made.id, other.id, made.id, made.id].into_iter().enumerate() {
            let to = Reference::Id(to.uuid());
            ids.push(
                store.add_case(&me, DIALECT, &to, heavy(n, 200 * 1024)).await.expect("added").id,
            );
        }
        let filter = CaseFilter { dataset: Some(made.id), pipeline: None };
        let mut pages = store.case_pages(&me, filter);
        let (backend, late, to) = (store.backend.clone(), ids[1], made.id);
        // Two of three fit into a piece; between looking for their sizes and reading the rows.
        before_statement(&store, 4, move || move_quietly(&backend, late, to)).await;
        let found = rest(&mut pages).await;
        assert_eq!(found.iter().map(|case| case.id).collect::<Vec<_>>(), ids);
    });
}

/// How many cases stand in the way of the lists that are looked at: many times what one stretch of
/// them covers.
const IN_THE_WAY: usize = 40_000;

pub(super) async fn pipeline(store: &Store, me: &Caller, slug: &str) -> PipelineId {
    let slug = Slug::parse(slug).expect("a slug");
    let new = NewPipeline { id: None, slug, display_name: None, folder: None };
    store.create_pipeline(me, new).await.expect("made").id
}

/// An organization with a pipeline `small` whose three cases have very many others between them,
/// and a pipeline without cases.
async fn crowded(store: &Store) -> (Caller, PipelineId, PipelineId) {
    let me = caller(store, &organization(store, "acme").await, None).await;
    let small = pipeline(store, &me, "small").await;
    let empty = pipeline(store, &me, "empty").await;
    let of = |pipeline, name| NewDataset { pipeline: Some(pipeline), ..dataset(name) };
    let first = store.create_dataset(&me, of(small, "first")).await.expect("made");
    let second = store.create_dataset(&me, of(small, "second")).await.expect("made");
    store.create_dataset(&me, of(empty, "empty")).await.expect("made");
    let add = async |to: &evalstone_core::dataset::Dataset, n| {
        let to = Reference::Id(to.id.uuid());
        store.add_case(&me, DIALECT, &to, case(n)).await.expect("added");
    };
    add(&second, 0).await;
    add(&first, 1).await;
    let others = (0..IN_THE_WAY).map(|n| Ok(case(n)));
    store.load_dataset(&me, dataset("others"), others).await.expect("loaded");
    add(&second, 2).await;
    if let Backend::Postgres(b) = &store.backend {
        // Not left to a background worker that may come too late.
        b.read(|c| Ok(c.batch_execute("ANALYZE")?)).await.expect("analyzed");
    }
    (me, small, empty)
}

#[derive(QueryableByName)]
struct Plan {
    #[diesel(sql_type = Text)]
    detail: String,
}

#[derive(QueryableByName)]
pub(super) struct Work {
    #[diesel(sql_type = BigInt)]
    pub(super) rows: i64,
}

/// How many rows this session has read, from tables and from indexes.
pub(super) const WORK: &str = "SELECT (SELECT sum(pg_stat_get_xact_tuples_returned(oid)) FROM pg_class \
     WHERE relnamespace = 'public'::regnamespace)::bigint AS rows";

/// The texts of the statements that a connection runs from now on.
pub(super) async fn statements(store: &Store) -> Arc<Mutex<Vec<String>>> {
    let run = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&run);
    let hook = move |event: InstrumentationEvent<'_>| {
        if let InstrumentationEvent::StartQuery { query, .. } = event {
            let text = query.to_string();
            let text = text.split(" -- binds:").next().unwrap_or_default();
            noted.lock().expect("unpoisoned").push(text.to_owned());
        }
    };
    watch(store, hook).await;
    run
}

/// The plans of statements that a SQLite database has run.
pub(super) async fn plans(backend: &Backend, statements: &[String]) -> Vec<String> {
    let Backend::Sqlite(b) = backend else { return Vec::new() };
    let mut plans = Vec::new();
    for statement in statements {
        let explain = format!("EXPLAIN QUERY PLAN {statement}");
        let plan = b.read(move |c| Ok(diesel::sql_query(explain).load::<Plan>(c)?)).await;
        plans.extend(plan.expect("a plan").into_iter().map(|line| line.detail));
    }
    plans
}

/// How many rows Postgres reads, from tables and from indexes, for all pieces of a list.
async fn rows_read(backend: &Backend, me: &Caller, filter: &CaseFilter) -> i64 {
    let Backend::Postgres(b) = backend else { return 0 };
    let (me, filter) = (me.clone(), filter.clone());
    let rows = b.write(move |c| {
        // What the session has not reported yet counts too.
        let before = diesel::sql_query(WORK).get_result::<Work>(c)?.rows;
        let mut after = Some(0);
        while let Some(number) = after {
            after = page(c, &me, &filter, number, 16, 1024)?.next;
        }
        Ok(diesel::sql_query(WORK).get_result::<Work>(c)?.rows - before)
    });
    rows.await.expect("a count")
}

#[test]
fn a_list_of_a_small_pipeline_does_not_read_what_lies_between_its_cases() {
    on_both(async |store| {
        let (me, small, empty) = crowded(&store).await;
        for (pipeline, expected) in [(small, vec![0, 1, 2]), (empty, vec![])] {
            let filter = CaseFilter { dataset: None, pipeline: Some(pipeline) };
            let run = statements(&store).await;
            let found = rest(&mut store.case_pages(&me, filter.clone())).await;
            let found: Vec<_> = found.iter().map(|c| c.case.inputs.as_str().to_owned()).collect();
            let expected: Vec<_> =
                expected.iter().map(|n| format!(r#"{{"input": {n}}}"#)).collect();
            assert_eq!(found, expected);
            let run = run.lock().expect("unpoisoned").clone();
            // Each of them looks at one stretch at the most.
            assert!((3..=12).contains(&run.len()), "{run:#?}");
            let rows = rows_read(&store.backend, &me, &filter).await;
            assert!(rows < 6 * STRETCH, "{rows} rows were read");
        }
    });
}

#[test]
fn no_list_of_cases_sorts_or_scans_a_table_on_sqlite() {
    on_both(async |store| {
        let (me, small, _) = crowded(&store).await;
        let some = Some(
            store.all_datasets(&me, DIALECT, DatasetFilter::default()).await.expect("listed")[0].id,
        );
        for filter in [
            CaseFilter::default(),
            CaseFilter { dataset: None, pipeline: Some(small) },
            CaseFilter { dataset: some, pipeline: None },
        ] {
            let run = statements(&store).await;
            rest(&mut store.case_pages(&me, filter)).await;
            let run = run.lock().expect("unpoisoned").clone();
            let bad = |line: &String| line.contains("SCAN") || line.contains("TEMP B-TREE");
            let plans = plans(&store.backend, &run).await;
            assert!(!plans.iter().any(bad), "{run:#?} {plans:#?}");
        }
    });
}

#[test]
fn no_list_of_datasets_sorts_or_scans_a_table_on_sqlite() {
    on_both(async |store| {
        let (me, small, _) = crowded(&store).await;
        for pipeline in [None, Some(WhichPipeline::Called { dialect: DIALECT, id: small })] {
            let run = statements(&store).await;
            let filter = DatasetFilter { pipeline, ..DatasetFilter::default() };
            let window = Window { offset: 1, limit: Some(2) };
            store.datasets(&me, DIALECT, filter, window).await.expect("listed");
            let run = run.lock().expect("unpoisoned").clone();
            let plans = plans(&store.backend, &run).await;
            let bad = |line: &&String| line.contains("SCAN") || line.contains("TEMP B-TREE");
            assert_eq!(plans.iter().filter(bad).collect::<Vec<_>>(), Vec::<&String>::new());
        }
    });
}

#[test]
fn a_list_s_total_and_the_tombstones_are_told_by_their_indexes_alone_on_sqlite() {
    let database = Database::sqlite();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let store = database.store();
        let me = caller(&store, &organization(&store, "acme").await, None).await;
        let run = statements(&store).await;
        let window = Window { offset: 0, limit: Some(1) };
        store.datasets(&me, DIALECT, DatasetFilter::default(), window).await.expect("listed");
        let count = run.lock().expect("unpoisoned")[..1].to_vec();
        let plan = plans(&store.backend, &count).await;
        let (counted, version): (Vec<_>, Vec<_>) =
            plan.iter().partition(|line| line.contains(" datasets "));
        let listed = |line: &&String| line.contains("USING COVERING INDEX datasets_listed");
        assert!(counted.len() == 1 && counted.iter().all(listed), "{count:?} {plan:?}");
        let by_key =
            |line: &&String| line.contains("SUBQUERY") || line.contains("SEARCH dataset_lists");
        assert!(version.iter().all(by_key), "{count:?} {plan:?}");
        let run = statements(&store).await;
        store.sweep().await.expect("swept");
        store.unfinished_loads().await.expect("listed");
        let run = run.lock().expect("unpoisoned").clone();
        let plan = plans(&store.backend, &run).await;
        assert_eq!(plan.len(), 3);
        let few = |line: &String| {
            line.contains("INDEX datasets_hidden") || line.contains("INDEX runs_discarded")
        };
        assert!(plan.iter().all(few), "{plan:?}");
    });
}

#[test]
fn a_page_begins_where_the_one_before_has_ended() {
    on_both(|store| async move {
        let acme = organization(&store, "acme").await;
        let me = caller(&store, &acme, None).await;
        let source = (0..100).map(|n| Ok(case(n)));
        let made = store.load_dataset(&me, dataset("paged"), source).await.expect("loaded");
        let reference = Reference::Id(made.id.uuid());
        let run = statements(&store).await;
        let mut before: Vec<CaseId> = Vec::new();
        for round in 0..3 {
            let mut pages = Vec::new();
            for offset in (0..100).step_by(7) {
                let page = Window { offset, limit: Some(7) };
                pages.extend(window(&store, &me, made.id, page).await.iter().map(|case| case.id));
            }
            let whole = window(&store, &me, made.id, Window { offset: 0, limit: None }).await;
            let whole: Vec<CaseId> = whole.iter().map(|case| case.id).collect();
            assert_eq!(pages, whole, "round {round}");
            // From anywhere, too.
            for offset in [93, 50, 51, 7, 99, 100, 1] {
                let page = Window { offset, limit: Some(3) };
                let page = window(&store, &me, made.id, page).await;
                let from = usize::try_from(offset).expect("a place").min(whole.len());
                let page: Vec<CaseId> = page.iter().map(|case| case.id).collect();
                assert_eq!(page, whole[from..whole.len().min(from + 3)], "round {round}: {offset}");
            }
            // Between the rounds one goes and one comes.
            assert_ne!(whole, before);
            assert!(store.delete_case(&me, whole[20 * round]).await.expect("deleted"));
            store.add_case(&me, DIALECT, &reference, case(round)).await.expect("added");
            before = whole;
        }
        let run = run.lock().expect("unpoisoned");
        let counting = run.iter().filter(|text| text.contains("OFFSET")).count();
        assert!((1..=3 * 6).contains(&counting), "cases were counted {counting} times");
    });
}
