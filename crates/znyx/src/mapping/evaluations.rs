//! From an evaluation that was forwarded to the trace that is kept of it.
//!
//! The request was the caller's and the answer is the runtime's: both are read leniently, and what
//! is not as the contract says (§5.5) is left out.

use evalstone_core::guardrail::NewTrace;
use evalstone_core::json::{Kind, MAX_DEPTH, RawJson, RawObject, View};

use super::new_trace;
use crate::json::array;
use crate::runtime::Operation;
use crate::runtime::events::{Done, rules};
use crate::runtime::recorder::{Evaluation, Outcome};
use crate::settings::Record;
use crate::wire;

/// What the runtime takes for granted where a request does not say it.
const DEFAULT_AGENT: &str = "default";
const DEFAULT_ENV: &str = "prod";
/// And in streams, which need not say anything of themselves.
const DEFAULT_SCOPE: &str = "default";
const DEFAULT_STREAM: &str = "stream-0";

/// What is kept of an evaluation; none when its answer has no decision.
pub fn evaluated(evaluation: &Evaluation, keep: Record) -> Option<NewTrace> {
    let Evaluation { caller: _, operation, request, outcome, at } = evaluation;
    let request = View::parse(std::str::from_utf8(request).ok()?, MAX_DEPTH + 1).ok()?;
    let mut event = match outcome {
        Outcome::Answer(answer) => {
            let answer = std::str::from_utf8(answer).ok()?;
            answered(*operation, request, View::parse(answer, MAX_DEPTH).ok()?)?
        }
        Outcome::Stream(done) => streamed(request, done)?,
    };
    if keep == Record::Metadata {
        event.input_text = None;
        event.metadata = None;
    }
    Some(new_trace(event, *at))
}

/// What the runtime itself would report of an evaluation, and the text.
fn answered(
    operation: Operation,
    request: View<'_>,
    answer: View<'_>,
) -> Option<wire::TelemetryEvent> {
    let said = |name| text(answer, name);
    let asked = |name| text(request, name);
    Some(wire::TelemetryEvent {
        request_id: said("request_id").or_else(|| asked("request_id"))?,
        context: operation.stage().to_owned(),
        decision: said("decision")?,
        tenant_id: asked("tenant_id"),
        app_id: asked("app_id"),
        agent_id: asked("agent_id").or_else(|| Some(RawJson::from_text(DEFAULT_AGENT))),
        env: asked("env").or_else(|| Some(RawJson::from_text(DEFAULT_ENV))),
        policy_version: said("policy_version"),
        policy_hash: None,
        trace_id: said("trace_id"),
        session_id: asked("session_id"),
        span_id: asked("span_id"),
        input_text: input_text(operation, request),
        risk_score: integer(answer, "risk_score"),
        latency_ms: integer(answer, "latency_ms"),
        timestamp: None,
        rule_hit_ids: Some(ids(&rules(answer))),
        detector_results: list(answer, "detector_results"),
        quality_scores: dict(answer, "quality"),
        metadata: dict(request, "metadata"),
    })
}

/// What can be said of a stream, whose end tells less than an answer.
fn streamed(request: View<'_>, done: &Done) -> Option<wire::TelemetryEvent> {
    let Done { summary, rules } = done;
    let summary = summary.view();
    let asked = |name, default| text(request, name).unwrap_or_else(|| RawJson::from_text(default));
    let is_input = request.get("context").and_then(View::as_text).is_some_and(|it| it == "input");
    let side = if is_input { Operation::Input } else { Operation::Stream };
    let chunks = request.get("chunks")?;
    Some(wire::TelemetryEvent {
        request_id: asked("request_id", DEFAULT_STREAM),
        context: side.stage().to_owned(),
        decision: text(summary, "final_decision")?,
        tenant_id: Some(asked("tenant_id", DEFAULT_SCOPE)),
        app_id: Some(asked("app_id", DEFAULT_SCOPE)),
        agent_id: Some(asked("agent_id", DEFAULT_AGENT)),
        env: Some(asked("env", DEFAULT_ENV)),
        policy_version: None,
        policy_hash: None,
        trace_id: None,
        session_id: None,
        span_id: None,
        input_text: Some(joined(chunks.items(), "")),
        risk_score: integer(summary, "max_risk_score"),
        latency_ms: integer(summary, "total_latency_ms"),
        timestamp: None,
        rule_hit_ids: Some(ids(rules)),
        detector_results: None,
        quality_scores: None,
        metadata: None,
    })
}

/// The text that was evaluated. A tool's arguments are none, its result is; a plan is as it was sent.
fn input_text(operation: Operation, request: View<'_>) -> Option<RawJson> {
    match operation {
        Operation::Input | Operation::Output => text(request, "text"),
        Operation::Tool => text(request, "tool_result"),
        Operation::Retrieval => {
            let chunks = request.get("chunks")?.items();
            Some(joined(chunks.filter_map(|chunk| chunk.get("content")), r"\n\n"))
        }
        Operation::AgentPlan => Some(RawJson::from_text(request.get("plan")?.raw())),
        Operation::AgentStep => text(request, "action"),
        Operation::MemoryWrite => text(request, "memory_value"),
        Operation::Stream => None,
    }
}

/// Strings as one, put together as they are spelled; so is what stands between them.
fn joined<'v>(texts: impl Iterator<Item = View<'v>>, between: &str) -> RawJson {
    let strings = texts.filter(|text| text.kind() == Kind::String).map(View::raw);
    let inside: Vec<&str> = strings.map(|token| &token[1..token.len() - 1]).collect();
    RawJson::trusted(format!("\"{}\"", inside.join(between)))
}

fn ids(rules: &[RawJson]) -> RawJson {
    RawJson::trusted(array(rules.iter().map(RawJson::as_str)))
}

fn of_kind<'v>(object: View<'v>, name: &str, kind: Kind) -> Option<View<'v>> {
    object.get(name).filter(|value| value.kind() == kind)
}

fn text(object: View<'_>, name: &str) -> Option<RawJson> {
    of_kind(object, name, Kind::String).map(RawJson::from_view)
}

fn integer(object: View<'_>, name: &str) -> Option<i64> {
    of_kind(object, name, Kind::Number)?.raw().parse().ok()
}

fn list(object: View<'_>, name: &str) -> Option<RawJson> {
    of_kind(object, name, Kind::Array).map(RawJson::from_view)
}

fn dict(object: View<'_>, name: &str) -> Option<RawObject> {
    RawObject::try_from(object.get(name)?).ok()
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use chrono::{DateTime, Utc};
    use evalstone_core::caller::Caller;
    use evalstone_core::guardrail::Trace;
    use evalstone_core::id::GuardrailTraceId;

    use super::*;
    use crate::mapping::trace;

    fn evaluation(operation: Operation, request: &str, outcome: Outcome) -> Evaluation {
        Evaluation {
            caller: Caller::sample(),
            operation,
            request: Bytes::from(request.to_owned()),
            outcome,
            at: DateTime::<Utc>::UNIX_EPOCH,
        }
    }

    fn answer(text: &str) -> Outcome {
        Outcome::Answer(Bytes::from(text.to_owned()))
    }

    /// The trace as the vendor shows it, but for its id.
    fn shown(evaluation: &Evaluation, keep: Record) -> Option<String> {
        let NewTrace { report, fired: _, created_at } = evaluated(evaluation, keep)?;
        let id = GuardrailTraceId::generate();
        let json = trace(Trace { id, report, created_at }).to_json();
        Some(json.replace(&id.to_string(), ""))
    }

    const REQUEST: &str =
        r#"{"request_id":"q","tenant_id":"t","text":"\u0068i","metadata":{"a" : 1}}"#;

    #[test]
    fn an_answer_is_told_as_the_runtime_would_tell_it() {
        let said = r#"{"request_id":"a","decision":"WARN","risk_score":7,"latency_ms":1.5,"trace_id":"tr","rule_hits":[{"rule_id":"x.y"},{"rule_id":5},6],"detector_results":{},"quality":[]}"#;
        let evaluation = evaluation(Operation::AgentStep, REQUEST, answer(said));
        let head = r#"{"id":"","request_id":"a","trace_id":"tr","session_id":null,"context":"agent_loop","decision":"WARN","risk_score":7,"policy_version":null,"latency_ms":null,"rule_hit_ids":["x.y"],"tenant_id":"t","app_id":null,"agent_id":"default","created_at":"1970-01-01T00:00:00.000000Z","span_id":null,"input_text":"#;
        let tail =
            r#","policy_hash":null,"detector_results":null,"quality_scores":null,"metadata":"#;
        for (keep, metadata) in [(Record::All, r#"{"a" : 1}"#), (Record::Metadata, "null")] {
            let expected = format!(r#"{head}null{tail}{metadata},"env":"prod","replays":[]}}"#);
            assert_eq!(shown(&evaluation, keep), Some(expected));
        }
    }

    #[test]
    fn answers_without_a_decision_are_no_traces() {
        for said in ["", "[]", "{}", r#"{"decision":5}"#, r#"{"decision":null}"#, "\u{feff}"] {
            let evaluation = evaluation(Operation::Input, REQUEST, answer(said));
            assert!(evaluated(&evaluation, Record::All).is_none(), "{said}");
        }
        let nameless = evaluation(Operation::Input, "{}", answer(r#"{"decision":"ALLOW"}"#));
        assert!(evaluated(&nameless, Record::All).is_none());
    }

    #[test]
    fn the_text_of_each_operation() {
        let of = |operation, request: &str| {
            let request = RawJson::parse(request).expect(request);
            input_text(operation, request.view()).map(RawJson::into_string)
        };
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(of(Operation::Output, r#"{"text":"\u0068"}"#), some(r#""\u0068""#));
        assert_eq!(of(Operation::Input, r#"{"text":5}"#), None);
        assert_eq!(of(Operation::Tool, r#"{"tool_args":{}}"#), None);
        assert_eq!(of(Operation::Tool, r#"{"tool_result":"r"}"#), some("\"r\""));
        let chunks = r#"{"chunks":[{"content":"a\""},{"content":""},{},{"content":"b"}]}"#;
        assert_eq!(of(Operation::Retrieval, chunks), some(r#""a\"\n\n\n\nb""#));
        assert_eq!(
            of(Operation::AgentPlan, r#"{"plan": {"a" : "b"}}"#),
            some(r#""{\"a\" : \"b\"}""#)
        );
        assert_eq!(of(Operation::AgentPlan, "{}"), None);
        assert_eq!(of(Operation::MemoryWrite, r#"{"memory_value":"v"}"#), some("\"v\""));
    }

    #[test]
    fn a_stream_is_told_with_the_runtimes_defaults() {
        let done = Done {
            summary: RawJson::trusted(
                r#"{"final_decision":"BLOCK","max_risk_score":50,"total_latency_ms":16}"#
                    .to_owned(),
            ),
            rules: vec![RawJson::from_text("a.b")],
        };
        let request = r#"{"context":"input","chunks":["a\\","\"b"]}"#;
        let evaluation = evaluation(Operation::Stream, request, Outcome::Stream(done));
        let expected = r#"{"id":"","request_id":"stream-0","trace_id":null,"session_id":null,"context":"input","decision":"BLOCK","risk_score":50,"policy_version":null,"latency_ms":16,"rule_hit_ids":["a.b"],"tenant_id":"default","app_id":"default","agent_id":"default","created_at":"1970-01-01T00:00:00.000000Z","span_id":null,"input_text":"a\\\"b","policy_hash":null,"detector_results":null,"quality_scores":null,"metadata":null,"env":"prod","replays":[]}"#;
        assert_eq!(shown(&evaluation, Record::All).as_deref(), Some(expected));
    }
}
