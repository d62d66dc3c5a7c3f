//! Lists of verdicts, newest first.

use std::collections::HashMap;

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use evalstone_core::caller::Caller;
use evalstone_core::dataset::Window;
use evalstone_core::json::RawJson;
use evalstone_core::verdict::{Brief, VerdictFilter};

use super::super::{Backend, Connection};
use crate::failure::Outcome;
use crate::records::verdicts::{BriefRecord, digest};
use crate::schema::environments;
use crate::schema::guardrails::{fired_detectors, verdicts};
use crate::types::{Key, Time};

/// How many verdicts meet the filter, and which of them are in the window, each with the bytes of
/// what a list shows of it. The rows themselves are looked at only for that.
pub fn page(
    c: &mut Connection,
    caller: &Caller,
    filter: &VerdictFilter,
    window: Window,
) -> Outcome<(i64, Vec<(Key, i64)>)> {
    let total = meeting(caller, filter).count().get_result(c)?;
    let Window { offset, limit } = window;
    let mut shown = meeting(caller, filter)
        .select(verdicts::id)
        .order((verdicts::created_at.desc(), verdicts::id.desc()))
        .offset(offset);
    if let Some(limit) = limit {
        shown = shown.limit(limit);
    }
    let shown: Vec<Key> = shown.load(c)?;
    let sizes: HashMap<Key, i64> = verdicts::table
        .filter(verdicts::organization_id.eq(Key::from(caller.organization)))
        .filter(verdicts::id.eq_any(&shown))
        .select((verdicts::id, sql::<BigInt>(TEXTS)))
        .load(c)?
        .into_iter()
        .collect();
    let sized = |id: Key| (id, sizes.get(&id).copied().unwrap_or_default());
    Ok((total, shown.into_iter().map(sized).collect()))
}

/// These verdicts in this order.
pub fn briefs(c: &mut Connection, caller: &Caller, ids: &[Key]) -> Outcome<Vec<Brief>> {
    let rows: Vec<BriefRecord> = verdicts::table
        .filter(verdicts::organization_id.eq(Key::from(caller.organization)))
        .filter(verdicts::id.eq_any(ids))
        .select(BriefRecord::as_select())
        .load(c)?;
    let mut rows: HashMap<Key, BriefRecord> = rows.into_iter().map(|row| (row.id, row)).collect();
    Ok(ids.iter().filter_map(|id| rows.remove(id)).map(Brief::from).collect())
}

fn meeting<'a>(caller: &Caller, filter: &VerdictFilter) -> verdicts::BoxedQuery<'a, Backend> {
    let VerdictFilter { decision, session, detector, project, environment, since } = filter;
    let organization = Key::from(caller.organization);
    let key = |text: &str| digest(RawJson::from_text(text).view());
    let mut query =
        verdicts::table.filter(verdicts::organization_id.eq(organization)).into_boxed::<Backend>();
    if let Some(decision) = decision {
        query = query.filter(verdicts::decision_key.eq(key(decision)));
    }
    if let Some(session) = session {
        query = query.filter(verdicts::session_key.eq(key(session)));
    }
    if let Some(project) = project {
        query = query.filter(verdicts::project_id.eq(Key::from(*project)));
    }
    if let Some(since) = since {
        query = query.filter(verdicts::created_at.ge(Time(*since)));
    }
    if let Some(detector) = detector {
        let fired = fired_detectors::table
            .filter(fired_detectors::organization_id.eq(organization))
            .filter(fired_detectors::detector_key.eq(key(detector)))
            .select(fired_detectors::verdict_id);
        query = query.filter(verdicts::id.eq_any(fired));
    }
    match environment {
        None => query,
        Some(name) => {
            let reported = verdicts::env_key.assume_not_null().eq(key(name));
            // No name holds U+0000, and Postgres cannot be asked for it.
            let called = if name.contains('\0') { "" } else { name };
            let known = environments::table
                .filter(environments::organization_id.eq(organization))
                .filter(environments::name.eq(called.to_owned()))
                .select(environments::id);
            let of_key = verdicts::environment_id.assume_not_null().eq_any(known);
            query.filter(reported.or(of_key))
        }
    }
}

/// The bytes of what a list shows of a verdict, in words that both backends understand.
const TEXTS: &str = "CAST(octet_length(request_id) AS bigint) + coalesce(octet_length(trace_id), 0) \
     + coalesce(octet_length(session_id), 0) + octet_length(context) + octet_length(decision) \
     + coalesce(octet_length(policy_version), 0) + coalesce(octet_length(rule_hit_ids), 0) \
     + coalesce(octet_length(tenant_id), 0) + coalesce(octet_length(app_id), 0) \
     + coalesce(octet_length(agent_id), 0)";
