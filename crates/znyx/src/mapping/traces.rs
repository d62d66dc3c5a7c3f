//! Between the vendor's traces and annotations and the domain's.

use chrono::{DateTime, Utc};
use evalstone_core::annotation::{Annotated, Annotation, AnnotationFilter, Label, NewAnnotation};
use evalstone_core::dataset::{Added, NewCase};
use evalstone_core::guardrail::{NewTrace, Report, Trace, TraceBrief, TraceFilter};
use evalstone_core::json::RawObject;
use evalstone_core::json::{Kind, RawJson, View, object};

use super::new_case;
use crate::wire;

/// The decision of a detector that did not fire.
const ALLOW: &str = "ALLOW";
/// The decision that a text should have met when it slipped through.
const BLOCK: &str = "BLOCK";

/// A trace to be stored; one that does not say when it was made was made `now`.
pub fn new_trace(event: wire::TelemetryEvent, now: DateTime<Utc>) -> NewTrace {
    let wire::TelemetryEvent {
        request_id,
        context,
        decision,
        tenant_id,
        app_id,
        agent_id,
        env,
        policy_version,
        policy_hash,
        trace_id,
        session_id,
        span_id,
        input_text,
        risk_score,
        latency_ms,
        timestamp,
        rule_hit_ids,
        detector_results,
        quality_scores,
        metadata,
    } = event;
    let fired = detector_results.as_ref().map(|results| fired(results.view())).unwrap_or_default();
    let report = Report {
        request_id,
        trace_id,
        session_id,
        span_id,
        context,
        decision,
        risk_score,
        policy_version,
        policy_hash,
        latency_ms,
        rule_hit_ids,
        tenant_id,
        app_id,
        agent_id,
        env,
        input_text,
        detector_results,
        quality_scores,
        metadata,
    };
    NewTrace { report, fired, created_at: timestamp.unwrap_or(now) }
}

/// The names of the detectors that fired: those that hit a rule, or decided anything but ALLOW. All
/// detectors are listed in every trace, so that being listed says nothing.
fn fired(results: View<'_>) -> Vec<RawJson> {
    let name = |result: View<'_>| {
        let decided = result.get("decision").and_then(View::as_text_lossy);
        let decided = decided.is_some_and(|decision| decision != ALLOW);
        let hit = result.get("rule_hits").is_some_and(|hits| hits.items().next().is_some());
        let name = result.get("detector_name").filter(|name| name.kind() == Kind::String);
        name.filter(|_| decided || hit).map(RawJson::from_view)
    };
    results.items().filter_map(name).collect()
}

/// A trace as the vendor shows it.
pub fn trace(trace: Trace) -> wire::Trace {
    let Trace { id, report, created_at } = trace;
    let Report {
        request_id,
        trace_id,
        session_id,
        span_id,
        context,
        decision,
        risk_score,
        policy_version,
        policy_hash,
        latency_ms,
        rule_hit_ids,
        tenant_id,
        app_id,
        agent_id,
        env,
        input_text,
        detector_results,
        quality_scores,
        metadata,
    } = report;
    let row = wire::TraceRow {
        id: id.to_string(),
        request_id,
        trace_id,
        session_id,
        context,
        decision,
        risk_score,
        policy_version,
        latency_ms,
        rule_hit_ids,
        tenant_id,
        app_id,
        agent_id,
        created_at,
    };
    wire::Trace {
        row,
        span_id,
        input_text,
        policy_hash,
        detector_results,
        quality_scores,
        metadata,
        env,
    }
}

/// A trace as the vendor's lists show it.
pub fn trace_row(brief: TraceBrief) -> wire::TraceRow {
    let TraceBrief {
        id,
        request_id,
        trace_id,
        session_id,
        context,
        decision,
        risk_score,
        policy_version,
        latency_ms,
        rule_hit_ids,
        tenant_id,
        app_id,
        agent_id,
        created_at,
    } = brief;
    wire::TraceRow {
        id: id.to_string(),
        request_id,
        trace_id,
        session_id,
        context,
        decision,
        risk_score,
        policy_version,
        latency_ms,
        rule_hit_ids,
        tenant_id,
        app_id,
        agent_id,
        created_at,
    }
}

/// Which traces a query asks for; none when no trace can meet it, because it names a project by
/// what is no id.
pub fn trace_filter(query: &wire::TraceQuery, now: DateTime<Utc>) -> Option<TraceFilter> {
    let wire::TraceQuery {
        decision,
        session_id,
        detector_name,
        project_id,
        environment,
        days: _,
        window: _,
    } = query;
    let project = project_id.as_ref().map(|id| id.parse()).transpose().ok()?;
    Some(TraceFilter {
        decision: decision.clone(),
        session: session_id.clone(),
        detector: detector_name.clone(),
        project,
        environment: environment.clone(),
        since: query.since(now),
    })
}

/// An annotation to be stored.
pub fn new_annotation(new: wire::NewAnnotation) -> NewAnnotation {
    let wire::NewAnnotation { annotation, detector_name, notes, annotated_by } = new;
    NewAnnotation { label: annotation, detector: detector_name, notes, author: annotated_by }
}

/// An annotation as the vendor shows it.
pub fn annotation(annotation: Annotation) -> wire::Annotation {
    let Annotation { id, number: _, trace, label, detector, notes, author, created_at } =
        annotation;
    wire::Annotation {
        id: id.to_string(),
        trace_id: trace.to_string(),
        annotation: label.as_str(),
        detector_name: detector,
        notes,
        annotated_by: author,
        created_at,
    }
}

/// Which annotations a query asks for; none when no annotation can meet it.
pub fn annotation_filter(query: &wire::AnnotationQuery) -> Option<AnnotationFilter> {
    let wire::AnnotationQuery { trace_id, annotation_type, detector_name, window: _ } = query;
    let label = match annotation_type {
        Some(word) => Some(Label::from_word(word)?),
        None => None,
    };
    let detector = detector_name.clone();
    let storable = !detector.as_ref().is_some_and(|name| name.contains('\0'));
    storable.then(|| AnnotationFilter { trace: trace_id.clone(), label, detector })
}

/// What an export came to.
pub fn exported(outcome: &Added) -> wire::Exported {
    let Added { dataset, added, case_count: _ } = outcome;
    wire::Exported { exported: *added, dataset_id: dataset.to_string() }
}

/// The case that an annotated trace makes (contract §3.9): what should have been decided about its
/// text. None without a text, of which most reports have none.
pub fn annotated_case(annotated: Annotated) -> Option<NewCase> {
    let Annotated { annotation, context, decision, rule_hit_ids, input_text } = annotated;
    let (expected_decision, expected_rule_hits) = match annotation.label {
        Label::FalsePositive => (RawJson::from_text(ALLOW), None),
        Label::FalseNegative => (RawJson::from_text(BLOCK), None),
        Label::Correct | Label::Acceptable => (decision, rule_hit_ids),
    };
    Some(new_case(wire::SampleInput {
        input_text: input_text?,
        context,
        expected_decision: Some(expected_decision),
        expected_rule_hits,
        metadata: Some(provenance(annotation)),
    }))
}

/// Who said what of which trace.
fn provenance(of: Annotation) -> RawObject {
    let wire::Annotation {
        id: _,
        trace_id,
        annotation,
        detector_name,
        notes,
        annotated_by,
        created_at: _,
    } = annotation(of);
    RawObject::trusted(object(|object| {
        object.text("trace_id", &trace_id);
        object.text("annotation", annotation);
        object.nullable_text("detector_name", detector_name.as_deref());
        object.nullable_text("notes", notes.as_deref());
        object.nullable_text("annotated_by", annotated_by.as_deref());
    }))
}

#[cfg(test)]
mod tests {
    use evalstone_core::id::{AnnotationId, GuardrailTraceId};

    use super::*;
    use crate::mapping::read;

    fn json(text: &str) -> RawJson {
        RawJson::parse(text).expect(text)
    }

    #[test]
    fn detectors_that_only_looked_have_not_fired() {
        let results = json(
            r#"[{"detector_name":"pii","decision":"REDACT"},
                {"detector_name":"toxicity","decision":"ALLOW","rule_hits":[]},
                {"detector_name":"secrets","decision":"ALLOW","rule_hits":[{}]},
                {"detector_name":"quiet"},{"detector_name":7,"decision":"BLOCK"},
                {"decision":"BLOCK"},5]"#,
        );
        assert_eq!(fired(results.view()), [json("\"pii\""), json("\"secrets\"")]);
    }

    fn annotated(label: Label, text: Option<&str>) -> Annotated {
        let annotation = Annotation {
            id: AnnotationId::generate(),
            number: 1,
            trace: GuardrailTraceId::generate(),
            label,
            detector: Some("pii".to_owned()),
            notes: None,
            author: Some("dana".to_owned()),
            created_at: Utc::now(),
        };
        Annotated {
            annotation,
            context: "output".to_owned(),
            decision: json("\"REDACT\""),
            rule_hit_ids: Some(json("[ \"pii.email\"]")),
            input_text: text.map(RawJson::from_text),
        }
    }

    #[test]
    fn an_annotated_trace_becomes_the_sample_that_it_should_have_been() {
        let hits = Some("[ \"pii.email\"]");
        for (label, decision, rule_hits) in [
            (Label::FalsePositive, "\"ALLOW\"", None),
            (Label::FalseNegative, "\"BLOCK\"", None),
            (Label::Correct, "\"REDACT\"", hits),
            (Label::Acceptable, "\"REDACT\"", hits),
        ] {
            let annotated = annotated(label, Some("hi"));
            let trace = annotated.annotation.trace;
            let sample = read(&annotated_case(annotated).expect("it has a text").case);
            assert_eq!((sample.input_text, sample.context.as_str()), (json("\"hi\""), "output"));
            assert_eq!(sample.expected_decision, Some(json(decision)), "{label:?}");
            assert_eq!(sample.expected_rule_hits.as_ref().map(RawJson::as_str), rule_hits);
            let word = label.as_str();
            let metadata = format!(
                r#"{{"trace_id":"{trace}","annotation":"{word}","detector_name":"pii","notes":null,"annotated_by":"dana"}}"#
            );
            assert_eq!(sample.metadata.as_ref().map(RawObject::as_str), Some(metadata.as_str()));
        }
        assert!(annotated_case(annotated(Label::Correct, None)).is_none());
    }

    #[test]
    fn what_nothing_can_meet_is_not_asked_for() {
        let now = Utc::now();
        let traces = |query: &str| {
            let query = wire::TraceQuery::read(query).map_err(|problems| problems.detail());
            trace_filter(&query.expect("valid"), now)
        };
        assert!(traces("project_id=x").is_none());
        let found = traces("project_id=00000000-0000-4000-8000-00000000000a&days=1");
        assert_eq!(found.map(|filter| filter.since.is_some()), Some(true));
        let annotations = |query: &str| {
            let query = wire::AnnotationQuery::read(query).map_err(|problems| problems.detail());
            annotation_filter(&query.expect("valid")).is_some()
        };
        assert!(annotations("annotation_type=correct&detector_name=pii&trace_id=%00"));
        assert!(!annotations("annotation_type=Correct"));
        assert!(!annotations("detector_name=%00"));
    }
}
