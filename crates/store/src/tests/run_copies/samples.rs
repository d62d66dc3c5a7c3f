//! Runs that use whatever their kinds have.

use chrono::{DateTime, TimeZone, Utc};
use evalstone_core::case::Case;
use evalstone_core::id::{CaseId, RunId};
use evalstone_core::json::{RawJson, RawObject};
use evalstone_core::run::{RunKind, RunStatus};
use evalstone_core::run_copy::{EvaluationCopy, NewRunCopy, RowCopy, RunCopy, RunPart, SpanCopy};
use evalstone_core::trace::{Span, SpanId, TraceId};

use super::super::DIALECT;

/// Parts of a run, each with the case that it is of.
pub(super) type Parts = Vec<(Option<CaseId>, RunPart)>;

/// A run with its parts, and what it is called in a message.
pub(super) type Sample = (&'static str, RunCopy, Parts);

/// So many microseconds after some moment in the past.
pub(super) fn at(micros: i64) -> DateTime<Utc> {
    Utc.timestamp_micros(1_600_000_000_000_000 + micros).single().expect("a time")
}

pub(super) fn json(text: &str) -> RawJson {
    RawJson::parse(text).expect(text)
}

fn object(text: &str) -> RawObject {
    json(text).try_into().expect(text)
}

/// A run to be stored, under a new id.
pub(super) fn new(run: RunCopy) -> NewRunCopy {
    NewRunCopy {
        id: RunId::generate(),
        origin: DIALECT,
        source_id: None,
        dataset: None,
        pipeline: None,
        run,
    }
}

fn run(kind: RunKind) -> RunCopy {
    RunCopy {
        total: 3,
        completed: 2,
        started_at: Some(at(2)),
        finished_at: Some(at(3)),
        ..RunCopy::of(kind, RunStatus::Completed, at(1))
    }
}

fn evaluation(name: &str) -> EvaluationCopy {
    EvaluationCopy::of(name.to_owned(), at(10_000_001), at(10_000_002))
}

fn part(evaluation: EvaluationCopy) -> RunPart {
    RunPart::Evaluation(Box::new(evaluation))
}

pub(super) fn benchmark() -> Sample {
    let run = RunCopy {
        policy: Some(object(r#"{"b": 1.0, "a": [ ]}"#)),
        policy_version: Some("v2".to_owned()),
        bundle: Some("a bundle".to_owned()),
        summary: Some(object(r#"{"accuracy": 0.50}"#)),
        status: RunStatus::Failed,
        failure: Some("it was late".to_owned()),
        ..run(RunKind::Benchmark)
    };
    let verdict = |position: i64, name: &str| EvaluationCopy {
        position: Some(position),
        scorer: Some("policy".to_owned()),
        stage: Some("input".to_owned()),
        inputs: Some(json(r#"{"text":  "\u0000"}"#)),
        output: Some(json("null")),
        expected: Some(json(r#"{"decision": "ALLOW"}"#)),
        metadata: Some(object(r#"{"z": 1, "a": 2}"#)),
        decision: Some("BLOCK".to_owned()),
        rule_hits: Some(json(r#"["r.1"]"#)),
        score: Some(0.1 + 0.2),
        passed: Some(false),
        latency_ms: Some(12),
        details: Some(json("[{}]")),
        reported_at: Some(at(20_000_000 + position)),
        ..evaluation(name)
    };
    let parts = [verdict(1, ""), verdict(2, "second")].map(part);
    let parts = parts.into_iter().map(|part| (Some(CaseId::generate()), part)).collect();
    ("a benchmark", run, parts)
}

pub(super) fn scoring() -> Sample {
    let run = RunCopy {
        name: Some("nightly".to_owned()),
        threshold: Some(70),
        settings: Some(object(r#"{"metrics": [1.0]}"#)),
        summary: Some(object(r#"{"mean": 1e2}"#)),
        ..run(RunKind::Scoring)
    };
    let row = |position: i64, inputs: &str| {
        let case = Case {
            name: None,
            stage: Some("s".to_owned()),
            inputs: object(inputs),
            output: Some(json("\"out\"")),
            expected: Some(object("{}")),
            metadata: Some(object(r#"{"external_id": "x"}"#)),
        };
        RunPart::Row(RowCopy { position, part: position - 1, case })
    };
    let score = |row: i64, metric: &str| EvaluationCopy {
        row: Some(row),
        threshold: Some(70),
        model: Some("m".to_owned()),
        arguments: Some(object(r#"{"n": 3.0}"#)),
        score: Some(100.0 / 3.0),
        passed: Some(false),
        explanation: Some("why".to_owned()),
        details: Some(json(r#"{"claims": []}"#)),
        cost: Some(1_250_000),
        ..evaluation(metric)
    };
    let failed = EvaluationCopy {
        score: None,
        explanation: None,
        details: None,
        error: Some("no model".to_owned()),
        cost: Some(7),
        ..score(1, "two")
    };
    let case = Some(CaseId::generate());
    let parts = vec![
        (case, row(1, r#"{"input": [1]}"#)),
        (None, row(2, r#"{"input": 2.50}"#)),
        (case, part(score(1, "one"))),
        (case, part(failed)),
        (None, part(score(2, "one"))),
    ];
    ("a scoring run", run, parts)
}

/// So many spans of a trace, of which the first is the root.
pub(super) fn spans_of(trace: TraceId, count: u8) -> Vec<Span> {
    let span = |n: u8| Span {
        trace,
        id: SpanId([n; 8]),
        parent: (n > 1).then_some(SpanId([1; 8])),
        name: format!("span {n}"),
        start_ns: 1_700_000_000_000_000_000 + i64::from(n),
        end_ns: 1_700_000_001_000_000_123,
        failed: n == 2,
        body: json(&format!(r#"{{"n":  {n}.0}}"#)),
        resource: json("{}"),
        scope: json(r#"{"name": "x"}"#),
    };
    (1..=count).map(span).collect()
}

/// An evaluation that the first span of this trace reports.
pub(super) fn tried(name: &str, trace: TraceId) -> EvaluationCopy {
    EvaluationCopy {
        inputs: Some(json(r#"{"q": 1.0}"#)),
        output: Some(json("[1, 2]")),
        expected: Some(json(r#"{"a": "b"}"#)),
        error: Some("ValueError".to_owned()),
        trace: Some(trace),
        span: Some(SpanId([1; 8])),
        ..evaluation(name)
    }
}

/// An experiment whose evaluations come in another order than their traces.
pub(super) fn experiment() -> Sample {
    let (second, first) = (TraceId([0xfe; 16]), TraceId([3; 16]));
    let run = RunCopy {
        name: Some("tried".to_owned()),
        metadata: Some(object(r#"{"b": 1.0, "a": null}"#)),
        started_at: None,
        ..run(RunKind::Experiment)
    };
    let mut parts: Parts =
        vec![(Some(CaseId::generate()), part(tried("b", second))), (None, part(tried("a", first)))];
    for trace in [first, second] {
        parts.extend(spans_of(trace, 2).into_iter().map(|span| {
            let is_root = span.parent.is_none();
            let flags = SpanCopy { span, marked: true, names_pipeline: !is_root, reports: is_root };
            (None, RunPart::Span(Box::new(flags)))
        }));
    }
    ("an experiment", run, parts)
}

/// The same parts, but of traces that differ from those of any other mark.
pub(super) fn in_other_traces(parts: &Parts, mark: u8) -> Parts {
    let moved = |mut trace: TraceId| {
        trace.0[15] ^= mark;
        trace
    };
    let mut parts = parts.clone();
    for (_, part) in &mut parts {
        match part {
            RunPart::Evaluation(evaluation) => evaluation.trace = evaluation.trace.map(moved),
            RunPart::Span(span) => span.span.trace = moved(span.span.trace),
            RunPart::Row(_) => {}
        }
    }
    parts
}
