use std::collections::BTreeSet;
use std::time::Duration;

use chrono::{TimeZone as _, Utc};
use diesel::prelude::*;
use evalstone_core::case::Case;
use evalstone_core::id::CollectionId;
use evalstone_core::json::RawObject;
use evalstone_core::run::RunStatus;
use evalstone_core::scoring::{
    Judgement, NewRow, NewScore, NewScoring, OpenRow, Outcome, ScoredRow, Subject,
};
use uuid::Uuid;

use super::benchmarks::{LONG, filled};
use super::scorings::{
    both, claimed, end, found, given, made, new, open, over, report, rows, scores,
};
use super::verdicts::distinct_case;
use super::walks::{plans, statements};
use super::{caller, case, case_of, on_both, organization};
use crate::schema::{evaluations, run_rows};
use crate::scorings::RunsOf;
use crate::types::Key;
use crate::{Backend, Store};

const OVER: Duration = Duration::ZERO;

#[test]
fn pieces_of_rows_and_of_evaluations_are_bounded() {
    on_both(|store| async move {
        let acme = organization(&store, "acme").await;
        let me = caller(&store, &acme, None).await;
        let text = format!(r#"{{"input": "{}"}}"#, "x".repeat(3 * 1024 * 1024));
        let large = || NewRow { part: 0, case: case_of(&text).case };
        let rows = Subject::Rows { rows: vec![large(), large()], evaluations: 2, collection: None };
        let run = made(&store, &me, rows, "n").await;
        let dataset = filled(&store, &me, vec![case_of(&text), case_of(&text)]).await;
        let over = over(&store, &me, dataset, "m").await;
        for run in [run, over] {
            let lease = claimed(&store, &me, &run, LONG).await.lease;
            let mut after = 0;
            for _ in 0..2 {
                let mut piece = open(&store, lease, after, 9).await;
                assert_eq!(piece.len(), 1, "a piece has no two large rows");
                after = piece[0].position;
                report(&store, lease, vec![both(piece.remove(0), 1.0)]).await.expect("held");
            }
            assert!(open(&store, lease, after, 9).await.is_empty());
            let mut pages = store.score_pages(&me, &run);
            for _ in 0..4 {
                assert_eq!(pages.next().await.expect("a piece").len(), 1);
            }
            assert!(pages.next().await.expect("a piece").is_empty());
        }
    });
}

#[test]
fn a_lost_lease_stores_nothing() {
    on_both(|store| async move {
        let acme = organization(&store, "acme").await;
        let me = caller(&store, &acme, None).await;
        let dataset = filled(&store, &me, vec![case(1), case(2)]).await;
        let run = over(&store, &me, dataset, "n").await;
        let lost = claimed(&store, &me, &run, OVER).await.lease;
        let row = open(&store, lost, 0, 1).await.remove(0);
        let next = claimed(&store, &me, &run, LONG).await;
        assert_eq!(next.attempts, 2);
        assert_eq!(report(&store, lost, vec![both(row.clone(), 1.0)]).await, None);
        assert!(!end(&store, lost, None).await);
        assert!(store.open_rows(lost, 0, 9).await.expect("a query").is_none());
        assert!(!store.renew_lease(lost).await.expect("a query"));
        assert!(scores(&store, &me, &run).await.is_empty());
        // Had a snapshot of the row been kept, it would be in the way now.
        assert_eq!(report(&store, next.lease, vec![both(row, 1.0)]).await, Some(2));
        // Whoever takes it over now goes on after that row, and begins to count anew.
        store.give_back(next.lease).await.expect("a query");
        let third = claimed(&store, &me, &run, LONG).await;
        assert_eq!(third.attempts, 1);
        let after = store.last_scored(third.lease).await.expect("a query");
        assert_eq!(open(&store, third.lease, after, 9).await.len(), 1);
        // Without the dataset there are no rows, while the lease is held.
        store.delete_dataset(&me, dataset).await.expect("deleted");
        assert!(store.open_rows(third.lease, after, 9).await.expect("a query").is_none());
        assert!(store.renew_lease(third.lease).await.expect("a query"));
        assert!(end(&store, third.lease, Some("gone")).await);
        let ended = found(&store, &me, &run).await.expect("found");
        assert_eq!((ended.status, ended.completed, ended.total), (RunStatus::Failed, 2, 4));
        let gone =
            store.make_scoring(&me, new(Subject::Dataset { dataset, metrics: 1 }, given("m")));
        assert!(gone.await.expect("a query").is_none());
    });
}

#[test]
fn a_run_that_is_deleted_leaves_nothing() {
    on_both(|store| async move {
        let acme = organization(&store, "acme").await;
        let me = caller(&store, &acme, None).await;
        let dataset = filled(&store, &me, vec![case(1), case(2)]).await;
        let run = over(&store, &me, dataset, "n").await;
        let lease = claimed(&store, &me, &run, LONG).await.lease;
        let mut open = open(&store, lease, 0, 2).await;
        report(&store, lease, vec![both(open.remove(0), 1.0)]).await.expect("held");
        assert!(store.delete_scoring(&me, run.id).await.expect("a query"));
        assert!(!store.delete_scoring(&me, run.id).await.expect("a query"));
        assert_eq!(report(&store, lease, vec![both(open.remove(0), 1.0)]).await, None);
        assert!(!end(&store, lease, None).await);
        assert!(found(&store, &me, &run).await.is_none());
        assert!(scores(&store, &me, &run).await.is_empty());
        store.sweep().await.expect("swept");
        assert!(store.score_totals(lease).await.expect("a query").is_empty());
        assert!(store.claim_next_scoring(Uuid::new_v4(), LONG).await.expect("a query").is_none());
        over(&store, &me, dataset, "n").await;
    });
}

#[test]
fn what_a_model_said_is_kept_once_for_each_organization() {
    on_both(|store| async move {
        let (acme, other) =
            (organization(&store, "acme").await, organization(&store, "other").await);
        let said = |digest: u8, score: f64| Judgement {
            digest: [digest; 32],
            score,
            explanation: "why".to_owned(),
            details: (digest > 1).then(|| RawObject::trusted(r#"{"a": "\u0000"}"#.to_owned())),
        };
        store.keep_judgements(acme.id, vec![said(1, 10.0), said(2, 20.5)]).await.expect("kept");
        store.keep_judgements(acme.id, vec![said(2, 0.0), said(3, 30.0)]).await.expect("kept");
        store.keep_judgements(other.id, vec![said(1, 99.0)]).await.expect("kept");
        let known = async |organization, digests: &[u8]| {
            let digests = digests.iter().map(|digest| vec![*digest; 32]).collect();
            let mut known = store.judgements(organization, digests).await.expect("a query");
            known.sort_by_key(|judgement| judgement.digest);
            known
        };
        let expected = [said(1, 10.0), said(2, 20.5), said(3, 30.0)];
        assert_eq!(known(acme.id, &[3, 2, 1, 4]).await, expected);
        assert_eq!(known(other.id, &[1, 2]).await, [said(1, 99.0)]);
    });
}

#[test]
fn many_workers_never_have_the_same_run() {
    on_both(|store| async move {
        let acme = organization(&store, "acme").await;
        let me = caller(&store, &acme, None).await;
        for n in 0..12 {
            made(&store, &me, rows(1), &n.to_string()).await;
        }
        let claim = |store: Store| async move {
            let claim = store.claim_next_scoring(Uuid::new_v4(), LONG).await.expect("a query");
            claim.map(|claim| claim.lease.run)
        };
        let tasks: Vec<_> = (0..24).map(|_| tokio::spawn(claim(store.clone()))).collect();
        let mut runs = Vec::new();
        for task in tasks {
            runs.extend(task.await.expect("no panic"));
        }
        // Who finds that others were faster at all it tried may go away with nothing.
        while let Some(run) = claim(store.clone()).await {
            runs.push(run);
        }
        assert_eq!(runs.len(), 12);
        assert_eq!(runs.into_iter().collect::<BTreeSet<_>>().len(), 12);
    });
}

#[test]
fn nothing_that_work_on_runs_asks_scans_a_table_on_sqlite() {
    on_both(|store| async move {
        let acme = organization(&store, "acme").await;
        let me = caller(&store, &acme, None).await;
        let dataset = filled(&store, &me, (0..40).map(case).collect()).await;
        let (run, own) =
            (over(&store, &me, dataset, "n").await, made(&store, &me, rows(3), "m").await);
        let asked = statements(&store).await;
        for run in [&run, &own] {
            let lease = claimed(&store, &me, run, LONG).await.lease;
            let rows = open(&store, lease, 0, 9).await;
            report(&store, lease, rows.into_iter().map(|row| both(row, 1.0)).collect()).await;
            store.last_scored(lease).await.expect("a query");
            store.score_totals(lease).await.expect("a query");
            assert!(end(&store, lease, None).await);
            scores(&store, &me, run).await;
        }
        store.claim_next_scoring(Uuid::new_v4(), LONG).await.expect("a query");
        store.scoring_pages(&me, RunsOf::Dataset(dataset)).next().await.expect("a piece");
        let nowhere = RunsOf::Collection(CollectionId::generate());
        store.scoring_pages(&me, nowhere).next().await.expect("a piece");
        store.dataset_score_pages(&me, dataset).next().await.expect("a piece");
        store.judgements(acme.id, vec![vec![0; 32]]).await.expect("a query");
        let budgeted = NewScoring { budget: Some(1), ..new(rows(1), given("l")) };
        store.make_scoring(&me, budgeted).await.expect("made");
        let asked = std::mem::take(&mut *asked.lock().expect("unpoisoned"));
        let readable = |text: &String| {
            ["SELECT", "UPDATE"].iter().any(|verb| text.starts_with(verb)) && text.contains('`')
        };
        let asked: Vec<String> = asked.into_iter().filter(readable).collect();
        let plan = plans(&store.backend, &asked).await;
        let bad = |line: &&String| line.starts_with("SCAN") && *line != "SCAN CONSTANT ROW";
        assert_eq!(plan.iter().find(bad), None, "{asked:#?} {plan:#?}");
    });
}

/// What is said of a row that is like nothing else in any column.
fn distinct_score(n: u32, row: OpenRow) -> ScoredRow {
    let object = |what: &str| RawObject::trusted(format!(r#"{{"{what}":{n}}}"#));
    let cost = (n != 6).then(|| i64::from(n) * 1_000);
    // Each misses one column, which must not be taken from a neighbor.
    let outcome = match n {
        1 => Outcome::Failed { explanation: format!("failure {n}"), cost },
        _ => Outcome::Scored {
            score: f64::from(n) / 2.0,
            explanation: format!("explanation {n}"),
            details: (n != 7).then(|| object("details")),
            cost,
        },
    };
    let started_at = Utc.timestamp_opt(1_700_000_000 + i64::from(n), 0).single().expect("a time");
    let score = NewScore {
        metric: format!("metric {n}"),
        model: format!("model {n}"),
        arguments: (n != 8).then(|| object("arguments").into()),
        threshold: i64::from(n % 4),
        outcome,
        started_at,
        finished_at: started_at + Duration::from_secs(100),
    };
    ScoredRow { row, evaluations: vec![score] }
}

#[test]
fn of_scores_that_are_stored_together_each_keeps_its_own_columns() {
    on_both(|store| async move {
        let me = caller(&store, &organization(&store, "acme").await, None).await;
        let dataset = filled(&store, &me, (1..=8).map(distinct_case).collect()).await;
        let run = over(&store, &me, dataset, "n").await;
        let lease = claimed(&store, &me, &run, LONG).await.lease;
        let rows = open(&store, lease, 0, 9).await;
        let new: Vec<ScoredRow> =
            (1..=8).zip(rows).map(|(n, row)| distinct_score(n, row)).collect();
        assert_eq!(report(&store, lease, new.clone()).await, Some(8));
        let stored = scores(&store, &me, &run).await;
        assert_eq!(stored.len(), new.len());
        for (ScoredRow { row, evaluations }, stored) in new.iter().zip(stored) {
            // Names do not count in scoring.
            assert_eq!(stored.case, Case { name: None, ..row.case.clone() });
            assert_eq!(format!("{:?}", [stored.score]), format!("{evaluations:?}"));
        }
        let columns = || {
            use {evaluations as e, run_rows as r};
            let same = e::organization_id.eq(r::organization_id).and(e::run_id.eq(r::run_id));
            let same = same.and(e::row_position.eq(r::position.nullable()));
            let columns = (r::position, r::part, r::case_id, e::case_id, e::passed);
            r::table.inner_join(e::table.on(same)).select(columns).order(r::position)
        };
        type Row = (i64, i64, Option<Key>, Option<Key>, Option<bool>);
        let rows: Vec<Row> = match &store.backend {
            Backend::Postgres(b) => b.read(move |c| Ok(columns().load(c)?)).await,
            Backend::Sqlite(b) => b.read(move |c| Ok(columns().load(c)?)).await,
        }
        .expect("a query");
        let expected = new.iter().map(|ScoredRow { row, evaluations }| {
            let case = row.case_id.map(Key::from);
            let NewScore { threshold, outcome, .. } = &evaluations[0];
            let passed = match outcome {
                Outcome::Scored { score, .. } => *score >= *threshold as f64,
                Outcome::Failed { .. } => false,
            };
            (row.position, row.part, case, case, Some(passed))
        });
        assert_eq!(rows, expected.collect::<Vec<Row>>());
    });
}
