//! Cases made of annotated traces.

use std::collections::HashMap;

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use evalstone_core::annotation::{Annotated, Annotation, Label};
use evalstone_core::attempt::Made;
use evalstone_core::caller::Caller;
use evalstone_core::dataset::{Added, NewCase, Reference, SlotCounts};
use evalstone_core::error::Error;
use evalstone_core::id::Number;
use evalstone_core::lens::slots::case_slots;

use super::super::{Backend, Connection};
use super::datasets::{Head, visible};
use super::{annotations as annotation_queries, attempts, cases as case_queries, datasets};
use crate::annotations::Export;
use crate::failure::Outcome;
use crate::listed::Listed;
use crate::records::annotations::{AnnotationRecord, SubjectRecord};
use crate::schema::datasets as dataset_table;
use crate::schema::guardrails::{annotations, guardrail_traces};
use crate::types::Key;

/// How many annotations are looked at together.
const PAGE: i64 = 500;

/// Adds a case to a dataset for each annotation of a label, in their order, all or none. Annotations
/// of which no case can be made are passed over; with nothing added the dataset stays as it was.
pub fn export(c: &mut Connection, caller: &Caller, job: &Export) -> Outcome<Added> {
    attempts::begin(c, [caller])?;
    let Export { dialect, dataset, label, write } = job;
    let head = lock(c, caller, dialect, dataset)?.ok_or_else(|| Error::not_found("Dataset"))?;
    let mut slots = SlotCounts::default();
    let (mut after, mut added) = (0, 0);
    loop {
        let page = next(c, caller, *label, after)?;
        let Some((last, _, _)) = page.last() else {
            break;
        };
        after = *last;
        let mut listed = Listed::new(page.into_iter().map(|(_, id, size)| (id, size)));
        loop {
            let piece = listed.piece();
            if piece.is_empty() {
                break;
            }
            let cases: Vec<NewCase> =
                annotated(c, caller, &piece)?.into_iter().filter_map(*write).collect();
            cases.iter().for_each(|new| slots.add(case_slots(&new.case)));
            added += i64::try_from(cases.len()).map_err(Error::fault)?;
            let organization = caller.organization.into();
            let at_once = case_queries::ROWS_PER_INSERT;
            case_queries::insert_quietly(c, organization, head.id, &cases, at_once)?;
        }
    }
    let counted = if added > 0 { datasets::bump(c, caller, head.id, added, slots)? } else { None };
    let case_count = counted.map_or(head.case_count, |head| head.case_count);
    let exported = Added { dataset: head.id.into(), added, case_count };
    attempts::keep(c, [(caller, Made::Exported(&exported))])?;
    Ok(exported)
}

/// Takes the lock of a dataset and changes nothing yet: how many cases come is not known before
/// they are made.
fn lock(
    c: &mut Connection,
    caller: &Caller,
    dialect: &'static str,
    dataset: &Reference,
) -> Outcome<Option<Head>> {
    let Some(key) = case_queries::dataset_key(c, caller, dialect, dataset)? else {
        return Ok(None);
    };
    let head = lock_by_id(c, caller, key)?;
    if head.is_some() {
        return Ok(head);
    }
    match case_queries::mapped_dataset(c, caller, dialect, key)? {
        Some(mapped) => lock_by_id(c, caller, mapped),
        None => Ok(None),
    }
}

fn lock_by_id(c: &mut Connection, caller: &Caller, id: Key) -> Outcome<Option<Head>> {
    use dataset_table as d;
    let target = d::table
        .filter(visible(caller.organization.into(), caller.user.into()))
        .filter(d::id.eq(id));
    let row: Option<(Key, Key, i64)> = diesel::update(target)
        .set(d::version.eq(d::version))
        .returning((d::id, d::pipeline_id, d::case_count))
        .get_result(c)
        .optional()?;
    Ok(row.map(|(id, pipeline, case_count)| Head { id, pipeline, case_count }))
}

/// The next annotations of a label, each with its id and the bytes of it and its trace's text.
fn next(
    c: &mut Connection,
    caller: &Caller,
    label: Label,
    after: Number,
) -> Outcome<Vec<(Number, Key, i64)>> {
    let size = format!(
        "{} + coalesce(octet_length(guardrail_traces.input_text), 0) \
         + coalesce(octet_length(guardrail_traces.rule_hit_ids), 0)",
        annotation_queries::TEXTS
    );
    let next = annotations::table
        .inner_join(guardrail_traces::table.on(of_the_same()))
        .filter(annotations::organization_id.eq(Key::from(caller.organization)))
        .filter(annotations::label.eq(label.as_str()))
        .filter(annotations::number.gt(after))
        .order(annotations::number)
        .limit(PAGE)
        .select((annotations::number, annotations::id, sql::<BigInt>(&size)))
        .into_boxed::<Backend>();
    Ok(next.load(c)?)
}

#[diesel::dsl::auto_type]
fn of_the_same() -> _ {
    guardrail_traces::organization_id
        .eq(annotations::organization_id)
        .and(guardrail_traces::id.eq(annotations::guardrail_trace_id))
}

/// These annotations with their traces, in this order.
fn annotated(c: &mut Connection, caller: &Caller, ids: &[Key]) -> Outcome<Vec<Annotated>> {
    let rows: Vec<(AnnotationRecord, SubjectRecord)> = annotations::table
        .inner_join(guardrail_traces::table.on(of_the_same()))
        .filter(annotations::organization_id.eq(Key::from(caller.organization)))
        .filter(annotations::id.eq_any(ids))
        .select((AnnotationRecord::as_select(), SubjectRecord::as_select()))
        .load(c)?;
    let mut rows: HashMap<Key, (AnnotationRecord, SubjectRecord)> =
        rows.into_iter().map(|row| (row.0.id, row)).collect();
    let found = ids.iter().filter_map(|id| rows.remove(id));
    found.map(|(row, subject)| Ok(subject.annotated(Annotation::try_from(row)?))).collect()
}
