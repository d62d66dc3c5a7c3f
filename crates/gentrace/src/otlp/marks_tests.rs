use evalstone_core::json::RawJson;
use evalstone_core::run::NewEvaluation;
use evalstone_core::trace::PipelineName;

use super::marks::{Marks, read};

const PIPELINE: &str = "gentrace.pipeline_id";
const EXPERIMENT: &str = "gentrace.experiment_id";

const IDS: &str = r#""traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"0102030405060708""#;
const RUN: &str = "123e4567-e89b-12d3-a456-426614174000";

fn marks(members: &str) -> Result<Marks, String> {
    let span = format!("{{{IDS},{members}}}");
    read(RawJson::parse(&span).expect(&span).view())
}

fn attributes(pairs: &[(&str, &str)]) -> String {
    let attribute = |(key, value): &(&str, &str)| {
        let value = RawJson::from_text(value);
        format!(r#"{{"key":"{key}","value":{{"stringValue":{}}}}}"#, value.as_str())
    };
    let attributes: Vec<String> = pairs.iter().map(attribute).collect();
    format!(r#""attributes":[{}]"#, attributes.join(","))
}

/// A test span with these events, each with one attribute, and with what else it has.
fn evaluation(events: &[(&str, &str, &str)], more: &str) -> NewEvaluation {
    let event = |(name, key, value): &(&str, &str, &str)| {
        format!(r#"{{"name":"{name}",{}}}"#, attributes(&[(key, value)]))
    };
    let events: Vec<String> = events.iter().map(event).collect();
    let experiment = attributes(&[(EXPERIMENT, RUN)]);
    let marks = marks(&format!(r#""name":"n",{experiment},"events":[{}]{more}"#, events.join(",")));
    marks.expect("valid").evaluation.expect("a test span")
}

#[test]
fn a_plain_span_has_its_columns_and_no_mark() {
    let read = marks(
        r#""parentSpanId":"1112131415161718","name":"a\u0000b","startTimeUnixNano":"1","endTimeUnixNano":"18446744073709551615","status":{"code":2}"#,
    );
    let read = read.expect("valid");
    assert_eq!(read.trace.to_string(), "0102030405060708090a0b0c0d0e0f10");
    assert_eq!(read.id.to_string(), "0102030405060708");
    assert_eq!(read.parent.map(|id| id.to_string()).as_deref(), Some("1112131415161718"));
    assert_eq!(read.name, "a\u{fffd}b");
    assert_eq!((read.start_ns, read.end_ns, read.failed), (1, i64::MAX, true));
    assert!(!read.marked && read.pipeline.is_none() && read.evaluation.is_none());
    let bare = marks(r#""name":"\ud800","parentSpanId":"0000000000000000""#).expect("valid");
    assert_eq!((bare.name.as_str(), bare.parent, bare.failed), ("\u{fffd}", None, false));
    assert_eq!((bare.start_ns, bare.end_ns), (0, 0));
}

#[test]
fn a_span_without_good_ids_is_refused() {
    let trace = "a trace id is 16 bytes, not all of them zero";
    let span = "a span id is 8 bytes, not all of them zero";
    for (ids, problem) in [
        ("", trace),
        (r#""spanId":"0102030405060708""#, trace),
        (r#""traceId":"0102030405060708","spanId":"0102030405060708""#, trace),
        (r#""traceId":"00000000000000000000000000000000""#, trace),
        (r#""traceId":"x102030405060708090a0b0c0d0e0f10""#, trace),
        (r#""traceId":"0102030405060708090a0b0c0d0e0f10""#, span),
        (r#""traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"0000000000000000""#, span),
    ] {
        let json = RawJson::parse(&format!("{{{ids}}}")).expect(ids);
        assert_eq!(read(json.view()).expect_err(ids), problem, "{ids}");
    }
}

#[test]
fn a_pipeline_is_named_by_the_word_or_by_any_text() {
    let pipeline = |value: &str| {
        let marks = marks(&attributes(&[(PIPELINE, value)])).expect("valid");
        assert!(marks.marked);
        marks.pipeline
    };
    assert_eq!(pipeline("default"), Some(PipelineName::Default));
    assert_eq!(pipeline("Default"), Some(PipelineName::Text("Default".to_owned())));
    assert_eq!(pipeline("\0"), Some(PipelineName::Text("\u{fffd}".to_owned())));
    let number = r#""attributes":[{"key":"gentrace.pipeline_id","value":{"intValue":"5"}}]"#;
    let named = marks(number).expect("valid").pipeline;
    assert_eq!(named, Some(PipelineName::Text("5".to_owned())));
}

#[test]
fn any_of_the_vendors_names_marks_a_span() {
    assert!(marks(&attributes(&[("gentrace.sample", "true")])).expect("valid").marked);
    assert!(marks(r#""events":[{"name":"gentrace.fn.args"}]"#).expect("valid").marked);
    assert!(!marks(&attributes(&[("gentracex", "")])).expect("valid").marked);
    assert!(!marks(r#""name":"gentrace.x""#).expect("valid").marked);
}

#[test]
fn a_test_span_tells_of_a_case() {
    let case = "b2c3d4e5-f6a7-8901-2345-67890abcdef1";
    let pairs =
        [(EXPERIMENT, RUN), ("gentrace.test_case_id", case), ("gentrace.test_case_name", "case 1")];
    let read = marks(&format!(r#""name":"n",{}"#, attributes(&pairs))).expect("valid");
    let read = read.evaluation.expect("a test span");
    assert_eq!((read.run.to_string(), read.name.as_str()), (RUN.to_owned(), "case 1"));
    assert_eq!(read.case.map(|id| id.to_string()).as_deref(), Some(case));
    assert_eq!((read.inputs, read.output, read.error), (None, None, None));
    let local = attributes(&[(EXPERIMENT, RUN), ("gentrace.test_case_id", "mine")]);
    let local = marks(&format!(r#""name":"n",{local}"#)).expect("valid").evaluation;
    let local = local.expect("a test span");
    assert_eq!((local.name.as_str(), local.case), ("n", None));
    assert_eq!(
        marks(&attributes(&[(EXPERIMENT, "nope")])).expect_err("no UUID"),
        "experiment 'nope' not found"
    );
}

#[test]
fn inputs_and_output_are_the_json_that_was_sent_as_text() {
    for (sent, inputs) in [
        (r#"[{"q": 1.0}]"#, r#"{"q": 1.0}"#),
        ("[1, 2]", "[1, 2]"),
        ("[]", "[]"),
        (r#"{"args":["1"],"kwargs":{}}"#, r#"{"args":["1"],"kwargs":{}}"#),
        ("[NaN]", r#""[NaN]""#),
        ("", r#""""#),
    ] {
        let events = [("gentrace.fn.args", "args", sent)];
        let read = evaluation(&events, "").inputs.expect("inputs");
        assert_eq!(read.as_str(), inputs, "{sent}");
    }
    let events = [
        ("gentrace.fn.output", "output", "1"),
        ("gentrace.fn.output", "output", "[2]"),
        ("gentrace.fn.output", "other", "3"),
    ];
    assert_eq!(evaluation(&events, "").output.expect("an output").as_str(), "[2]");
}

#[test]
fn an_error_is_told_with_its_type() {
    let exception =
        [("exception", "exception.type", "app.Bad"), ("exception", "exception.message", "no")];
    let error = |events: &[(&str, &str, &str)], status: &str| {
        evaluation(events, &format!(r#","status":{status}"#)).error
    };
    for (events, status, text) in [
        (&exception[..], r#"{"code":2,"message":"why"}"#, "app.Bad: why"),
        (&exception, r#"{"code":2,"message":"Bad: why"}"#, "Bad: why"),
        (&exception, r#"{"code":2}"#, "app.Bad: no"),
        (&exception[..1], r#"{"code":2}"#, "app.Bad"),
        (&exception[1..], r#"{"code":2}"#, "no"),
        (&[], r#"{"code":2,"message":"why"}"#, "why"),
        (&[], r#"{"code":2}"#, "failed without a message"),
    ] {
        assert_eq!(error(events, status).as_deref(), Some(text), "{status}");
    }
    assert_eq!(error(&exception, "{}"), None, "an exception that was handled is no error");
}
