//! Guardrails' traces: stored as they are reported, many at a time.

use std::collections::BTreeSet;

use diesel::prelude::*;
use evalstone_core::caller::Caller;
use evalstone_core::guardrail::{NewTrace, Trace};
use evalstone_core::id::GuardrailTraceId;
use evalstone_core::json::RawJson;

use super::super::{Connection, ext};
use crate::failure::Outcome;
use crate::records::guardrail_traces::{
    NEW_FIRED_COLUMNS, NEW_TRACE_COLUMNS, NewFiredRecord, NewTraceRecord, Reporter, TraceRecord,
    digest,
};
use crate::schema::guardrails::guardrail_traces;
use crate::types::Key;

/// How many rows one INSERT carries: as many as reports commonly come together.
const ROWS_PER_INSERT: usize = 1_000;
const _: () = assert!(ROWS_PER_INSERT * NEW_TRACE_COLUMNS <= ext::MAX_BINDS);
const _: () = assert!(ROWS_PER_INSERT * NEW_FIRED_COLUMNS <= ext::MAX_BINDS);

/// Stores traces, all or none.
pub fn record(c: &mut Connection, caller: &Caller, new: &[NewTrace]) -> Outcome<()> {
    let reporter = Reporter {
        organization: caller.organization.into(),
        project: caller.project.map(Into::into),
        environment: caller.environment.map(Into::into),
    };
    let ids: Vec<Key> = new.iter().map(|_| GuardrailTraceId::generate().into()).collect();
    let rows: Vec<NewTraceRecord<'_>> =
        new.iter().zip(&ids).map(|(new, id)| NewTraceRecord::of(reporter, *id, new)).collect();
    for chunk in rows.chunks(ROWS_PER_INSERT) {
        ext::insert_traces(c, chunk)?;
    }
    let fired: Vec<NewFiredRecord> =
        new.iter().zip(&ids).flat_map(|(new, id)| fired(reporter.organization, *id, new)).collect();
    for chunk in fired.chunks(ROWS_PER_INSERT) {
        ext::insert_fired(c, chunk)?;
    }
    Ok(())
}

fn fired(
    organization_id: Key,
    guardrail_trace_id: Key,
    new: &NewTrace,
) -> impl Iterator<Item = NewFiredRecord> + use<> {
    let keys: BTreeSet<Key> = new.fired.iter().map(|name| digest(name.view())).collect();
    keys.into_iter().map(move |detector_key| NewFiredRecord {
        organization_id,
        detector_key,
        guardrail_trace_id,
    })
}

/// The trace of this name: its own id, or the id of the trace that it was reported with, of which
/// the newest is meant.
pub fn find(c: &mut Connection, caller: &Caller, name: &str) -> Outcome<Option<Trace>> {
    let Some(id) = named(c, caller, name)? else {
        return Ok(None);
    };
    let row: Option<TraceRecord> = guardrail_traces::table
        .find((Key::from(caller.organization), id))
        .select(TraceRecord::as_select())
        .first(c)
        .optional()?;
    Ok(row.map(Trace::from))
}

/// The key of the trace of this name.
pub fn named(c: &mut Connection, caller: &Caller, name: &str) -> Outcome<Option<Key>> {
    let own = guardrail_traces::table
        .filter(guardrail_traces::organization_id.eq(Key::from(caller.organization)))
        .select(guardrail_traces::id);
    if let Ok(id) = name.parse::<GuardrailTraceId>() {
        let found = own.filter(guardrail_traces::id.eq(Key::from(id))).first(c).optional()?;
        if found.is_some() {
            return Ok(found);
        }
    }
    let reported = digest(RawJson::from_text(name).view());
    let newest = own
        .filter(guardrail_traces::trace_key.eq(reported))
        .order((guardrail_traces::created_at.desc(), guardrail_traces::id.desc()));
    Ok(newest.first(c).optional()?)
}
