//! Traces of guardrails: what they decided about single texts, as the runtime that evaluated them
//! reports it (design §2.5). They are reported once and never change.
//!
//! What a runtime passes on from its callers, such as ids of their choice, can be any JSON string,
//! and is kept as such: some hold characters that no column of plain text can.

use chrono::{DateTime, Utc};

use crate::id::{GuardrailTraceId, ProjectId};
use crate::json::{RawJson, RawObject};

/// What is reported of one evaluation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The id that the caller gave the evaluation, a JSON string.
    pub request_id: RawJson,
    /// The trace that it belongs to, a JSON string.
    pub trace_id: Option<RawJson>,
    /// The conversation that it belongs to, a JSON string.
    pub session_id: Option<RawJson>,
    /// The span in its trace, a JSON string.
    pub span_id: Option<RawJson>,
    /// Which side was evaluated: a stage, or another word.
    pub context: String,
    /// What was decided, a JSON string such as `"BLOCK"`.
    pub decision: RawJson,
    /// How risky the text is, 0 to 100.
    pub risk_score: Option<i64>,
    /// The policy by which it was decided, a JSON string.
    pub policy_version: Option<RawJson>,
    /// The digest of that policy, a JSON string.
    pub policy_hash: Option<RawJson>,
    /// How long it took, in milliseconds.
    pub latency_ms: Option<i64>,
    /// The rules that fired, a JSON array of strings.
    pub rule_hit_ids: Option<RawJson>,
    /// Whose policy applied, a JSON string.
    pub tenant_id: Option<RawJson>,
    /// Which application's, a JSON string.
    pub app_id: Option<RawJson>,
    /// Which agent's, a JSON string.
    pub agent_id: Option<RawJson>,
    /// Which environment's, a JSON string.
    pub env: Option<RawJson>,
    /// The text that was evaluated, a JSON string; mostly it is not reported.
    pub input_text: Option<RawJson>,
    /// What each detector said, a JSON array of objects.
    pub detector_results: Option<RawJson>,
    /// How good the text is.
    pub quality_scores: Option<RawObject>,
    /// Carried along.
    pub metadata: Option<RawObject>,
}

/// A trace to be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewTrace {
    /// What is reported.
    pub report: Report,
    /// The names of the detectors that fired, JSON strings. Of equal ones one counts.
    pub fired: Vec<RawJson>,
    /// When it was decided, by the clock of whoever reports it.
    pub created_at: DateTime<Utc>,
}

/// A trace as stored.
#[derive(Clone, Debug)]
pub struct Trace {
    /// The identifier.
    pub id: GuardrailTraceId,
    /// What was reported.
    pub report: Report,
    /// When it was decided.
    pub created_at: DateTime<Utc>,
}

/// A trace as lists show it: without its long parts.
#[derive(Clone, Debug)]
pub struct TraceBrief {
    /// The identifier.
    pub id: GuardrailTraceId,
    /// See [`Report::request_id`].
    pub request_id: RawJson,
    /// See [`Report::trace_id`].
    pub trace_id: Option<RawJson>,
    /// See [`Report::session_id`].
    pub session_id: Option<RawJson>,
    /// See [`Report::context`].
    pub context: String,
    /// See [`Report::decision`].
    pub decision: RawJson,
    /// See [`Report::risk_score`].
    pub risk_score: Option<i64>,
    /// See [`Report::policy_version`].
    pub policy_version: Option<RawJson>,
    /// See [`Report::latency_ms`].
    pub latency_ms: Option<i64>,
    /// See [`Report::rule_hit_ids`].
    pub rule_hit_ids: Option<RawJson>,
    /// See [`Report::tenant_id`].
    pub tenant_id: Option<RawJson>,
    /// See [`Report::app_id`].
    pub app_id: Option<RawJson>,
    /// See [`Report::agent_id`].
    pub agent_id: Option<RawJson>,
    /// When it was decided.
    pub created_at: DateTime<Utc>,
}

/// Which of the organization's traces a list shows. All conditions hold together.
#[derive(Clone, Debug, Default)]
pub struct TraceFilter {
    /// Only those with this decision.
    pub decision: Option<String>,
    /// Only those of this conversation.
    pub session: Option<String>,
    /// Only those for which a detector of this name fired.
    pub detector: Option<String>,
    /// Only those of this project.
    pub project: Option<ProjectId>,
    /// Only those that were reported with this environment, or by a key of an environment of this
    /// name.
    pub environment: Option<String>,
    /// Only those decided at this moment or later.
    pub since: Option<DateTime<Utc>>,
}
