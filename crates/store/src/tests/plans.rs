//! Plans of statements on Postgres: those that are made once, for values that nobody knows, and those for values that
//! the planner knows nothing of.

use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use evalstone_core::benchmark::{Lease, NewVerdict};
use evalstone_core::caller::Caller;
use evalstone_core::dataset::{
    Beside, CaseFilter, DatasetFilter, NewDataset, Reference, StoredCase, WhichPipeline, Window,
};
use evalstone_core::id::{CaseId, DatasetId, Number, RunId};
use evalstone_core::pipeline::NewPipeline;
use evalstone_core::scoring::Scoring;
use evalstone_core::text::Slug;

use super::benchmarks::{filled, verdict};
use super::scorings::{both, claimed, made, open, report, rows as scored_rows};
use super::verdicts::begun;
use super::walks::{WORK, Work, plans, statements};
use super::{DIALECT, caller, case, dataset, halting, on_both, on_postgres, organization, window};
use crate::dataset_lists::Place;
use crate::failure::Outcome;
use crate::postgres::queries::dataset_lists::List;
use crate::postgres::queries::{
    benchmark_cases, case_walks, dataset_lists, datasets, scoring_lists, verdicts,
};
use crate::{Backend, Store};

/// How many cases the first dataset has, of which the other ones' lists must read nothing.
const MANY: usize = 100_000;
/// How many cases a benchmark is over.
const RUN: usize = 2_000;
/// How many others lie beside what is looked for.
const OTHERS: usize = 400;

async fn analyze(store: &Store) {
    if let Backend::Postgres(b) = &store.backend {
        // Not left to a background worker that may come too late.
        b.read(|c| Ok(c.batch_execute("ANALYZE")?)).await.expect("analyzed");
    }
}

/// How many rows something reads.
fn counted(
    read: impl FnOnce(&mut PgConnection) -> Outcome<()>,
) -> impl FnOnce(&mut PgConnection) -> Outcome<i64> {
    let work = |c: &mut PgConnection| diesel::sql_query(WORK).get_result::<Work>(c);
    move |c| {
        c.transaction(|c| {
            // What the session has not reported yet counts too.
            let before = work(c)?.rows;
            read(c)?;
            Ok(work(c)?.rows - before)
        })
    }
}

/// Rows that Postgres reads for something on a connection that plans once.
async fn rows_read(
    store: &Store,
    read: impl FnOnce(&mut PgConnection) -> Outcome<()> + Send + 'static,
) -> i64 {
    let Backend::Postgres(b) = &store.backend else { return 0 };
    b.read_as_planned(counted(read)).await.expect("a count")
}

#[test]
fn a_small_dataset_is_read_by_itself_although_all_cases_known_to_the_planner_are_of_another() {
    on_both(async |store| {
        let me = caller(&store, &organization(&store, "acme").await, None).await;
        let many = (0..MANY).map(|n| Ok(case(n)));
        store.load_dataset(&me, dataset("large"), many).await.expect("loaded");
        analyze(&store).await;
        let small = store.create_dataset(&me, dataset("small")).await.expect("made");
        let reference = Reference::Id(small.id.uuid());
        let few = (0..5).map(case).collect();
        store.add_cases(&me, DIALECT, &reference, few).await.expect("added");
        let run = statements(&store).await;
        let found = window(&store, &me, small.id, Window { offset: 2, limit: Some(2) }).await;
        assert_eq!(found.len(), 2);
        let filter = CaseFilter { dataset: Some(small.id), pipeline: None };
        let whole = store.case_pages(&me, filter).next().await.expect("read");
        assert_eq!(whole.len(), 5);
        let run = run.lock().expect("unpoisoned").clone();
        let own = "cases_in_order (organization_id=? AND dataset_id=? AND number>? AND number<?)";
        for line in plans(&store.backend, &run).await {
            assert!(!line.contains("cases") || line.contains(own), "{line}");
        }
        let (id, caller) = (small.id, me.clone());
        let read = rows_read(&store, move |c| {
            let from = crate::marks::Mark::default();
            case_walks::number_at(c, &caller, id, from, 3)?;
            let piece = case_walks::page(c, &caller, (id, None), 0, 100, 1 << 20)?;
            assert_eq!(piece.cases.len(), 5);
            Ok(())
        });
        let rows = read.await;
        assert!(rows < 100, "{rows} rows were read");
    });
}

#[test]
fn a_plan_is_made_anew_when_the_planner_has_learned_of_more_on_postgres() {
    on_postgres(async |store| {
        let me = caller(&store, &organization(&store, "acme").await, None).await;
        let made = store.create_dataset(&me, dataset("first")).await.expect("made");
        analyze(&store).await;
        let reference = Reference::Id(made.id.uuid());
        store.dataset(&me, DIALECT, &reference).await.expect("looked for").expect("found");
        for n in 0..OTHERS {
            store.create_dataset(&me, dataset(&n.to_string())).await.expect("made");
        }
        analyze(&store).await;
        let found = rows_read(&store, move |c| {
            assert!(datasets::find(c, &me, DIALECT, &reference)?.is_some());
            Ok(())
        });
        let rows = found.await;
        assert!(rows < 50, "{rows} rows were read");
    });
}

/// Rows that Postgres reads for the first page of a list.
async fn rows_of_first_page(store: &Store, me: Caller, filter: DatasetFilter) -> i64 {
    let listed = rows_read(store, move |c| {
        let list = List { caller: &me, beside: Beside::All(DIALECT), filter: &filter };
        let piece = dataset_lists::piece(c, &list, Place { before: None, offset: 0 }, 10, 1 << 20)?;
        assert_eq!(piece.datasets.len(), 10);
        Ok(())
    });
    listed.await
}

#[test]
fn the_first_page_of_datasets_is_read_alone_on_postgres() {
    on_postgres(async |store| {
        let me = caller(&store, &organization(&store, "acme").await, None).await;
        for n in 0..OTHERS {
            store.create_dataset(&me, dataset(&n.to_string())).await.expect("made");
        }
        let rows = rows_of_first_page(&store, me, DatasetFilter::default()).await;
        assert!(rows < 200, "{rows} rows were read");
    });
}

#[test]
fn a_page_of_long_texts_is_read_alone_on_postgres() {
    on_postgres(async |store| {
        let me = caller(&store, &organization(&store, "acme").await, None).await;
        for n in 0..OTHERS {
            let description = Some("x".repeat(10_000));
            let new = NewDataset { description, ..dataset(&n.to_string()) };
            store.create_dataset(&me, new).await.expect("made");
        }
        let rows = rows_read(&store, move |c| {
            let filter = &DatasetFilter::default();
            let list = List { caller: &me, beside: Beside::All(DIALECT), filter };
            let place = Place { before: None, offset: 0 };
            let piece = dataset_lists::piece(c, &list, place, 10, 50_000)?;
            assert_eq!(piece.datasets.len(), 5);
            Ok(())
        });
        let rows = rows.await;
        assert!(rows < 200, "{rows} rows were read");
    });
}

#[test]
fn the_datasets_of_a_pipeline_are_read_alone_although_most_are_of_another_on_postgres() {
    on_postgres(async |store| {
        let me = caller(&store, &organization(&store, "acme").await, None).await;
        let slug = Slug::parse("sparse").expect("a slug");
        let new = NewPipeline { id: None, slug, display_name: None, folder: None };
        let id = store.create_pipeline(&me, new).await.expect("made").id;
        for n in 0..OTHERS {
            let of = Some(id).filter(|_| n % 40 == 0);
            let new = NewDataset { pipeline: of, ..dataset(&n.to_string()) };
            store.create_dataset(&me, new).await.expect("made");
        }
        for _ in 0..2 {
            for which in [WhichPipeline::Ours(id), WhichPipeline::Called { dialect: DIALECT, id }] {
                let filter = DatasetFilter { pipeline: Some(which), ..DatasetFilter::default() };
                let rows = rows_of_first_page(&store, me.clone(), filter).await;
                assert!(rows < 200, "{rows} rows were read");
            }
            // What the planner believes must not matter.
            analyze(&store).await;
        }
    });
}

#[test]
fn tables_that_have_grown_are_analyzed_once() {
    on_postgres(async |store| {
        let Backend::Postgres(b) = &store.backend else { panic!("Postgres") };
        let me = caller(&store, &organization(&store, "acme").await, None).await;
        let known = async || {
            let known = "SELECT count(*) AS rows FROM pg_class \
                 WHERE relname IN ('datasets', 'cases', 'pipelines') AND reltuples >= 0";
            let known =
                b.read(move |c| Ok(diesel::sql_query(known).get_result::<Work>(c)?.rows)).await;
            known.expect("a count")
        };
        store.load_dataset(&me, dataset("d"), (0..10).map(|n| Ok(case(n)))).await.expect("loaded");
        assert_eq!(store.analyze_unknown().await.expect("a query"), 0, "they are small");
        assert_eq!(known().await, 0);
        store
            .load_dataset(&me, dataset("e"), (0..5_000).map(|n| Ok(case(n))))
            .await
            .expect("loaded");
        let long =
            |n| NewDataset { description: Some("x".repeat(1_000)), ..dataset(&format!("{n}")) };
        for n in 0..300 {
            store.create_dataset(&me, long(n)).await.expect("made");
        }
        analyze_until(&store, 2, known).await;
        assert_eq!(store.analyze_unknown().await.expect("a query"), 0, "once is enough");
    });
}

/// Analyzes until some tables are known: how many rows are there is told by each connection when it finds the time.
async fn analyze_until(store: &Store, tables: i64, known: impl AsyncFn() -> i64) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while known().await < tables {
        store.analyze_unknown().await.expect("analyzed");
        assert!(Instant::now() < deadline, "{} tables are known", known().await);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(known().await, tables, "the others are small");
}

#[test]
fn a_table_is_not_taken_for_empty_while_it_is_filled() {
    on_postgres(async |store| {
        let Backend::Postgres(b) = &store.backend else { panic!("Postgres") };
        let me = caller(&store, &organization(&store, "acme").await, None).await;
        let count = async |what: &'static str| {
            let count = format!(
                "SELECT count(*) AS rows FROM pg_class WHERE oid = 'cases'::regclass AND {what}"
            );
            let count = b.read(move |c| Ok(diesel::sql_query(count).get_result::<Work>(c)?.rows));
            count.await.expect("a count")
        };
        // Some rows are there before, and that is known.
        store.load_dataset(&me, dataset("d"), (0..20).map(|n| Ok(case(n)))).await.expect("loaded");
        while count("pg_stat_get_live_tuples(oid) = 20").await == 0 {
            tokio::task::yield_now().await;
        }
        let (rows, halted) = halting(10_000);
        let loading = store.clone();
        let loading =
            tokio::spawn(async move { loading.load_dataset(&me, dataset("e"), rows).await });
        let go = halted.reached().await;
        while count("pg_relation_size(oid) > 32 * 8192").await == 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!(
            store.analyze_unknown().await.expect("a query"),
            0,
            "nobody sees most of its rows"
        );
        go.send(()).expect("it waits for this");
        loading.await.expect("no panic").expect("loaded");
        analyze_until(&store, 1, async || count("reltuples >= 10000").await).await;
    });
}

#[test]
fn a_score_is_looked_up_with_its_row_alone_whatever_the_planner_knows_on_postgres() {
    on_postgres(async |store| {
        let Backend::Postgres(b) = &store.backend else { panic!("Postgres") };
        let me = caller(&store, &organization(&store, "acme").await, None).await;
        let score = async |count: i64, name: &str| {
            let run = made(&store, &me, scored_rows(count), name).await;
            let lease = claimed(&store, &me, &run, Duration::from_secs(600)).await.lease;
            let all = open(&store, lease, 0, count).await;
            let scored = all.into_iter().map(|row| both(row, 1.0)).collect();
            assert_eq!(report(&store, lease, scored).await, Some(2 * count));
            run
        };
        let scores = async |run: &Scoring, after: Number| {
            let (me, run) = (me.clone(), (run.id, run.number));
            let read = b.read(counted(move |c| {
                let scores = scoring_lists::scores(c, &me, run, after, 100, 1 << 20)?;
                assert_eq!(scores.len(), 100);
                Ok(())
            }));
            read.await.expect("a count")
        };
        // First it knows of no row at all, then of those of one run only.
        analyze(&store).await;
        let large = score(2_000, "large").await;
        let rows = scores(&large, 3_000).await;
        assert!(rows < 1_000, "{rows} rows were read");
        analyze(&store).await;
        let small = score(100, "small").await;
        for run in [large, small] {
            let rows = scores(&run, 0).await;
            assert!(rows < 1_000, "{rows} rows were read");
        }
    });
}

/// A benchmark with this verdict on each of its first cases, so many.
async fn evaluated(
    store: &Store,
    me: &Caller,
    dataset: DatasetId,
    part: usize,
    passed: bool,
) -> (Lease, Vec<StoredCase>) {
    let (lease, cases) = begun(store, me, dataset).await;
    let told = cases.iter().take(part).cloned();
    let told = told.map(|case| NewVerdict { passed: Some(passed), ..verdict(case, "BLOCK") });
    store.report_verdicts(lease, told.collect()).await.expect("a query").expect("held");
    (lease, cases)
}

/// What is read, how many rows that may take, and how it is read.
type Reading = (&'static str, i64, Box<dyn FnOnce(&mut PgConnection) -> Outcome<()> + Send>);

/// What is asked about a benchmark of which one half is done, and about that half beside one that had it right.
fn readings(me: Caller, base: RunId, lease: Lease, cases: &[StoredCase]) -> [Reading; 6] {
    let (half, size) = (RUN / 2, i64::try_from(RUN).expect("small"));
    let ids: Vec<CaseId> = cases[half - 100..half + 100].iter().map(|case| case.id).collect();
    let last = cases[half - 1].number;
    let open_cases = |after: Number, limit: usize| {
        move |c: &mut PgConnection| {
            let most = i64::try_from(limit).expect("small");
            let open = benchmark_cases::open_cases(c, lease, &[], after, most, 1 << 20)?;
            assert_eq!(open.len(), limit);
            Ok(())
        }
    };
    let open_count = move |c: &mut PgConnection| {
        assert_eq!(benchmark_cases::open_count(c, lease, &[])?, Some(size / 2));
        Ok(())
    };
    let open_of = move |c: &mut PgConnection| {
        assert_eq!(benchmark_cases::open_of(c, lease, &[], &ids)?.len(), 100);
        Ok(())
    };
    let last_evaluated = move |c: &mut PgConnection| {
        assert_eq!(benchmark_cases::last_evaluated(c, lease)?, last);
        Ok(())
    };
    let regressions = move |c: &mut PgConnection| {
        let told = verdicts::regressions(c, &me, base, lease.run, 100, 1 << 20)?;
        assert_eq!((told.count, told.first.len()), (size / 2, 100));
        Ok(())
    };
    [
        ("the first open cases", 3 * size, Box::new(open_cases(0, 500))),
        ("some of the last open cases", 300, Box::new(open_cases(last + 500, 32))),
        ("how many are open", 2 * size, Box::new(open_count)),
        // All cases may be looked at, but not all verdicts, too.
        ("which of these are open", size + 500, Box::new(open_of)),
        ("the last that is done", 10, Box::new(last_evaluated)),
        ("regressions", 5 * size, Box::new(regressions)),
    ]
}

#[test]
fn a_benchmark_that_the_planner_does_not_know_is_not_read_for_each_case_on_postgres() {
    on_postgres(async |store| {
        let Backend::Postgres(b) = &store.backend else { panic!("Postgres") };
        let me = caller(&store, &organization(&store, "acme").await, None).await;
        let dataset = filled(&store, &me, (0..RUN).map(case).collect()).await;
        evaluated(&store, &me, dataset, RUN, true).await;
        // All rows that it knows are of that run.
        analyze(&store).await;
        let (base, _) = evaluated(&store, &me, dataset, RUN, true).await;
        let (lease, cases) = evaluated(&store, &me, dataset, RUN / 2, false).await;
        for (what, most, reading) in readings(me, base.run, lease, &cases) {
            let rows = b.read(counted(reading)).await.expect("a count");
            assert!(rows < most, "{what}: {rows} rows were read");
        }
    });
}
