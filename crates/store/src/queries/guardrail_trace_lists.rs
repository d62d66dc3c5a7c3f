//! Lists of traces, newest first.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel::sql_types::BigInt;
use evalstone_core::caller::Caller;
use evalstone_core::dataset::Window;
use evalstone_core::guardrail::{TraceBrief, TraceFilter};
use evalstone_core::json::RawJson;

use super::super::{Backend, Connection};
use crate::failure::Outcome;
use crate::fixed::fixed;
use crate::records::guardrail_traces::{TraceBriefRecord, digest};
use crate::schema::environments;
use crate::schema::guardrails::{fired_detectors, guardrail_traces};
use crate::types::{Key, Time};

/// How many traces meet the filter, and which of them are in the window, each with the bytes of
/// what a list shows of it. The rows themselves are looked at only for that.
pub fn page(
    c: &mut Connection,
    caller: &Caller,
    filter: &TraceFilter,
    window: Window,
) -> Outcome<(i64, Vec<(Key, i64)>)> {
    let total = meeting(caller, filter).count().get_result(c)?;
    let Window { offset, limit } = window;
    let mut shown = meeting(caller, filter)
        .select(guardrail_traces::id)
        .order((guardrail_traces::created_at.desc(), guardrail_traces::id.desc()))
        .offset(offset);
    if let Some(limit) = limit {
        shown = shown.limit(limit);
    }
    let shown: Vec<Key> = shown.load(c)?;
    let sizes: HashMap<Key, i64> = guardrail_traces::table
        .filter(guardrail_traces::organization_id.eq(Key::from(caller.organization)))
        .filter(guardrail_traces::id.eq_any(&shown))
        .select((guardrail_traces::id, fixed::<BigInt>(TEXTS)))
        .load(c)?
        .into_iter()
        .collect();
    let sized = |id: Key| (id, sizes.get(&id).copied().unwrap_or_default());
    Ok((total, shown.into_iter().map(sized).collect()))
}

/// These traces in this order.
pub fn briefs(c: &mut Connection, caller: &Caller, ids: &[Key]) -> Outcome<Vec<TraceBrief>> {
    let rows: Vec<TraceBriefRecord> = guardrail_traces::table
        .filter(guardrail_traces::organization_id.eq(Key::from(caller.organization)))
        .filter(guardrail_traces::id.eq_any(ids))
        .select(TraceBriefRecord::as_select())
        .load(c)?;
    let mut rows: HashMap<Key, TraceBriefRecord> =
        rows.into_iter().map(|row| (row.id, row)).collect();
    Ok(ids.iter().filter_map(|id| rows.remove(id)).map(TraceBrief::from).collect())
}

fn meeting<'a>(caller: &Caller, filter: &TraceFilter) -> guardrail_traces::BoxedQuery<'a, Backend> {
    let TraceFilter { decision, session, detector, project, environment, since } = filter;
    let organization = Key::from(caller.organization);
    let key = |text: &str| digest(RawJson::from_text(text).view());
    let mut query = guardrail_traces::table
        .filter(guardrail_traces::organization_id.eq(organization))
        .into_boxed::<Backend>();
    if let Some(decision) = decision {
        query = query.filter(guardrail_traces::decision_key.eq(key(decision)));
    }
    if let Some(session) = session {
        query = query.filter(guardrail_traces::session_key.eq(key(session)));
    }
    if let Some(project) = project {
        query = query.filter(guardrail_traces::project_id.eq(Key::from(*project)));
    }
    if let Some(since) = since {
        query = query.filter(guardrail_traces::created_at.ge(Time(*since)));
    }
    if let Some(detector) = detector {
        let fired = fired_detectors::table
            .filter(fired_detectors::organization_id.eq(organization))
            .filter(fired_detectors::detector_key.eq(key(detector)))
            .select(fired_detectors::guardrail_trace_id);
        query = query.filter(guardrail_traces::id.eq_any(fired));
    }
    match environment {
        None => query,
        Some(name) => {
            let reported = guardrail_traces::env_key.assume_not_null().eq(key(name));
            // No name holds U+0000, and Postgres cannot be asked for it.
            let called = if name.contains('\0') { "" } else { name };
            let known = environments::table
                .filter(environments::organization_id.eq(organization))
                .filter(environments::name.eq(called.to_owned()))
                .select(environments::id);
            let of_key = guardrail_traces::environment_id.assume_not_null().eq_any(known);
            query.filter(reported.or(of_key))
        }
    }
}

/// The bytes of what a list shows of a trace, in words that both backends understand.
const TEXTS: &str = "CAST(octet_length(request_id) AS bigint) + coalesce(octet_length(trace_id), 0) \
     + coalesce(octet_length(session_id), 0) + octet_length(context) + octet_length(decision) \
     + coalesce(octet_length(policy_version), 0) + coalesce(octet_length(rule_hit_ids), 0) \
     + coalesce(octet_length(tenant_id), 0) + coalesce(octet_length(app_id), 0) \
     + coalesce(octet_length(agent_id), 0)";
