//! Which run a span reports to.

use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use evalstone_core::caller::Caller;
use evalstone_core::error::Kind;
use evalstone_core::run::{NewRun, RunKind};
use evalstone_core::run_copy::RunPart;
use evalstone_core::trace::NewSpan;

use super::super::{DIALECT, Database, caller, on, on_both, organization};
use super::arrival::wait_hours;
use super::samples::{Parts, experiment, new};
use super::{digests, parts_of, received};
use crate::{Store, postgres};

/// Stores the spans of a run as they come without it.
async fn record(store: &Store, who: &Caller, parts: &Parts) {
    let spans = parts.iter().filter_map(|(_, part)| match part {
        RunPart::Span(new) => {
            let span = new.span.clone();
            Some(NewSpan { span, marked: false, pipeline: None, evaluation: None })
        }
        RunPart::Row(_) | RunPart::Evaluation(_) => None,
    });
    store.record_spans(who, spans.collect()).await.expect("stored");
}

#[test]
fn a_span_that_reports_to_one_run_is_not_brought_by_another() {
    on_both(|store| async move {
        let me = caller(&store, &organization(&store, "acme").await, None).await;
        let (_, run, parts) = experiment();
        record(&store, &me, &parts).await;
        let first = received(&store, &me, new(run.clone()), &parts).await;
        let mut changed = parts.clone();
        for (_, part) in &mut changed {
            if let RunPart::Span(new) = part {
                new.span.name = "changed".to_owned();
            }
        }
        let arriving = store.begin_run_copy(&me, new(run)).await.expect("begun");
        let refused = store.add_run_parts(&arriving, changed).await.expect_err("refused");
        assert_eq!(refused.kind(), Kind::Taken);
        assert_eq!(digests(&parts_of(&store, &me, &first).await), digests(&parts));
        let second = store.end_run_copy(arriving).await.expect("ended");
        assert!(parts_of(&store, &me, &second).await.is_empty());
    });
}

/// Lets all spans report to the run that is called "other", in a transaction that is still to be committed.
fn bind_all(database: &Database) -> Box<dyn FnOnce()> {
    let change = "UPDATE spans SET run_id = (SELECT id FROM runs WHERE name = 'other')";
    if let Some(path) = database.url.strip_prefix("sqlite:") {
        let mut connection = SqliteConnection::establish(path).expect("a connection");
        connection.batch_execute(&format!("BEGIN IMMEDIATE; {change}")).expect("changed");
        Box::new(move || connection.batch_execute("COMMIT").expect("committed"))
    } else {
        let mut connection = postgres::connect(&database.url).expect("the server answers");
        connection.batch_execute(&format!("BEGIN; {change}")).expect("changed");
        Box::new(move || connection.batch_execute("COMMIT").expect("committed"))
    }
}

#[test]
fn a_span_that_comes_to_report_to_another_run_meanwhile_is_not_taken_from_it() {
    for database in [Database::sqlite(), Database::postgres()] {
        eprintln!("on {}", database.kind);
        on(&database, async |store| {
            let me = caller(&store, &organization(&store, "acme").await, None).await;
            let (_, run, parts) = experiment();
            record(&store, &me, &parts).await;
            let other = NewRun {
                id: None,
                kind: RunKind::Experiment,
                origin: DIALECT,
                pipeline: me.default_pipeline,
                name: Some("other".to_owned()),
                metadata: None,
            };
            store.create_run(&me, other).await.expect("made");
            let arriving = store.begin_run_copy(&me, new(run)).await.expect("begun");
            let commit = bind_all(&database);
            let adding = tokio::spawn(async move { store.add_run_parts(&arriving, parts).await });
            // Long enough for it to have looked at the spans and to wait for them.
            tokio::time::sleep(Duration::from_millis(300)).await;
            commit();
            let refused = adding.await.expect("no panic").expect_err("refused");
            assert_eq!(refused.kind(), Kind::Taken);
        });
    }
}

#[test]
fn spans_of_a_run_that_is_given_up_report_to_none() {
    on_both(|store| async move {
        let me = caller(&store, &organization(&store, "acme").await, None).await;
        let (_, run, parts) = experiment();
        let given_up = new(run.clone());
        let first = store.begin_run_copy(&me, given_up.clone()).await.expect("begun");
        store.add_run_parts(&first, parts.clone()).await.expect("added");
        let second = store.begin_run_copy(&me, new(run.clone())).await.expect("begun");
        let refused = store.add_run_parts(&second, parts.clone()).await.expect_err("refused");
        assert_eq!(refused.kind(), Kind::Taken);
        // Begun anew, it has none of the former move's spans.
        let first = store.begin_run_copy(&me, given_up).await.expect("begun anew");
        store.add_run_parts(&second, parts.clone()).await.expect("added");
        let refused = store.add_run_parts(&first, parts.clone()).await.expect_err("refused");
        assert_eq!(refused.kind(), Kind::Taken);
        wait_hours(&store, &second, 25).await;
        store.sweep().await.expect("swept");
        store.add_run_parts(&first, parts.clone()).await.expect("added");
        let run = store.end_run_copy(first).await.expect("ended");
        assert_eq!(digests(&parts_of(&store, &me, &run).await), digests(&parts));
    });
}
