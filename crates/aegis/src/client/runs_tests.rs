//! Runs there and back.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use evalstone_core::caller::Caller;
use evalstone_core::case::Case;
use evalstone_core::error::Result;
use evalstone_core::id::{DatasetId, EvaluationId, RunId};
use evalstone_core::json::{RawJson, RawObject};
use evalstone_core::run::RunStatus;
use evalstone_core::run_copy::{EvaluationCopy, RowCopy, RunCopy, RunPart};
use evalstone_core::scoring::{NewScore, Outcome, Place, Scoring, StoredScore};
use evalstone_kit::remote::canned::Canned;
use evalstone_kit::remote::runs::RemoteRun;
use evalstone_kit::remote::{About, Remote as _, RemoteDataset};
use futures_util::TryStreamExt as _;

use super::Aegis;
use crate::mapping::runs::{self, Shown};
use crate::runs::Summary;
use crate::runs::plan::{Extras, Part, Plan, PlannedMetric, RunType};
use crate::wire::request::RowBody;

fn time(text: &str) -> DateTime<Utc> {
    text.parse().expect(text)
}

fn object(text: &str) -> RawObject {
    RawJson::parse(text).expect(text).try_into().expect(text)
}

fn row(text: &str) -> Case {
    runs::case(&RowBody::shown(object(text).view()))
}

fn metric(name: &str, arguments: Option<&str>) -> PlannedMetric {
    PlannedMetric {
        name: name.to_owned(),
        threshold: 70,
        model: "gpt-4o".to_owned(),
        arguments: arguments.map(object).map(Arc::new),
        reasoning_level: None,
    }
}

fn plan(run_type: RunType, parts: Vec<(i64, Vec<PlannedMetric>)>) -> Plan {
    let part = |(rows, metrics)| Part { rows, metrics, reasoning_level: None };
    let parts = parts.into_iter().map(part).collect();
    Plan { run_type, model: "o4-mini".to_owned(), parts, extras: Extras::default() }
}

fn scoring(plan: &Plan, dataset: bool) -> Scoring {
    let summary = Summary {
        result: Some(62.5),
        is_gte_threshold: false,
        aggregate_results: r#"{"bleu":62.5}"#.to_owned(),
    };
    let place = Place { id: DatasetId::generate(), number: 42, name: "set".to_owned() };
    Scoring {
        id: RunId::generate(),
        number: 9,
        owner: None,
        shared: true,
        name: "nightly".to_owned(),
        dataset: dataset.then_some(place),
        collection: None,
        threshold: Some(66),
        settings: plan.to_settings(),
        status: RunStatus::Completed,
        total: 5,
        completed: 4,
        summary: Some(summary.to_json()),
        started_at: Some(time("2026-04-01T09:15:01Z")),
        finished_at: Some(time("2026-04-01T09:15:03Z")),
        created_at: time("2026-04-01T09:15:01Z"),
    }
}

fn stored(number: i64, case: &Case, metric: &PlannedMetric, outcome: Outcome) -> StoredScore {
    let PlannedMetric { name, threshold, model, arguments, reasoning_level: _ } = metric.clone();
    let (started_at, finished_at) = (time("2026-04-01T09:15:01Z"), time("2026-04-01T09:15:02Z"));
    let score =
        NewScore { metric: name, model, arguments, threshold, outcome, started_at, finished_at };
    StoredScore { id: EvaluationId::generate(), number, run: 9, score, case: case.clone() }
}

fn scored(score: f64, cost: Option<i64>) -> Outcome {
    let details = cost.map(|_| object(r#"{"why" : [1.0]}"#));
    Outcome::Scored { score, explanation: "so it is".to_owned(), details, cost }
}

fn failed() -> Outcome {
    Outcome::Failed { explanation: "no output".to_owned(), cost: Some(400_000_000) }
}

/// The run as a gateway answers it.
fn answer(run: Scoring, scores: &[StoredScore], shown: Shown) -> String {
    let run = runs::run(run, &Caller::sample()).expect("a run");
    let mut text = String::new();
    run.write_head(&mut text);
    for (index, score) in scores.iter().enumerate() {
        text.push_str(if index > 0 { "," } else { "" });
        runs::evaluation(score.clone(), shown).write(&mut text);
    }
    run.write_tail(&mut text);
    text
}

/// What a gateway keeps of a run that was read.
fn kept(run: RunCopy, dataset: Option<String>) -> Scoring {
    let place = |number: String| Place {
        id: DatasetId::generate(),
        number: number.parse().expect("a number"),
        name: "set".to_owned(),
    };
    Scoring {
        id: RunId::generate(),
        number: 9,
        owner: None,
        shared: run.shared,
        name: run.name.expect("a name"),
        dataset: dataset.map(place),
        collection: None,
        threshold: run.threshold,
        settings: run.settings.expect("settings"),
        status: run.status,
        total: run.total,
        completed: run.completed,
        summary: run.summary,
        started_at: run.started_at,
        finished_at: run.finished_at,
        created_at: run.created_at,
    }
}

/// What a gateway keeps of an evaluation that was read.
fn kept_score(number: i64, copy: EvaluationCopy, rows: &[RowCopy]) -> StoredScore {
    let place = copy.row.expect("a row");
    let row = rows.iter().find(|row| row.position == place).expect("its row");
    let outcome = match copy.error {
        Some(explanation) => Outcome::Failed { explanation, cost: copy.cost },
        None => Outcome::Scored {
            score: copy.score.expect("a score"),
            explanation: copy.explanation.expect("an explanation"),
            details: copy.details.map(|json| json.try_into().expect("an object")),
            cost: copy.cost,
        },
    };
    let score = NewScore {
        metric: copy.name,
        model: copy.model.expect("a model"),
        arguments: copy.arguments.map(Arc::new),
        threshold: copy.threshold.expect("a threshold"),
        outcome,
        started_at: copy.started_at,
        finished_at: copy.finished_at,
    };
    StoredScore { id: EvaluationId::generate(), number, run: 9, score, case: row.case.clone() }
}

pub fn connect(answers: &[(&str, &str)]) -> (Canned, Aegis) {
    let answers = answers.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned()));
    let canned = Canned::start(answers.collect::<HashMap<_, _>>()).expect("a port");
    let aegis = Aegis::connect(canned.server("/api/v1")).expect("an address");
    (canned, aegis)
}

pub fn dataset(id: &str) -> RemoteDataset {
    let about = About::default();
    RemoteDataset { id: id.to_owned(), about, case_count: None, created_at: None }
}

pub async fn read(aegis: &Aegis, datasets: &[RemoteDataset], all: bool) -> Result<Vec<RemoteRun>> {
    let runs = aegis.runs(datasets, all).try_concat().await?;
    Ok(runs.into_iter().map(|run| run.expect("a run that can be read")).collect())
}

/// The rows of a run and its evaluations; no row comes behind an evaluation.
async fn parts(aegis: &Aegis, run: &RemoteRun) -> (Vec<RowCopy>, Vec<EvaluationCopy>) {
    let parts: Vec<_> = aegis.parts(run).try_collect().await.expect("parts");
    let (mut rows, mut evaluations) = (Vec::new(), Vec::new());
    for part in parts.into_iter().flatten() {
        assert_eq!(part.case, None);
        match part.part {
            RunPart::Row(row) => {
                assert!(evaluations.is_empty(), "a row behind an evaluation");
                rows.push(row);
            }
            RunPart::Evaluation(copy) => evaluations.push(*copy),
            RunPart::Span(_) => panic!("a span"),
        }
    }
    (rows, evaluations)
}

/// Reads the run back that a gateway shows, keeps it, and shows it again.
async fn there_and_back(
    plan: &Plan,
    scores: &[StoredScore],
    shown: Shown,
) -> (Vec<(i64, i64)>, Plan) {
    let first = answer(scoring(plan, shown == Shown::Texts), scores, shown);
    let found = r#"{"id":42,"records":[{"id":1}],"runs":[{"id":9}],"evaluations":[]}"#;
    let (_, aegis) = connect(&[("/api/v1/datasets/42", found), ("/api/v1/runs/9", &first)]);
    let mut run = read(&aegis, &[dataset("42")], false).await.expect("runs").remove(0);
    let (rows, evaluations) = parts(&aegis, &run).await;
    let evaluations: Vec<StoredScore> =
        (1..).zip(evaluations).map(|(number, copy)| kept_score(number, copy, &rows)).collect();
    if shown == Shown::Values {
        assert_eq!(run.dataset.take().as_deref(), Some("42"), "it was found there");
    }
    let settings = run.run.settings.clone().expect("settings");
    assert_eq!(answer(kept(run.run, run.dataset), &evaluations, shown), first);
    let places = rows.iter().map(|row| (row.position, row.part)).collect();
    (places, Plan::of_settings(&settings).expect("a plan"))
}

#[actix_web::test]
async fn a_run_over_a_dataset_comes_back_as_a_gateway_showed_it() {
    let metrics = vec![metric("bleu", None), metric("json_equal", Some(r#"{"a" : 1.0}"#))];
    let plan = plan(RunType::Dataset, vec![(1, metrics.clone())]);
    let texts = [
        row(r#"{"prompt":"p","input":"","output":"\ud800","golden_answer":" d"}"#),
        row(r#"{"context":"[\"a\"]"}"#),
        row(r#"{"context":"[\"a\"]"}"#),
    ];
    let mut scores = Vec::new();
    for case in &texts {
        for metric in &metrics {
            let number = i64::try_from(scores.len()).expect("few") + 1;
            let outcome = if number == 4 { failed() } else { scored(62.5, None) };
            scores.push(stored(number, case, metric, outcome));
        }
    }
    let (places, read) = there_and_back(&plan, &scores, Shown::Texts).await;
    assert_eq!(places, [(1, 0), (2, 0), (3, 0)]);
    assert_eq!(read, plan);
}

#[actix_web::test]
async fn a_custom_run_comes_back_as_a_gateway_showed_it() {
    let (first, second) = (metric("bleu", None), metric("rouge", None));
    let parts = vec![(2, vec![first.clone(), second.clone()]), (1, vec![second.clone()])];
    let plan = plan(RunType::Custom, parts);
    let rows = [
        row(r#"{"external_id":[1],"context":["a", "b"],"output":{"k" : 1.0},"input":""}"#),
        row(r#"{"external_id":"x","prompt":null,"golden_answer":false}"#),
        row(r#"{"external_id":"x","prompt":null,"golden_answer":true}"#),
    ];
    let scores = [
        stored(1, &rows[0], &first, scored(100.0, Some(0))),
        stored(2, &rows[0], &second, failed()),
        stored(3, &rows[1], &first, scored(0.1, Some(12_345_000_000_001))),
        stored(4, &rows[1], &second, scored(1e-7, Some(1))),
        stored(5, &rows[2], &second, scored(33.0, None)),
    ];
    let (places, read) = there_and_back(&plan, &scores, Shown::Values).await;
    assert_eq!(places, [(1, 0), (2, 0), (3, 1)]);
    assert_eq!(read, plan);
    assert_eq!((read.number_of_metrics(), read.mean_threshold()), (2, 70));
}

#[actix_web::test]
async fn the_least_that_a_vendor_says_of_a_run() {
    // Members stand before and behind the list, and one evaluation has not ended.
    let text = r#"{"started_at":"2026-04-01T09:15:01Z","evaluations":[
        {"metric_shortname":"a","threshold":70,"is_success":true,"result":7,"finished_at":"2026-04-01T09:15:02Z","is_gte_threshold":false},
        {"metric_shortname":"b","threshold":80,"is_success":null,"explanation":"later"}],
        "dataset":"some name","run_type":"Nightly","id":5,"model_slug":"m","alias":"x",
        "finished_at":"2026-04-01T09:15:03+00:00","result":null,"org_id":null}"#;
    let (_, aegis) =
        connect(&[("/api/v1/datasets/1", r#"{"runs":[{"id":5}]}"#), ("/api/v1/runs/5", text)]);
    let run = read(&aegis, &[dataset("1")], false).await.expect("runs").remove(0);
    assert_eq!((run.id.as_str(), run.dataset.as_deref()), ("5", Some("1")));
    let RunCopy { shared, name, threshold, total, completed, status, .. } = run.run.clone();
    assert_eq!((shared, name.as_deref(), threshold), (false, Some("x"), None));
    assert_eq!((total, completed, status), (2, 1, RunStatus::Failed), "one was given up");
    let summary = run.run.summary.as_ref().map(RawObject::as_str);
    let expected = r#"{"result":null,"is_gte_threshold":false,"aggregate_results":{}}"#;
    assert_eq!(summary, Some(expected));
    let read = Plan::of_settings(run.run.settings.as_ref().expect("settings")).expect("a plan");
    let named = |name: &str, threshold| PlannedMetric {
        threshold,
        model: "m".to_owned(),
        ..metric(name, None)
    };
    let metrics = vec![named("a", 70), named("b", 80)];
    let parts_of = vec![(1, metrics)];
    assert_eq!(read, Plan { model: "m".to_owned(), ..plan(RunType::Custom, parts_of) });
    let (rows, evaluations) = parts(&aegis, &run).await;
    assert_eq!(rows.iter().map(|row| row.case.clone()).collect::<Vec<_>>(), [Case::default()]);
    let [first] = evaluations.try_into().expect("one");
    assert_eq!((first.model.as_deref(), first.passed), (Some("m"), Some(false)));
    assert_eq!(first.started_at, first.finished_at);
}

#[actix_web::test]
async fn what_a_careless_server_says_of_a_run() {
    // It counts in floats, leaves offsets out, and tells what passes by the scores alone.
    let text = r#"{"started_at":"2026-04-01T09:15:01","finished_at":"2026-04-01T09:15:03.5",
        "threshold":60.0,"result":61.5,"progress":{"total":3.0,"completed":3.0},"evaluations":[
        {"metric_shortname":"a","threshold":70.0,"is_success":null,"result":53,"evaluation_cost":0.30000000000000004},
        {"metric_shortname":"b","threshold":70,"result":70},
        {"metric_shortname":"c","threshold":70,"is_success":false,"explanation":"no output","eval_metadata":{"k":1.0}}]}"#;
    let (_, aegis) =
        connect(&[("/api/v1/datasets/1", r#"{"runs":[{"id":5}]}"#), ("/api/v1/runs/5", text)]);
    let run = read(&aegis, &[dataset("1")], false).await.expect("runs").remove(0);
    let RunCopy { threshold, total, completed, status, finished_at, .. } = run.run.clone();
    assert_eq!((threshold, total, completed, status), (Some(60), 3, 3, RunStatus::Completed));
    assert_eq!(finished_at, Some(time("2026-04-01T09:15:03.5Z")));
    let summary = run.run.summary.as_ref().map(RawObject::as_str);
    let expected = r#"{"result":61.5,"is_gte_threshold":true,"aggregate_results":{}}"#;
    assert_eq!(summary, Some(expected));
    let (_, evaluations) = parts(&aegis, &run).await;
    let [first, second, third] = evaluations.try_into().expect("three");
    assert_eq!((first.score, first.passed, first.error), (Some(53.0), Some(false), None));
    assert_eq!((first.cost, second.passed), (Some(300_000_000_000), Some(true)));
    assert_eq!(
        (third.score, third.passed, third.error.as_deref()),
        (None, None, Some("no output"))
    );
    assert_eq!(Some(third.finished_at), run.run.finished_at);
    assert_eq!(third.details.as_ref().map(RawJson::as_str), Some(r#"{"k":1.0}"#));
}
