//! An experiment of another place, with what came of it there.

use chrono::{DateTime, TimeDelta};
use evalstone_core::json::{RawJson, RawObject};
use evalstone_core::run::{RunKind, RunStatus};
use evalstone_core::run_copy::{EvaluationCopy, RunCopy, RunPart, SpanCopy};
use evalstone_core::trace::{Span, SpanId, TraceId};
use evalstone_kit::remote::AboutPipeline;
use evalstone_kit::remote::runs::{FetchedPart, RemoteRun};

/// The trace of all spans.
pub const TRACE: TraceId = TraceId([7; 16]);
/// The experiment's id where it comes from.
pub const SOURCE: &str = "3f2504e0-4f89-41d3-9a0c-0305e82c3301";
/// A case that is not here.
pub const ELSEWHERE: &str = "3f2504e0-4f89-41d3-9a0c-0305e82c33ff";
/// The experiment's metadata.
const METADATA: &str = r#"{ "seed": 1.0 ,"a":"\ud800" }"#;

/// A payload.
pub fn object(text: &str) -> RawObject {
    RawJson::parse(text).expect(text).try_into().expect(text)
}

/// An experiment of another place.
pub fn experiment() -> RemoteRun {
    let pipeline = AboutPipeline {
        id: "old".to_owned(),
        slug: "desk".to_owned(),
        display_name: Some("Desk".to_owned()),
        folder: None,
    };
    let run = RunCopy {
        name: Some("nightly".to_owned()),
        metadata: Some(object(METADATA)),
        ..RunCopy::of(
            RunKind::Experiment,
            RunStatus::Completed,
            DateTime::UNIX_EPOCH + TimeDelta::microseconds(1_001_001),
        )
    };
    RemoteRun {
        id: SOURCE.to_owned(),
        dataset: None,
        pipeline: Some(pipeline),
        run,
        tells_parts: true,
        noted: None,
    }
}

/// What is known of an evaluation besides its span.
pub fn evaluation(span: u8, case: Option<&str>) -> FetchedPart {
    let evaluation = EvaluationCopy {
        trace: Some(TRACE),
        span: Some(SpanId([span; 8])),
        ..EvaluationCopy::of("case".to_owned(), DateTime::UNIX_EPOCH, DateTime::UNIX_EPOCH)
    };
    FetchedPart { case: case.map(str::to_owned), part: RunPart::Evaluation(Box::new(evaluation)) }
}

/// A span as it is stored, with these attributes.
pub fn span(number: u8, attributes: &[(&str, &str)]) -> FetchedPart {
    let id = SpanId([number; 8]);
    let attributes: Vec<String> = attributes
        .iter()
        .map(|(key, text)| format!(r#"{{"key":"{key}","value":{{"stringValue":"{text}"}}}}"#))
        .collect();
    let body = format!(
        r#"{{"traceId":"{TRACE}","spanId":"{id}","name":"s{number}","startTimeUnixNano":"{number}","endTimeUnixNano":"{number}","attributes":[{}]}}"#,
        attributes.join(",")
    );
    let json = |text: &str| RawJson::parse(text).expect(text);
    let span = Span {
        trace: TRACE,
        id,
        parent: None,
        name: format!("s{number}"),
        start_ns: number.into(),
        end_ns: number.into(),
        failed: false,
        body: json(&body),
        resource: json(&format!(r#"{{"droppedAttributesCount":{number}}}"#)),
        scope: json(r#"{"name":"x","schemaUrl":"https://s"}"#),
    };
    let reports = attributes.first().is_some_and(|first| first.contains("experiment_id"));
    let copy = SpanCopy { span, marked: true, names_pipeline: false, reports };
    FetchedPart { case: None, part: RunPart::Span(Box::new(copy)) }
}

/// Two evaluations, one of a stored case, and the three spans of their trace.
pub fn parts(case: &str) -> Vec<FetchedPart> {
    let (experiment, test) = ("gentrace.experiment_id", "gentrace.test_case_id");
    vec![
        evaluation(1, Some(case)),
        evaluation(2, None),
        span(1, &[(experiment, SOURCE), (test, ELSEWHERE), ("gentrace.pipeline_id", "old")]),
        span(2, &[(experiment, SOURCE), (test, ELSEWHERE), ("gentrace.pipeline_id", "default")]),
        span(3, &[("gentrace.sample", "true")]),
    ]
}
