//! Writes that may take long on Postgres, beside short work.

use std::time::{Duration, Instant};

use chrono::Utc;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use evalstone_core::annotation::Label;
use evalstone_core::caller::Caller;
use evalstone_core::dataset::Reference;
use evalstone_core::error::Kind;
use evalstone_core::id::RunId;
use evalstone_core::run::{RunKind, RunStatus};
use evalstone_core::run_copy::{NewRunCopy, RunCopy};
use evalstone_core::scoring::Subject;
use evalstone_core::source::{Assigned, SourceKind};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::benchmarks::{filled, verdict};
use super::guardrail_traces::trace;
use super::scorings::{given, new as scoring};
use super::turns::{LONG, run};
use super::verdicts::begun;
use super::{DIALECT, Database, caller, case, dataset, organization};
use crate::annotations::Export;
use crate::{Backend, Store, postgres};

/// While these wait for the holder's lock others find connections; these go on when it is given back.
async fn others_go_on(store: &Store, mut blocked: JoinSet<()>, mut holder: PgConnection) {
    while store.gauges().pool_in_use < 2 {
        tokio::task::yield_now().await;
    }
    for _ in 0..20 {
        timeout(LONG, store.ready()).await.expect("in time").expect("a connection is left");
    }
    assert!(blocked.try_join_next().is_none(), "these wait for the lock");
    holder.batch_execute("COMMIT").expect("the lock is given back");
    blocked.join_all().await;
}

#[test]
fn writes_of_several_cases_for_a_locked_dataset_leave_connections_to_others() {
    let database = Database::postgres();
    run(async {
        let store = database.store();
        let me = caller(&store, &organization(&store, "acme").await, None).await;
        let locked = store.create_dataset(&me, dataset("locked")).await.expect("made");
        let here = Reference::Id(locked.id.uuid());
        let old = store.add_case(&me, DIALECT, &here, case(0)).await.expect("stored").id;
        let mut holder = postgres::connect(&database.url).expect("a connection");
        let lock = format!("BEGIN; SELECT id FROM datasets WHERE id = '{}' FOR UPDATE", locked.id);
        holder.batch_execute(&lock).expect("the lock");

        let mut blocked = JoinSet::new();
        for n in 1..3 {
            let (store, me, here) = (store.clone(), me.clone(), here.clone());
            let id = Assigned { dialect: DIALECT, kind: SourceKind::Case, id: format!("case-{n}") };
            let again = Caller { assigned: Some(id.into()), ..me.clone() };
            blocked.spawn(async move {
                let behind = store.add_cases_behind(&me, DIALECT, &here, 100, vec![case(n)]);
                let (added, behind, repeated) = tokio::join!(
                    store.add_cases(&me, DIALECT, &here, vec![case(n), case(n)]),
                    behind,
                    store.add_case(&again, DIALECT, &here, case(n)),
                );
                added.expect("stored");
                let refused = behind.expect_err("the dataset has not as many cases");
                assert!(matches!(refused.kind(), Kind::Unavailable { .. }), "{refused:?}");
                repeated.expect("stored");
            });
        }
        let (deleting, who) = (store.clone(), me.clone());
        blocked.spawn(async move {
            assert!(deleting.delete_case(&who, old).await.expect("in the end"), "it was there");
        });
        others_go_on(&store, blocked, holder).await;
        let counted = store.dataset(&me, DIALECT, &here).await.expect("a query").expect("there");
        assert_eq!(counted.case_count, 6);
    });
}

/// A query that keeps a connection longer than anybody waits for one.
async fn sleep(store: Store) {
    let Backend::Postgres(b) = &store.backend else { panic!("Postgres") };
    b.read(|c| Ok(c.batch_execute("SELECT pg_sleep(5)")?)).await.expect("in the end");
}

#[test]
fn a_long_write_waits_once_for_all_that_it_needs() {
    let database = Database::postgres();
    run(async {
        let store = database.store();
        let me = caller(&store, &organization(&store, "acme").await, None).await;
        let locked = store.create_dataset(&me, dataset("locked")).await.expect("made");
        let here = Reference::Id(locked.id.uuid());
        let mut holder = postgres::connect(&database.url).expect("a connection");
        let lock = format!("BEGIN; SELECT id FROM datasets WHERE id = '{}' FOR UPDATE", locked.id);
        holder.batch_execute(&lock).expect("the lock");
        let add = || {
            let (store, me, here) = (store.clone(), me.clone(), here.clone());
            async move { store.add_cases(&me, DIALECT, &here, vec![case(0), case(1)]).await }
        };
        let mut first: JoinSet<_> = (0..2).map(|_| add()).collect();
        let mut sleepers: JoinSet<()> = (0..2).map(|_| sleep(store.clone())).collect();
        while store.gauges().pool_in_use < 4 {
            tokio::task::yield_now().await;
        }
        // What comes free now is for these; then there is nothing left for the last one.
        sleepers.spawn(sleep(store.clone()));
        sleepers.spawn(sleep(store.clone()));
        let asked = Instant::now();
        let last = tokio::spawn(add());
        tokio::time::sleep(Duration::from_millis(1_200)).await;
        holder.batch_execute("COMMIT").expect("the lock is given back");
        while let Some(added) = first.join_next().await {
            added.expect("no panic").expect("stored");
        }
        let refused = last.await.expect("no panic").expect_err("there was no connection for it");
        assert!(matches!(refused.kind(), Kind::Unavailable { .. }), "{refused:?}");
        // Design section 4. Waiting as long again for a connection as for its turn would take longer.
        assert!(asked.elapsed() < Duration::from_secs(3), "after {:?}", asked.elapsed());
        sleepers.join_all().await;
    });
}

#[test]
fn many_traces_and_verdicts_that_a_lock_is_in_the_way_of_leave_connections_to_others() {
    let database = Database::postgres();
    run(async {
        let store = database.store();
        let me = caller(&store, &organization(&store, "acme").await, None).await;
        let dataset = filled(&store, &me, (0..40).map(case).collect()).await;
        let (lease, cases) = begun(&store, &me, dataset).await;
        let mut holder = postgres::connect(&database.url).expect("a connection");
        let lock = "BEGIN; LOCK TABLE guardrail_traces, runs IN SHARE MODE";
        holder.batch_execute(lock).expect("the lock");

        let mut blocked = JoinSet::new();
        for some in cases.chunks(20) {
            let (store, me) = (store.clone(), me.clone());
            let verdicts = some.iter().map(|case| verdict(case.clone(), "BLOCK")).collect();
            blocked.spawn(async move {
                let many = (0..100).map(|n| trace(&n.to_string(), n)).collect();
                let (recorded, reported) = tokio::join!(
                    store.record_guardrail_traces(&me, many),
                    store.report_verdicts(lease, verdicts),
                );
                recorded.expect("stored");
                reported.expect("stored").expect("held");
            });
        }
        others_go_on(&store, blocked, holder).await;
        assert_eq!(store.verdict_lines(lease, 0, 99).await.expect("a query").len(), 40);
    });
}

#[test]
fn runs_and_exports_that_a_lock_is_in_the_way_of_leave_connections_to_others() {
    let database = Database::postgres();
    run(async {
        let store = database.store();
        let me = caller(&store, &organization(&store, "acme").await, None).await;
        let dataset = filled(&store, &me, vec![case(1)]).await;
        let mut arriving = Vec::new();
        for _ in 0..2 {
            let run = RunCopy::of(RunKind::Benchmark, RunStatus::Completed, Utc::now());
            let id = RunId::generate();
            let new = NewRunCopy {
                id,
                origin: DIALECT,
                source_id: None,
                dataset: None,
                pipeline: None,
                run,
            };
            arriving.push(store.begin_run_copy(&me, new).await.expect("begun"));
        }
        let mut holder = postgres::connect(&database.url).expect("a connection");
        holder.batch_execute("BEGIN; LOCK TABLE datasets, runs IN SHARE MODE").expect("the lock");

        let mut blocked = JoinSet::new();
        for (n, arriving) in arriving.into_iter().enumerate() {
            let (store, me) = (store.clone(), me.clone());
            let over = Subject::Dataset { dataset, metrics: 1 };
            let scoring = scoring(over, given(&n.to_string()));
            let reference = Reference::Id(dataset.uuid());
            let label = Label::Correct;
            let export = Export { dialect: DIALECT, dataset: reference, label, write: |_| None };
            blocked.spawn(async move {
                let (made, added, exported) = tokio::join!(
                    store.make_scoring(&me, scoring),
                    store.add_run_parts(&arriving, Vec::new()),
                    store.export_annotations(&me, export),
                );
                made.expect("made").expect("the dataset is there");
                added.expect("added");
                exported.expect("exported");
            });
        }
        others_go_on(&store, blocked, holder).await;
    });
}
