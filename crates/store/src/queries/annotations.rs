//! Annotations of traces, in the order in which they were made.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel::sql_types::BigInt;
use evalstone_core::annotation::{Annotation, AnnotationFilter, NewAnnotation};
use evalstone_core::attempt::Made;
use evalstone_core::caller::Caller;
use evalstone_core::dataset::Window;
use evalstone_core::id::{AnnotationId, GuardrailTraceId};
use evalstone_core::json::RawJson;

use super::super::{Backend, Connection};
use super::{attempts, guardrail_traces as trace_queries};
use crate::failure::Outcome;
use crate::fixed::fixed;
use crate::records::annotations::{AnnotationRecord, NewAnnotationRecord};
use crate::records::guardrail_traces::digest;
use crate::schema::guardrails::{annotations, guardrail_traces};
use crate::types::Key;

/// Annotates the trace of this name, if there is one. Traces stay, so that finding one first
/// takes no lock.
pub fn create(
    c: &mut Connection,
    caller: &Caller,
    trace: &str,
    new: &NewAnnotation,
) -> Outcome<Option<Annotation>> {
    attempts::begin(c, [caller])?;
    let Some(guardrail_trace_id) = trace_queries::named(c, caller, trace)? else {
        return Ok(None);
    };
    let NewAnnotation { label, detector, notes, author } = new;
    let record: AnnotationRecord = diesel::insert_into(annotations::table)
        .values(NewAnnotationRecord {
            organization_id: caller.organization.into(),
            id: AnnotationId::generate().into(),
            guardrail_trace_id,
            label: label.as_str(),
            detector: detector.as_deref(),
            notes: notes.as_deref(),
            author: author.as_deref(),
        })
        .returning(AnnotationRecord::as_returning())
        .get_result(c)?;
    let made = Annotation::try_from(record)?;
    attempts::keep(c, [(caller, Made::Annotation(&made))])?;
    Ok(Some(made))
}

/// How many annotations meet the filter, and which of them are in the window, newest first, each
/// with the bytes of its texts.
pub fn page(
    c: &mut Connection,
    caller: &Caller,
    filter: &AnnotationFilter,
    window: Window,
) -> Outcome<(i64, Vec<(Key, i64)>)> {
    let total = meeting(caller, filter).count().get_result(c)?;
    let Window { offset, limit } = window;
    let mut shown = meeting(caller, filter)
        .select((annotations::id, fixed::<BigInt>(TEXTS)))
        .order(annotations::number.desc())
        .offset(offset);
    if let Some(limit) = limit {
        shown = shown.limit(limit);
    }
    Ok((total, shown.load(c)?))
}

/// These annotations in this order.
pub fn load(c: &mut Connection, caller: &Caller, ids: &[Key]) -> Outcome<Vec<Annotation>> {
    let rows: Vec<AnnotationRecord> = annotations::table
        .filter(annotations::organization_id.eq(Key::from(caller.organization)))
        .filter(annotations::id.eq_any(ids))
        .select(AnnotationRecord::as_select())
        .load(c)?;
    let mut rows: HashMap<Key, AnnotationRecord> =
        rows.into_iter().map(|row| (row.id, row)).collect();
    let found = ids.iter().filter_map(|id| rows.remove(id));
    found.map(|row| Ok(Annotation::try_from(row)?)).collect()
}

fn meeting<'a>(
    caller: &Caller,
    filter: &'a AnnotationFilter,
) -> annotations::BoxedQuery<'a, Backend> {
    let AnnotationFilter { trace, label, detector } = filter;
    let organization = Key::from(caller.organization);
    let mut query = annotations::table
        .filter(annotations::organization_id.eq(organization))
        .into_boxed::<Backend>();
    if let Some(label) = label {
        query = query.filter(annotations::label.eq(label.as_str()));
    }
    if let Some(detector) = detector {
        query = query.filter(annotations::detector.eq(detector));
    }
    let Some(name) = trace else {
        return query;
    };
    let reported = guardrail_traces::table
        .filter(guardrail_traces::organization_id.eq(organization))
        .filter(guardrail_traces::trace_key.eq(digest(RawJson::from_text(name).view())))
        .select(guardrail_traces::id);
    let reported = annotations::guardrail_trace_id.eq_any(reported);
    match name.parse::<GuardrailTraceId>() {
        Ok(id) => query.filter(reported.or(annotations::guardrail_trace_id.eq(Key::from(id)))),
        Err(_) => query.filter(reported),
    }
}

/// The bytes of an annotation's texts, in words that both backends understand.
pub const TEXTS: &str = "CAST(coalesce(octet_length(annotations.detector), 0) AS bigint) \
     + coalesce(octet_length(annotations.notes), 0) + coalesce(octet_length(annotations.author), 0)";
