//! Benchmarks there and back.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use evalstone_core::benchmark::{Benchmark, StoredVerdict, Verdict};
use evalstone_core::case::Case;
use evalstone_core::error::{Error, Result};
use evalstone_core::id::{CaseId, DatasetId, EvaluationId, RunId};
use evalstone_core::json::{RawJson, RawObject};
use evalstone_core::run::RunStatus;
use evalstone_core::run_copy::RunPart;
use evalstone_kit::remote::answer::Answer;
use evalstone_kit::remote::canned::Canned;
use evalstone_kit::remote::runs::{FetchedPart, RemoteRun, UnreadableRun};
use evalstone_kit::remote::{About, Remote as _, RemoteDataset};
use futures_util::TryStreamExt as _;
use uuid::Uuid;

use super::Znyx;
use super::runs::{benchmark, result};
use crate::mapping::{benchmark_result, benchmark_run, write};
use crate::wire;

fn time(text: &str) -> DateTime<Utc> {
    text.parse().expect(text)
}

fn object(text: &str) -> RawObject {
    RawJson::parse(text).expect(text).try_into().expect(text)
}

fn read(text: &str) -> Result<RemoteRun> {
    let read = benchmark(Answer::parse(text)?)?;
    read.map_err(|UnreadableRun { id, kind: _, why }| Error::invalid(format!("{id}: {why}")))
}

fn stored(status: RunStatus, summary: Option<&str>) -> Benchmark {
    Benchmark {
        id: RunId::generate(),
        number: 7,
        dataset: DatasetId::generate(),
        policy_version: Some("v".to_owned()),
        bundle: None,
        status,
        until: 9,
        total: 3,
        completed: 2,
        summary: summary.map(object),
        failure: None,
        started_at: Some(time("2026-11-21T20:34:19.5Z")),
        finished_at: Some(time("2026-11-21T20:34:20.123456Z")),
        created_at: time("2026-11-21T20:34:18Z"),
    }
}

/// What a gateway stores of a result that was read.
fn kept(part: FetchedPart) -> StoredVerdict {
    let RunPart::Evaluation(copy) = part.part else { panic!("an evaluation") };
    let decision = copy.decision.expect("a decision");
    StoredVerdict {
        id: EvaluationId::from_uuid(Uuid::nil()),
        case_id: part.case.expect("a sample").parse().expect("its id"),
        case: Case {
            name: None,
            stage: copy.stage,
            inputs: copy.inputs.expect("inputs").try_into().expect("an object"),
            output: copy.output,
            expected: copy.expected.map(|json| json.try_into().expect("an object")),
            metadata: copy.metadata,
        },
        verdict: Verdict {
            decision,
            score: copy.score.expect("a risk"),
            rule_hits: copy.rule_hits.expect("hits"),
            detectors: copy.details,
            latency_ms: copy.latency_ms.expect("a latency"),
        },
        passed: copy.passed,
        created_at: copy.reported_at.expect("a time"),
    }
}

#[test]
fn a_benchmark_comes_back_as_a_gateway_showed_it() {
    for (status, summary, failure) in [
        (RunStatus::Completed, Some(r#"{"accuracy": 1.0,"error":null}"#), None),
        (RunStatus::Failed, Some(r#"{"total":0,"error":"no runtime"}"#), Some("no runtime")),
        (RunStatus::Failed, Some(r#"{"error":{"code": 5}}"#), Some(r#"{"code": 5}"#)),
        (RunStatus::Failed, Some(r#"{"error":null}"#), None),
        (RunStatus::Queued, Some("{}"), None),
    ] {
        let shown = benchmark_run(stored(status, summary)).to_json();
        let found = read(&shown).expect("a benchmark");
        let run = found.run;
        assert_eq!((run.status, run.failure.as_deref()), (status, failure), "{shown}");
        let back = Benchmark {
            id: found.id.parse().expect("an id"),
            number: 1,
            dataset: found.dataset.expect("a dataset").parse().expect("an id"),
            policy_version: run.policy_version,
            bundle: run.bundle,
            status: run.status,
            until: 0,
            total: run.total,
            completed: run.completed,
            summary: run.summary,
            failure: run.failure,
            started_at: run.started_at,
            finished_at: run.finished_at,
            created_at: run.created_at,
        };
        assert_eq!(benchmark_run(back).to_json(), shown);
    }
}

#[test]
fn what_a_vendor_leaves_out_of_a_benchmark() {
    let least = r#"{"id":"r","dataset_id":"d","status":null,"total_samples":2,"completed_samples":1,"policy_version":7,"results_summary":null,"completed_at":"2026-11-21T20:34:20Z"}"#;
    let RemoteRun { id, dataset, run, .. } = read(least).expect("a benchmark");
    assert_eq!((id.as_str(), dataset.as_deref()), ("r", Some("d")));
    assert_eq!((run.status, run.total, run.completed), (RunStatus::Completed, 2, 1));
    assert_eq!(run.policy_version.as_deref(), Some("7"));
    assert!(run.summary.is_none() && run.failure.is_none() && run.started_at.is_none());
    assert_eq!(run.created_at, time("2026-11-21T20:34:20Z"));
    let open = r#"{"id":"r","dataset_id":"d","status":null,"total_samples":2,"completed_samples":0,"created_at":"2026-11-21T20:34:20Z"}"#;
    assert_eq!(read(open).expect("a benchmark").run.status, RunStatus::Running);
    for (text, why) in [
        (
            r#"{"id":"r","dataset_id":"d","status":"failed","total_samples":2,"completed_samples":0}"#,
            "r: it tells no time",
        ),
        (r#"{"id":"r","dataset_id":"d","status":"given up"}"#, "its status \"given up\" is not"),
        (r#"{"id":"r","dataset_id":"d","completed_samples":0}"#, "it has no total_samples"),
        (r#"{"id":"r","dataset_id":"d","total_samples":0}"#, "it has no completed_samples"),
        (r#"{"id":"r","dataset_id":"d","policy_version":{}}"#, "policy_version"),
        (r#"{"id":"r","dataset_id":"d","created_at":"soon"}"#, "r: an answer"),
        (r#"{"id":"r","dataset_id":"d","results_summary":[]}"#, "results_summary"),
        (r#"{"dataset_id":"d"}"#, "id"),
    ] {
        let told = read(text).expect_err(text).message().to_owned();
        assert!(told.contains(why), "{text}: {told}");
    }
}

#[test]
fn a_result_comes_back_as_a_gateway_showed_it() {
    let run = read(&benchmark_run(stored(RunStatus::Completed, None)).to_json());
    let run = run.expect("a benchmark").run;
    let sample = |text: &str| wire::SampleInput::parse(object(text).view()).expect(text);
    for (input, passed) in [
        (r#"{"input_text":"\ud800 a","metadata":{"k" : 1.0}}"#, None),
        (r#"{"input_text":"","context":"output","expected_decision":"BLOCK"}"#, Some(false)),
        (r#"{"input_text":"x","context":"odd","expected_rule_hits":["a.b"]}"#, Some(true)),
    ] {
        let mut stored = StoredVerdict {
            id: EvaluationId::from_uuid(Uuid::nil()),
            case_id: CaseId::generate(),
            case: write(sample(input)),
            verdict: Verdict {
                decision: "BLOCK".to_owned(),
                score: 99.5,
                rule_hits: RawJson::trusted(r#"["a.b" ,"\u0061"]"#.to_owned()),
                detectors: None,
                latency_ms: 29,
            },
            passed,
            created_at: time("2026-11-21T20:34:20.123456Z"),
        };
        for detectors in [None, Some(r#"[{"detector_name":"a" }]"#)] {
            stored.verdict.detectors = detectors.map(|text| RawJson::trusted(text.to_owned()));
            let shown = benchmark_result(stored.clone()).to_json();
            let part = result(object(&shown).view(), 5, &run).expect(&shown);
            let RunPart::Evaluation(copy) = &part.part else { panic!("an evaluation") };
            assert_eq!((copy.position, copy.scorer.as_deref()), (Some(5), Some("policy")));
            assert_eq!(copy.finished_at - copy.started_at, TimeDelta::milliseconds(29));
            assert_eq!(benchmark_result(kept(part)).to_json(), shown);
        }
    }
}

#[test]
fn what_a_vendor_leaves_out_of_a_result() {
    let run = read(&benchmark_run(stored(RunStatus::Completed, None)).to_json());
    let run = run.expect("a benchmark").run;
    let read = |text: &str| result(object(text).view(), 1, &run);
    let FetchedPart { case, part } = read(r#"{"actual_decision":null}"#).expect("a result");
    let RunPart::Evaluation(copy) = part else { panic!("an evaluation") };
    assert_eq!((case, copy.decision.as_deref()), (None, Some("ERROR")));
    assert_eq!((copy.score, copy.latency_ms, copy.passed), (Some(0.0), Some(0), None));
    assert_eq!(copy.rule_hits.as_ref().map(RawJson::as_str), Some("[]"));
    assert_eq!(copy.inputs.as_ref().map(RawJson::as_str), Some("{}"));
    assert_eq!((copy.stage.as_deref(), copy.reported_at), (None, run.finished_at));
    for (text, why) in [
        ("{}", "actual_decision"),
        (r#"{"actual_decision":"ALLOW","latency_ms":1}"#, "it has no actual_risk_score"),
        (r#"{"actual_decision":"ALLOW","actual_risk_score":0}"#, "it has no latency_ms"),
        (r#"{"actual_decision":"ERROR","actual_rule_hits":{}}"#, "actual_rule_hits"),
        (r#"{"actual_decision":"ERROR","input_text":5}"#, "input_text"),
        (r#"{"actual_decision":"ERROR","is_correct":"yes"}"#, "is_correct"),
        (r#"{"actual_decision":"ERROR","created_at":"soon"}"#, "created_at"),
    ] {
        let told = read(text).expect_err(text);
        assert!(told.contains(why), "{text}: {told}");
    }
}

fn connect(answers: &[(&str, &str)]) -> (Canned, Znyx) {
    let answers = answers.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned()));
    let canned = Canned::start(answers.collect::<HashMap<_, _>>()).expect("a port");
    let znyx = Znyx::connect(canned.server("/v1/orgs/o")).expect("an address");
    (canned, znyx)
}

fn dataset(id: &str) -> RemoteDataset {
    let about = About::default();
    RemoteDataset { id: id.to_owned(), about, case_count: None, created_at: None }
}

const FIRST: &str = r#"{"id":"1","dataset_id":"d","status":"completed","total_samples":3,"completed_samples":3,"created_at":"2026-11-21T00:00:01Z"}"#;
const SECOND: &str = r#"{"id":"2","dataset_id":"e","status":"completed","total_samples":3,"completed_samples":3,"created_at":"2026-11-21T00:00:02Z"}"#;
const THIRD: &str = r#"{"id":"3","dataset_id":"e","status":"completed","total_samples":3,"completed_samples":3,"created_at":"2026-11-21T00:00:02Z"}"#;

async fn ids(znyx: &Znyx, datasets: &[RemoteDataset], all: bool) -> Result<Vec<String>> {
    let runs = znyx.runs(datasets, all).try_concat().await?;
    Ok(runs.into_iter().map(|run| run.map_or_else(|bad| bad.why, |run| run.id)).collect())
}

#[actix_web::test]
async fn benchmarks_come_oldest_first_and_once() {
    let page = |runs: &[&str]| format!("{{\"total\":4,\"runs\":[{}]}}", runs.join(","));
    let list = "/v1/orgs/o/benchmarks";
    let (canned, znyx) = connect(&[
        (&format!("{list}?limit=1"), &page(&[SECOND])),
        (&format!("{list}?limit=200&offset=0"), &page(&[FIRST, THIRD, SECOND])),
        (&format!("{list}?limit=200&offset=3"), &page(&[SECOND])),
        (&format!("{list}?dataset_id=d%20d&limit=200&offset=0"), r#"{"total":0,"runs":[]}"#),
        // It passes over the parameter.
        (
            &format!("{list}?dataset_id=d&limit=200&offset=0"),
            &page(&[FIRST, SECOND, THIRD, "{\"id\":\"x\"}"]),
        ),
    ]);
    assert_eq!(ids(&znyx, &[], true).await.expect("runs"), ["1", "2", "3"]);
    assert!(ids(&znyx, &[dataset("d d")], false).await.expect("runs").is_empty());
    assert_eq!(canned.asked().len(), 5);
    let told = ids(&znyx, &[dataset("d")], false).await.expect("runs");
    assert_eq!(told, ["1", "it has no total_samples"], "whose that is nobody tells");
    let told = znyx.others().await.expect("told");
    assert_eq!(told, ["traces, uncounted", "annotations, uncounted"]);
}

#[actix_web::test]
async fn a_server_that_refuses_has_none_and_one_that_babbles_fails() {
    let (_, refusing) = connect(&[("/v1/orgs/o/benchmarks?limit=1", "403")]);
    assert!(ids(&refusing, &[], true).await.expect("none").is_empty());
    let told = refusing.others().await.expect("told");
    assert_eq!(told[0], "benchmarks with their results, uncounted");
    let (_, babbling) = connect(&[
        ("/v1/orgs/o/benchmarks?limit=1", "{}"),
        ("/v1/orgs/o/benchmarks?limit=200&offset=0", r#"{"total":1,"runs":[{}]}"#),
        ("/v1/orgs/o/benchmarks?offset=0", r#"{"total":1,"runs":[{}]}"#),
    ]);
    let told = ids(&babbling, &[], true).await.expect_err("no id").message().to_owned();
    assert!(told.contains("\"id\""), "{told}");
    // One of which nothing can be made keeps no other from being read.
    let list = "/v1/orgs/o/benchmarks";
    let mixed = format!(r#"{{"total":2,"runs":[{{"id":"r"}},{FIRST}]}}"#);
    let (_, mumbling) = connect(&[
        (&format!("{list}?limit=1"), &mixed),
        (&format!("{list}?limit=200&offset=0"), &mixed),
    ]);
    assert_eq!(ids(&mumbling, &[], true).await.expect("a list"), ["1", "it has no total_samples"]);
}

#[actix_web::test]
async fn a_list_that_ends_before_its_total_has_not_ended() {
    let list = "/v1/orgs/o/datasets/d/samples";
    let told = async |first: &str, second: &str| {
        let (_, znyx) = connect(&[
            (&format!("{list}?limit=1000&offset=0"), first),
            (&format!("{list}?limit=1000&offset=1"), second),
            (&format!("{list}?offset=1"), second),
        ]);
        let read = znyx.cases("d").try_concat().await;
        read.map(|cases| cases.len()).map_err(|error| error.message().to_owned())
    };
    let (one, empty) =
        (r#"{"total":2,"samples":[{"input_text":"x"}]}"#, r#"{"total":2,"samples":[]}"#);
    let why = told(one, empty).await.expect_err("half of it");
    assert!(why.ends_with("1 of 2 samples and no more"), "{why}");
    // One was taken away meanwhile.
    assert_eq!(told(one, r#"{"total":1,"samples":[]}"#).await, Ok(1));
    let why = told(one, r#"{"total":2,"samples":{}}"#).await.expect_err("no list");
    assert!(why.ends_with("answers without a list \"samples\""), "{why}");
}

#[actix_web::test]
async fn results_are_counted_across_pages() {
    let row = r#"{"sample_id":"s","actual_decision":"ALLOW","actual_risk_score":0,"latency_ms":1}"#;
    let page = format!("{{\"total\":3,\"results\":[{row},{row}]}}");
    let last = format!("{{\"total\":3,\"results\":[{row}]}}");
    let bad = r#"{"total":1,"results":[{}]}"#;
    let list = "/v1/orgs/o/benchmarks/1/results";
    let (_, znyx) = connect(&[
        (&format!("{list}?limit=1000&offset=0"), &page),
        (&format!("{list}?limit=1000&offset=2"), &last),
        ("/v1/orgs/o/benchmarks/2/results?limit=1000&offset=0", bad),
    ]);
    let run = read(FIRST).expect("a benchmark");
    let parts: Vec<Vec<FetchedPart>> = znyx.parts(&run).try_collect().await.expect("parts");
    let places = parts.into_iter().flatten().map(|part| match part.part {
        RunPart::Evaluation(copy) => copy.position,
        _ => None,
    });
    assert_eq!(places.collect::<Vec<_>>(), [Some(1), Some(2), Some(3)]);
    let run = read(SECOND).expect("a benchmark");
    let told = znyx.parts(&run).try_collect::<Vec<_>>().await.expect_err("no decision");
    assert_eq!(told.message(), "result 1 of benchmark 2: it has no actual_decision");
}
