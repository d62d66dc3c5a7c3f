//! The tables of what came of runs.

diesel::table! {
    use diesel::sql_types::{Binary, Bool, Double, Nullable, Text, BigInt};
    use crate::types::{Moment, Uid};

    /// Evaluations: one case in one run.
    evaluations (organization_id, id) {
        organization_id -> Uid,
        id -> Uid,
        number -> BigInt,
        run_id -> Uid,
        case_id -> Nullable<Uid>,
        name -> Text,
        inputs -> Nullable<Text>,
        output -> Nullable<Text>,
        expected -> Nullable<Text>,
        error -> Nullable<Text>,
        trace_id -> Nullable<Binary>,
        span_id -> Nullable<Binary>,
        started_at -> Moment,
        finished_at -> Moment,
        created_at -> Moment,
        scorer -> Nullable<Text>,
        position -> Nullable<BigInt>,
        stage -> Nullable<Text>,
        metadata -> Nullable<Text>,
        decision -> Nullable<Text>,
        rule_hits -> Nullable<Text>,
        score -> Nullable<Double>,
        passed -> Nullable<Bool>,
        latency_ms -> Nullable<BigInt>,
        details -> Nullable<Text>,
        row_position -> Nullable<BigInt>,
        threshold -> Nullable<BigInt>,
        model -> Nullable<Text>,
        arguments -> Nullable<Text>,
        explanation -> Nullable<Text>,
        cost -> Nullable<BigInt>,
    }
}

diesel::table! {
    use diesel::sql_types::{Nullable, Text, BigInt};
    use crate::types::Uid;

    /// Snapshots of what runs score.
    run_rows (organization_id, run_id, position) {
        organization_id -> Uid,
        run_id -> Uid,
        position -> BigInt,
        part -> BigInt,
        case_id -> Nullable<Uid>,
        stage -> Nullable<Text>,
        inputs -> Text,
        output -> Nullable<Text>,
        expected -> Nullable<Text>,
        metadata -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::BigInt;
    use crate::types::Uid;

    /// What evaluations have cost.
    spendings (organization_id) {
        organization_id -> Uid,
        cost -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::{Binary, Double, Nullable, Text};
    use crate::types::{Moment, Uid};

    /// What models said, by a digest of what they were asked.
    judgements (organization_id, digest) {
        organization_id -> Uid,
        digest -> Binary,
        score -> Double,
        explanation -> Text,
        details -> Nullable<Text>,
        created_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::{Bool, Binary, Nullable, Text, BigInt};
    use crate::types::{Moment, Uid};

    /// Spans, whole.
    spans (organization_id, trace_id, span_id) {
        organization_id -> Uid,
        trace_id -> Binary,
        span_id -> Binary,
        parent_id -> Nullable<Binary>,
        name -> Text,
        start_ns -> BigInt,
        end_ns -> BigInt,
        failed -> Bool,
        marked -> Bool,
        pipeline_id -> Nullable<Uid>,
        run_id -> Nullable<Uid>,
        body -> Text,
        resource -> Text,
        scope -> Text,
        created_at -> Moment,
    }
}
