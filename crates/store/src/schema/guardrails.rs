//! The tables of what guardrails decided, and what people say of it.

use super::environments;

diesel::table! {
    use diesel::sql_types::{Nullable, Text, BigInt};
    use crate::types::{Moment, Uid};

    /// Guardrails' traces. Of a text and its `…_key` the latter is the digest that lists find it by.
    guardrail_traces (organization_id, id) {
        organization_id -> Uid,
        id -> Uid,
        number -> BigInt,
        project_id -> Nullable<Uid>,
        environment_id -> Nullable<Uid>,
        request_id -> Text,
        trace_id -> Nullable<Text>,
        trace_key -> Nullable<Uid>,
        session_id -> Nullable<Text>,
        session_key -> Nullable<Uid>,
        span_id -> Nullable<Text>,
        context -> Text,
        decision -> Text,
        decision_key -> Uid,
        risk_score -> Nullable<BigInt>,
        policy_version -> Nullable<Text>,
        policy_hash -> Nullable<Text>,
        latency_ms -> Nullable<BigInt>,
        rule_hit_ids -> Nullable<Text>,
        tenant_id -> Nullable<Text>,
        app_id -> Nullable<Text>,
        agent_id -> Nullable<Text>,
        env -> Nullable<Text>,
        env_key -> Nullable<Uid>,
        created_at -> Moment,
        input_text -> Nullable<Text>,
        detector_results -> Nullable<Text>,
        quality_scores -> Nullable<Text>,
        metadata -> Nullable<Text>,
    }
}

diesel::table! {
    use crate::types::Uid;

    /// Which detectors fired, by the digests of their names.
    fired_detectors (organization_id, detector_key, guardrail_trace_id) {
        organization_id -> Uid,
        detector_key -> Uid,
        guardrail_trace_id -> Uid,
    }
}

diesel::table! {
    use diesel::sql_types::{Nullable, Text, BigInt};
    use crate::types::{Moment, Uid};

    /// Annotations of traces.
    annotations (organization_id, id) {
        organization_id -> Uid,
        id -> Uid,
        number -> BigInt,
        guardrail_trace_id -> Uid,
        label -> Text,
        detector -> Nullable<Text>,
        notes -> Nullable<Text>,
        author -> Nullable<Text>,
        created_at -> Moment,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    annotations,
    environments,
    fired_detectors,
    guardrail_traces
);
