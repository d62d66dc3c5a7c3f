//! From an evaluation that was forwarded to the trace that is kept of it.
//!
//! The request was the caller's and the answer is the runtime's: both are read leniently, and what
//! is not as the contract says (§5.5) is left out.

use evalstone_core::guardrail::NewTrace;
use evalstone_core::json::{Kind, MAX_DEPTH, RawJson, RawObject, View, check_bytes};

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
            let answer = check_bytes(answer, MAX_DEPTH).ok()?;
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
