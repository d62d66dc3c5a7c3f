use std::collections::BTreeSet;
use std::time::Duration;

use chrono::Utc;
use evalstone_core::benchmark::Lease;
use evalstone_core::caller::Caller;
use evalstone_core::case::Case;
use evalstone_core::dataset::Reference;
use evalstone_core::error::{Kind, Result};
use evalstone_core::id::DatasetId;
use evalstone_core::json::{RawJson, RawObject};
use evalstone_core::run::RunStatus;
use evalstone_core::scoring::{
    ClaimedScoring, MetricTotal, NewRow, NewScore, NewScoring, OpenRow, Outcome, RunName,
    ScoredRow, Scoring, StoredScore, Subject,
};
use uuid::Uuid;

use super::benchmarks::{LONG, filled};
use super::{DIALECT, caller, case, case_of, on_both, organization};
use crate::Store;
use crate::scorings::RunsOf;

pub(super) fn new(subject: Subject, name: RunName) -> NewScoring {
    let settings = RawObject::trusted(r#"{"a": 1.0}"#.to_owned());
    NewScoring { origin: DIALECT, subject, name, threshold: Some(50), settings, budget: None }
}

pub(super) fn given(name: &str) -> RunName {
    RunName::Given(name.to_owned())
}

/// So many rows, each of a part of its own.
pub(super) fn rows(count: i64) -> Subject {
    let row = |n: i64| NewRow {
        part: n,
        case: Case {
            output: Some(RawJson::trusted(format!("{n}.0"))),
            metadata: Some(RawObject::trusted(format!(r#"{{"external_id":"{n}"}}"#))),
            ..case_of(r#"{"input": [ ]}"#).case
        },
    };
    Subject::Rows { rows: (0..count).map(row).collect(), evaluations: count, collection: None }
}

pub(super) async fn made(store: &Store, who: &Caller, subject: Subject, name: &str) -> Scoring {
    let made = store.make_scoring(who, new(subject, given(name))).await;
    made.expect("made").expect("what it is over is there")
}

pub(super) async fn over(store: &Store, who: &Caller, dataset: DatasetId, name: &str) -> Scoring {
    made(store, who, Subject::Dataset { dataset, metrics: 2 }, name).await
}

pub(super) async fn claimed(
    store: &Store,
    who: &Caller,
    run: &Scoring,
    term: Duration,
) -> ClaimedScoring {
    let claim = store.claim_scoring(who.organization, run.id, Uuid::new_v4(), term).await;
    claim.expect("a query").expect("it is to be had")
}

fn scored(metric: &str, outcome: Outcome) -> NewScore {
    NewScore {
        metric: metric.to_owned(),
        model: "m".to_owned(),
        arguments: Some(RawObject::trusted(r#"{"x": [1.0]}"#.to_owned()).into()),
        threshold: 70,
        outcome,
        started_at: Utc::now(),
        finished_at: Utc::now(),
    }
}

fn success(score: f64, cost: Option<i64>) -> Outcome {
    let details = Some(RawObject::trusted(r#"{"d": "\u0000"}"#.to_owned()));
    Outcome::Scored { score, explanation: "why".to_owned(), details, cost }
}

/// A row that one metric scores so and another cannot score.
pub(super) fn both(row: OpenRow, score: f64) -> ScoredRow {
    let failed = Outcome::Failed { explanation: "no".to_owned(), cost: None };
    ScoredRow { row, evaluations: vec![scored("one", success(score, None)), scored("two", failed)] }
}

pub(super) async fn open(store: &Store, lease: Lease, after: i64, limit: i64) -> Vec<OpenRow> {
    store.open_rows(lease, after, limit).await.expect("a query").expect("held")
}

pub(super) async fn report(store: &Store, lease: Lease, scored: Vec<ScoredRow>) -> Option<i64> {
    store.report_scores(lease, scored, 0).await.expect("a query")
}

pub(super) async fn end(store: &Store, lease: Lease, failure: Option<&str>) -> bool {
    let summary = RawObject::trusted(r#"{"result": 1.0}"#.to_owned());
    store.end_scoring(lease, summary, failure.map(str::to_owned)).await.expect("a query")
}

pub(super) async fn found(store: &Store, who: &Caller, run: &Scoring) -> Option<Scoring> {
    store.scoring(who, DIALECT, run.number).await.expect("a query")
}

pub(super) async fn scores(store: &Store, who: &Caller, run: &Scoring) -> Vec<StoredScore> {
    let mut pages = store.score_pages(who, run);
    let mut all = Vec::new();
    loop {
        let piece = pages.next().await.expect("a piece");
        if piece.is_empty() {
            return all;
        }
        all.extend(piece);
    }
}

#[test]
fn a_scoring_run_over_a_dataset_goes_from_making_to_its_end() {
    on_both(|store| async move {
        let acme = organization(&store, "acme").await;
        let me = caller(&store, &acme, None).await;
        let dataset = filled(&store, &me, vec![case(1), case(2), case(3)]).await;
        let run = over(&store, &me, dataset, "n").await;
        assert_eq!((run.status, run.total, run.completed), (RunStatus::Queued, 6, 0));
        assert_eq!((run.started_at, run.finished_at), (None, None));
        // What is added later is no part of it.
        let reference = Reference::Id(dataset.uuid());
        store.add_cases(&me, DIALECT, &reference, vec![case(4)]).await.expect("added");
        let claim = store.claim_next_scoring(Uuid::new_v4(), LONG).await.expect("a query");
        let ClaimedScoring { lease, threshold, settings, attempts } = claim.expect("it waits");
        assert_eq!((lease.run, threshold, attempts), (run.id, Some(50), 1));
        assert_eq!(settings.as_str(), r#"{"a": 1.0}"#);
        let again = store.claim_next_scoring(Uuid::new_v4(), LONG).await;
        assert!(again.expect("a query").is_none());
        assert_eq!(store.last_scored(lease).await.expect("a query"), 0);
        let first = open(&store, lease, 0, 2).await;
        let places: Vec<i64> = first.iter().map(|row| row.position).collect();
        let first: Vec<ScoredRow> = first.into_iter().map(|row| both(row, 25.0)).collect();
        assert_eq!(report(&store, lease, first).await, Some(4));
        assert_eq!(store.last_scored(lease).await.expect("a query"), places[1]);
        let midway = found(&store, &me, &run).await.expect("found");
        assert_eq!((midway.status, midway.completed), (RunStatus::Running, 4));
        let rest = open(&store, lease, places[1], 9).await;
        assert_eq!(rest.len(), 1);
        let rest = rest.into_iter().map(|row| both(row, 100.0)).collect();
        assert_eq!(report(&store, lease, rest).await, Some(6));
        let total =
            |metric: &str, count, sum| MetricTotal { metric: metric.to_owned(), count, sum };
        let totals = store.score_totals(lease).await.expect("a query");
        assert_eq!(totals, [total("one", 3, 150.0), total("two", 0, 0.0)]);
        assert!(end(&store, lease, None).await);
        assert!(!end(&store, lease, Some("late")).await);
        let ended = found(&store, &me, &run).await.expect("found");
        assert_eq!((ended.status, ended.completed), (RunStatus::Completed, 6));
        assert!(ended.started_at.is_some() && ended.finished_at.is_some());
        assert_eq!(ended.summary.as_ref().map(RawObject::as_str), Some(r#"{"result": 1.0}"#));
        assert_eq!(ended.dataset.map(|place| (place.id, place.name)), Some((dataset, "d".into())));
        // The snapshots outlive the dataset.
        store.delete_dataset(&me, dataset).await.expect("deleted");
        let hidden = found(&store, &me, &run).await.expect("found");
        assert_eq!(hidden.dataset, None);
        store.sweep().await.expect("swept");
        let all = scores(&store, &me, &run).await;
        let inputs: Vec<_> = all.iter().map(|score| score.case.inputs.as_str()).collect();
        let expected: Vec<_> =
            [1, 1, 2, 2, 3, 3].map(|n| format!(r#"{{"input": {n}}}"#)).into_iter().collect();
        assert_eq!(inputs, expected);
        assert!(all.windows(2).all(|pair| pair[0].number < pair[1].number));
        let NewScore { metric, model, arguments, threshold, outcome, .. } = &all[0].score;
        assert_eq!((metric.as_str(), model.as_str(), *threshold), ("one", "m", 70));
        assert_eq!(arguments.as_ref().map(|given| given.as_str()), Some(r#"{"x": [1.0]}"#));
        assert_eq!(*outcome, success(25.0, None));
        let failed = Outcome::Failed { explanation: "no".to_owned(), cost: None };
        assert_eq!(all[1].score.outcome, failed);
        assert_eq!(all[1].run, run.number);
    });
}

#[test]
fn rows_that_came_with_a_run_are_kept_as_they_were() {
    on_both(|store| async move {
        let acme = organization(&store, "acme").await;
        let me = caller(&store, &acme, None).await;
        // More than one INSERT carries.
        let run = made(&store, &me, rows(1203), "n").await;
        assert_eq!((run.total, run.dataset.is_none(), run.shared), (1203, true, false));
        let lease = claimed(&store, &me, &run, LONG).await.lease;
        let mut all = Vec::new();
        loop {
            let piece = open(&store, lease, all.len() as i64, 500).await;
            if piece.is_empty() {
                break;
            }
            let evaluate =
                |row| ScoredRow { row, evaluations: vec![scored("one", success(0.5, Some(7)))] };
            report(&store, lease, piece.iter().cloned().map(evaluate).collect()).await;
            all.extend(piece);
        }
        assert_eq!(all.len(), 1203);
        for (row, n) in all.iter().zip(0..) {
            assert_eq!((row.position, row.part), (n + 1, n));
            assert!(row.case_id.is_none());
            assert_eq!(row.case.inputs.as_str(), r#"{"input": [ ]}"#);
            assert_eq!(row.case.output.as_ref().map(RawJson::as_str), Some(&*format!("{n}.0")));
        }
        let stored = scores(&store, &me, &run).await;
        assert_eq!(stored.len(), 1203);
        let id = format!(r#"{{"external_id":"{}"}}"#, 1202);
        assert_eq!(stored[1202].case.metadata.as_ref().map(RawObject::as_str), Some(&*id));
        assert_eq!(stored[1202].score.outcome, success(0.5, Some(7)));
    });
}

#[test]
fn names_are_unique_among_an_owner_s_runs_however_many_ask() {
    on_both(|store| async move {
        let acme = organization(&store, "acme").await;
        let me = caller(&store, &acme, None).await;
        let you = caller(&store, &acme, Some("you@example.com")).await;
        let all = async |who: &Caller, name: RunName| -> Vec<Result<Option<Scoring>>> {
            let tasks: Vec<_> = (0..32)
                .map(|_| {
                    let (store, who, name) = (store.clone(), who.clone(), name.clone());
                    tokio::spawn(async move { store.make_scoring(&who, new(rows(1), name)).await })
                })
                .collect();
            let mut done = Vec::new();
            for task in tasks {
                done.push(task.await.expect("no panic"));
            }
            done
        };
        for who in [&me, &you] {
            let asked = all(who, given("n")).await;
            assert_eq!(asked.iter().filter(|asked| asked.is_ok()).count(), 1);
            let refused = asked.into_iter().filter_map(Result::err);
            assert!(refused.into_iter().all(|error| error.kind() == Kind::Taken));
            let asked = all(who, RunName::Made("n".to_owned())).await;
            let names: BTreeSet<String> = asked
                .into_iter()
                .map(|run| run.expect("made").expect("rows are there").name)
                .collect();
            let expected: BTreeSet<String> = (2..34).map(|n| format!("n ({n})")).collect();
            assert_eq!(names, expected);
        }
    });
}

#[test]
fn runs_are_seen_by_those_who_see_what_they_are_over() {
    on_both(|store| async move {
        let (acme, other) =
            (organization(&store, "acme").await, organization(&store, "other").await);
        let me = caller(&store, &acme, None).await;
        let you = caller(&store, &acme, Some("you@example.com")).await;
        let eve = caller(&store, &other, None).await;
        let dataset = filled(&store, &me, vec![case(1)]).await;
        let shared = over(&store, &me, dataset, "shared").await;
        let private = made(&store, &me, rows(1), "private").await;
        assert!(shared.shared && !private.shared);
        for run in [&shared, &private] {
            let lease = claimed(&store, &me, run, LONG).await.lease;
            let row = open(&store, lease, 0, 1).await.remove(0);
            report(&store, lease, vec![both(row, 1.0)]).await.expect("held");
        }
        for (who, sees_shared, sees_private) in
            [(&me, true, true), (&you, true, false), (&eve, false, false)]
        {
            for (run, sees) in [(&shared, sees_shared), (&private, sees_private)] {
                assert_eq!(found(&store, who, run).await.is_some(), sees);
                let by_id = store.scoring_by_id(who, run.id).await.expect("a query");
                assert_eq!(by_id.is_some(), sees);
                assert_eq!(scores(&store, who, run).await.len(), if sees { 2 } else { 0 });
            }
            let listed =
                store.scoring_pages(who, RunsOf::Dataset(dataset)).next().await.expect("a piece");
            assert_eq!(listed.len(), usize::from(sees_shared));
            let listed = store.dataset_score_pages(who, dataset).next().await.expect("a piece");
            assert_eq!(listed.len(), if sees_shared { 2 } else { 0 });
        }
        let theirs = new(Subject::Dataset { dataset, metrics: 1 }, given("n"));
        assert!(store.make_scoring(&eve, theirs).await.expect("a query").is_none());
        assert!(!store.delete_scoring(&you, private.id).await.expect("a query"));
        assert!(!store.delete_scoring(&eve, shared.id).await.expect("a query"));
        assert!(store.delete_scoring(&me, private.id).await.expect("a query"));
    });
}

#[test]
fn a_dataset_without_cases_and_a_spent_budget_are_refused() {
    on_both(|store| async move {
        let (acme, other) =
            (organization(&store, "acme").await, organization(&store, "other").await);
        let (me, eve) = (caller(&store, &acme, None).await, caller(&store, &other, None).await);
        let empty = filled(&store, &me, Vec::new()).await;
        let over_nothing = new(Subject::Dataset { dataset: empty, metrics: 1 }, given("n"));
        let refused = store.make_scoring(&me, over_nothing).await.expect_err("refused");
        assert_eq!(refused.kind(), Kind::Invalid);
        let run = made(&store, &me, rows(2), "n").await;
        let lease = claimed(&store, &me, &run, LONG).await.lease;
        let mut open = open(&store, lease, 0, 2).await;
        let failed = Outcome::Failed { explanation: "no".to_owned(), cost: Some(40) };
        let second = ScoredRow { row: open.remove(1), evaluations: vec![scored("one", failed)] };
        let first = success(1.0, Some(60));
        let first = ScoredRow { row: open.remove(0), evaluations: vec![scored("one", first)] };
        report(&store, lease, vec![first, second]).await.expect("held");
        let ask = async |who: &Caller, name: &str, budget| {
            let new = NewScoring { budget, ..new(rows(1), given(name)) };
            store.make_scoring(who, new).await.map(|made| made.is_some()).map_err(|e| e.kind())
        };
        assert_eq!(ask(&me, "m", Some(100)).await, Err(Kind::OverBudget));
        assert_eq!(ask(&me, "n", Some(100)).await, Err(Kind::Taken), "what is wrong comes first");
        assert_eq!(ask(&eve, "m", Some(1)).await, Ok(true), "each organization has its own");
        assert_eq!(ask(&me, "m", Some(101)).await, Ok(true), "nothing was made before");
        assert_eq!(ask(&me, "l", None).await, Ok(true));
    });
}
