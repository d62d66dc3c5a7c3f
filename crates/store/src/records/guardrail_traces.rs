//! Rows of traces.

use diesel::prelude::*;
use evalstone_core::attempt::Fingerprint;
use evalstone_core::guardrail::{NewTrace, Report, Trace, TraceBrief};
use evalstone_core::json::{RawJson, RawObject, View, canonical};

use crate::schema::guardrails::{fired_detectors, guardrail_traces};
use crate::types::{Key, Time};

/// The digest by which lists find a JSON string: the same for all its spellings.
pub fn digest(text: View<'_>) -> Key {
    Key(Fingerprint::of(&[canonical(text).as_bytes()]).uuid())
}

#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = guardrail_traces)]
pub struct TraceRecord {
    pub id: Key,
    pub request_id: String,
    pub trace_id: Option<String>,
    pub session_id: Option<String>,
    pub span_id: Option<String>,
    pub context: String,
    pub decision: String,
    pub risk_score: Option<i64>,
    pub policy_version: Option<String>,
    pub policy_hash: Option<String>,
    pub latency_ms: Option<i64>,
    pub rule_hit_ids: Option<String>,
    pub tenant_id: Option<String>,
    pub app_id: Option<String>,
    pub agent_id: Option<String>,
    pub env: Option<String>,
    pub created_at: Time,
    pub input_text: Option<String>,
    pub detector_results: Option<String>,
    pub quality_scores: Option<String>,
    pub metadata: Option<String>,
}

impl From<TraceRecord> for Trace {
    fn from(record: TraceRecord) -> Self {
        let TraceRecord {
            id,
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
            created_at,
            input_text,
            detector_results,
            quality_scores,
            metadata,
        } = record;
        let report = Report {
            request_id: RawJson::trusted(request_id),
            trace_id: trace_id.map(RawJson::trusted),
            session_id: session_id.map(RawJson::trusted),
            span_id: span_id.map(RawJson::trusted),
            context,
            decision: RawJson::trusted(decision),
            risk_score,
            policy_version: policy_version.map(RawJson::trusted),
            policy_hash: policy_hash.map(RawJson::trusted),
            latency_ms,
            rule_hit_ids: rule_hit_ids.map(RawJson::trusted),
            tenant_id: tenant_id.map(RawJson::trusted),
            app_id: app_id.map(RawJson::trusted),
            agent_id: agent_id.map(RawJson::trusted),
            env: env.map(RawJson::trusted),
            input_text: input_text.map(RawJson::trusted),
            detector_results: detector_results.map(RawJson::trusted),
            quality_scores: quality_scores.map(RawObject::trusted),
            metadata: metadata.map(RawObject::trusted),
        };
        Self { id: id.into(), report, created_at: created_at.into() }
    }
}

#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = guardrail_traces)]
pub struct TraceBriefRecord {
    pub id: Key,
    pub request_id: String,
    pub trace_id: Option<String>,
    pub session_id: Option<String>,
    pub context: String,
    pub decision: String,
    pub risk_score: Option<i64>,
    pub policy_version: Option<String>,
    pub latency_ms: Option<i64>,
    pub rule_hit_ids: Option<String>,
    pub tenant_id: Option<String>,
    pub app_id: Option<String>,
    pub agent_id: Option<String>,
    pub created_at: Time,
}

impl From<TraceBriefRecord> for TraceBrief {
    fn from(record: TraceBriefRecord) -> Self {
        let TraceBriefRecord {
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
        } = record;
        Self {
            id: id.into(),
            request_id: RawJson::trusted(request_id),
            trace_id: trace_id.map(RawJson::trusted),
            session_id: session_id.map(RawJson::trusted),
            context,
            decision: RawJson::trusted(decision),
            risk_score,
            policy_version: policy_version.map(RawJson::trusted),
            latency_ms,
            rule_hit_ids: rule_hit_ids.map(RawJson::trusted),
            tenant_id: tenant_id.map(RawJson::trusted),
            app_id: app_id.map(RawJson::trusted),
            agent_id: agent_id.map(RawJson::trusted),
            created_at: created_at.into(),
        }
    }
}

#[derive(Debug, Insertable)]
#[diesel(table_name = guardrail_traces, treat_none_as_default_value = false)]
pub struct NewTraceRecord<'a> {
    pub organization_id: Key,
    pub id: Key,
    pub project_id: Option<Key>,
    pub environment_id: Option<Key>,
    pub request_id: &'a str,
    pub trace_id: Option<&'a str>,
    pub trace_key: Option<Key>,
    pub session_id: Option<&'a str>,
    pub session_key: Option<Key>,
    pub span_id: Option<&'a str>,
    pub context: &'a str,
    pub decision: &'a str,
    pub decision_key: Key,
    pub risk_score: Option<i64>,
    pub policy_version: Option<&'a str>,
    pub policy_hash: Option<&'a str>,
    pub latency_ms: Option<i64>,
    pub rule_hit_ids: Option<&'a str>,
    pub tenant_id: Option<&'a str>,
    pub app_id: Option<&'a str>,
    pub agent_id: Option<&'a str>,
    pub env: Option<&'a str>,
    pub env_key: Option<Key>,
    pub created_at: Time,
    pub input_text: Option<&'a str>,
    pub detector_results: Option<&'a str>,
    pub quality_scores: Option<&'a str>,
    pub metadata: Option<&'a str>,
}

/// The columns of a [`NewTraceRecord`] in its order.
#[diesel::dsl::auto_type(no_type_alias)]
pub fn new_trace_columns() -> _ {
    (
        guardrail_traces::organization_id,
        guardrail_traces::id,
        guardrail_traces::project_id,
        guardrail_traces::environment_id,
        guardrail_traces::request_id,
        guardrail_traces::trace_id,
        guardrail_traces::trace_key,
        guardrail_traces::session_id,
        guardrail_traces::session_key,
        guardrail_traces::span_id,
        guardrail_traces::context,
        guardrail_traces::decision,
        guardrail_traces::decision_key,
        guardrail_traces::risk_score,
        guardrail_traces::policy_version,
        guardrail_traces::policy_hash,
        guardrail_traces::latency_ms,
        guardrail_traces::rule_hit_ids,
        guardrail_traces::tenant_id,
        guardrail_traces::app_id,
        guardrail_traces::agent_id,
        guardrail_traces::env,
        guardrail_traces::env_key,
        guardrail_traces::created_at,
        guardrail_traces::input_text,
        guardrail_traces::detector_results,
        guardrail_traces::quality_scores,
        guardrail_traces::metadata,
    )
}

/// How many columns a [`NewTraceRecord`] binds.
pub const NEW_TRACE_COLUMNS: usize = 28;

/// Whose trace it is.
#[derive(Clone, Copy, Debug)]
pub struct Reporter {
    pub organization: Key,
    /// The project of the key that reports it, if that is a project's.
    pub project: Option<Key>,
    /// The environment of that key, if it is one's.
    pub environment: Option<Key>,
}

impl<'a> NewTraceRecord<'a> {
    /// The row of a trace.
    pub fn of(reporter: Reporter, id: Key, new: &'a NewTrace) -> Self {
        let NewTrace { report, fired: _, created_at } = new;
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
        let Reporter { organization, project, environment } = reporter;
        Self {
            organization_id: organization,
            id,
            project_id: project,
            environment_id: environment,
            request_id: request_id.as_str(),
            trace_id: text(trace_id),
            trace_key: key(trace_id),
            session_id: text(session_id),
            session_key: key(session_id),
            span_id: text(span_id),
            context,
            decision: decision.as_str(),
            decision_key: digest(decision.view()),
            risk_score: *risk_score,
            policy_version: text(policy_version),
            policy_hash: text(policy_hash),
            latency_ms: *latency_ms,
            rule_hit_ids: text(rule_hit_ids),
            tenant_id: text(tenant_id),
            app_id: text(app_id),
            agent_id: text(agent_id),
            env: text(env),
            env_key: key(env),
            created_at: (*created_at).into(),
            input_text: text(input_text),
            detector_results: text(detector_results),
            quality_scores: quality_scores.as_ref().map(RawObject::as_str),
            metadata: metadata.as_ref().map(RawObject::as_str),
        }
    }
}

fn text(json: &Option<RawJson>) -> Option<&str> {
    json.as_ref().map(RawJson::as_str)
}

fn key(json: &Option<RawJson>) -> Option<Key> {
    json.as_ref().map(|json| digest(json.view()))
}

#[derive(Debug, Insertable)]
#[diesel(table_name = fired_detectors)]
pub struct NewFiredRecord {
    pub organization_id: Key,
    pub detector_key: Key,
    pub guardrail_trace_id: Key,
}

/// How many columns a [`NewFiredRecord`] binds.
pub const NEW_FIRED_COLUMNS: usize = 3;

#[cfg(test)]
mod tests {
    use super::{RawJson, digest};

    #[test]
    fn all_spellings_of_a_text_have_one_digest() {
        let of = |text: &str| digest(RawJson::parse(text).expect(text).view());
        assert_eq!(of(r#""BLOCK""#), of(r#""\u0042LOCK""#));
        assert_eq!(of(r#""BLOCK""#), digest(RawJson::from_text("BLOCK").view()));
        assert_ne!(of(r#""BLOCK""#), of(r#""block""#));
    }
}
