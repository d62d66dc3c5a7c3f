//! Runs that come from elsewhere: they are written in many short transactions, and nobody sees one before it
//! is whole.

use std::collections::{BTreeMap, BTreeSet};

use diesel::Connection as _;
use diesel::dsl::exists;
use diesel::prelude::*;
use diesel::result::DatabaseErrorKind::UniqueViolation;
use diesel::result::Error::DatabaseError;
use evalstone_core::caller::Caller;
use evalstone_core::error::Error;
use evalstone_core::id::{CaseId, RunId};
use evalstone_core::name_key::own_name_key;
use evalstone_core::run::RunKind;
use evalstone_core::run_copy::{NewRunCopy, RunPart, SpanCopy, StoredRunCopy};
use evalstone_core::source::SourceKind;
use evalstone_core::trace::{SpanId, TraceId};

use super::super::{Connection, ext};
use super::discarded_runs::{ARRIVING, discard_arriving};
use super::run_copy_lists::find;
use super::spans::Rebinding;
use super::{source_ids, spans as span_queries};
use crate::failure::{Failure, Outcome};
use crate::records::run_copies::NewRunCopyRecord;
use crate::records::run_parts::{
    NEW_EVALUATION_COPY_COLUMNS, NewEvaluationCopyRecord, span_record,
};
use crate::records::scorings::{NEW_ROW_COLUMNS, NewRowRecord};
use crate::records::spans::{NEW_SPAN_COLUMNS, NewSpanRecord};
use crate::run_copies::Arriving;
use crate::schema::{datasets, evaluations, run_rows, runs, spans as spans_table};
use crate::types::{Key, Time};

/// How many rows one INSERT carries.
const ROWS_PER_INSERT: usize = 500;
const _: () = assert!(ROWS_PER_INSERT * NEW_ROW_COLUMNS <= ext::MAX_BINDS);
const _: () = assert!(ROWS_PER_INSERT * NEW_EVALUATION_COPY_COLUMNS <= ext::MAX_BINDS);
const _: () = assert!(ROWS_PER_INSERT * NEW_SPAN_COLUMNS <= ext::MAX_BINDS);

/// Makes the row of a run that is coming, to which only the one with `token` may write. False when what an
/// earlier try left of it must be removed first: it is put out of sight.
pub fn begin(c: &mut Connection, caller: &Caller, new: &NewRunCopy, token: Key) -> Outcome<bool> {
    let (organization, id) = (Key::from(caller.organization), Key::from(new.id));
    let record = NewRunCopyRecord::of(caller, new, ARRIVING, token);
    // Nobody leases it: `worker` is the token of who may write to it, `lease_until` their last sign of life.
    let inserted = diesel::insert_into(runs::table)
        .values((record, runs::lease_until.eq(ext::now().nullable())))
        .on_conflict((runs::organization_id, runs::id))
        .do_nothing()
        .execute(c)
        .map_err(|error| Failure::from(error).when_dangling(|| Error::not_found("Pipeline")))?;
    if inserted == 0 {
        let stays = !discard_arriving(c, organization, id)?
            && diesel::select(exists(runs::table.find((organization, id)))).get_result(c)?;
        return match stays {
            true => Err(Error::taken("a run with this id exists").into()),
            false => Ok(false),
        };
    }
    if let (None, Some(dataset)) = (new.pipeline, new.dataset) {
        // Whoever sees it, and also when it is deleted by now.
        let pipeline: Option<Key> = datasets::table
            .find((organization, Key::from(dataset)))
            .select(datasets::pipeline_id)
            .first(c)
            .optional()?;
        if let Some(pipeline) = pipeline {
            diesel::update(runs::table.find((organization, id)))
                .set(runs::pipeline_id.eq(pipeline))
                .execute(c)?;
        }
    }
    Ok(true)
}

/// What this move may still write to: nothing once another one has begun the run anew.
#[diesel::dsl::auto_type]
fn held(arriving: &Arriving) -> _ {
    let (organization, run, token): (Key, Key, Key) =
        (Key(arriving.caller.organization.uuid()), arriving.run, arriving.token);
    let kind: &'static str = ARRIVING;
    runs::organization_id
        .eq(organization)
        .and(runs::id.eq(run))
        .and(runs::kind.eq(kind))
        .and(runs::worker.assume_not_null().eq(token))
}

/// Adds parts to a run that is coming.
pub fn add(
    c: &mut Connection,
    arriving: &Arriving,
    parts: &[(Option<CaseId>, RunPart)],
) -> Outcome<()> {
    let found: Option<(Key, Option<Time>)> = diesel::update(runs::table.filter(held(arriving)))
        .set(runs::lease_until.eq(ext::now().nullable()))
        .returning((runs::pipeline_id, runs::lease_until))
        .get_result(c)
        .optional()?;
    let (pipeline, now) = found.ok_or_else(begun_anew)?;
    let now = now.ok_or_else(|| Error::fault("a time that was set is not there"))?;
    let run = (arriving.caller.organization.into(), arriving.run);
    let (mut rows, mut evaluations) = (Vec::new(), Vec::new());
    // Of a span that comes twice the last one counts. They are written in the order of their keys, so that
    // two writes cannot wait for each other.
    let mut spans: BTreeMap<(TraceId, SpanId), &SpanCopy> = BTreeMap::new();
    for (case, part) in parts {
        match part {
            RunPart::Row(row) => {
                let case_id = case.map(Into::into);
                rows.push(NewRowRecord::of(run, row.position, row.part, case_id, &row.case));
            }
            RunPart::Evaluation(new) => {
                let record = NewEvaluationCopyRecord::of(run, arriving.kind, *case, new, now);
                evaluations.push(record);
            }
            RunPart::Span(new) => {
                spans.insert((new.span.trace, new.span.id), new);
            }
        }
    }
    insert_rows(c, &rows)?;
    match arriving.kind {
        RunKind::Scoring => need_rows(c, run, &evaluations)?,
        RunKind::Benchmark => refuse_places_again(c, run, &evaluations)?,
        RunKind::Experiment => {}
    }
    insert_evaluations(c, &evaluations)?;
    let reporting: Vec<(TraceId, SpanId)> =
        spans.iter().filter(|(_, new)| new.reports).map(|(key, _)| *key).collect();
    let spans: Vec<NewSpanRecord<'_>> =
        spans.into_values().map(|new| span_record(run, pipeline, new)).collect();
    for chunk in spans.chunks(ROWS_PER_INSERT) {
        span_queries::upsert(c, chunk, Rebinding::Refused)?;
    }
    refuse_spans_of_others(c, run, &reporting)
}

/// A span that reports to another run here is that one's: whoever brings it has moved the same experiment
/// in a circle. Looked at when the spans are written: before, another run may still come to be reported to.
fn refuse_spans_of_others(
    c: &mut Connection,
    (organization, run): (Key, Key),
    reporting: &[(TraceId, SpanId)],
) -> Outcome<()> {
    for chunk in reporting.chunks(ROWS_PER_INSERT) {
        let traces: Vec<&[u8]> = chunk.iter().map(|(trace, _)| trace.0.as_slice()).collect();
        let found: Vec<(Vec<u8>, Vec<u8>)> = spans_table::table
            .filter(spans_table::organization_id.eq(organization))
            .filter(spans_table::trace_id.eq_any(traces))
            .filter(spans_table::run_id.is_not_null())
            .filter(spans_table::run_id.assume_not_null().ne(run))
            .select((spans_table::trace_id, spans_table::span_id))
            .load(c)?;
        let is_taken = |(trace, span): &(Vec<u8>, Vec<u8>)| {
            chunk.iter().any(|(ours, id)| ours.0.as_slice() == trace && id.0.as_slice() == span)
        };
        if found.iter().any(is_taken) {
            let why = "its spans report to another run here: the same experiment is here already";
            return Err(Error::taken(why).into());
        }
    }
    Ok(())
}

fn insert_rows(c: &mut Connection, rows: &[NewRowRecord<'_>]) -> Outcome<()> {
    for chunk in rows.chunks(ROWS_PER_INSERT) {
        ext::insert_rows(c, chunk).map_err(explain)?;
    }
    Ok(())
}

/// Scores are read with the rows that they are of: one without would be counted and never shown.
fn need_rows(
    c: &mut Connection,
    (organization, run): (Key, Key),
    new: &[NewEvaluationCopyRecord<'_>],
) -> Outcome<()> {
    let places: BTreeSet<i64> = new.iter().filter_map(|new| new.row_position).collect();
    let places: Vec<i64> = places.into_iter().collect();
    for chunk in places.chunks(ROWS_PER_INSERT) {
        let there: i64 = run_rows::table
            .filter(run_rows::organization_id.eq(organization))
            .filter(run_rows::run_id.eq(run))
            .filter(run_rows::position.eq_any(chunk))
            .count()
            .get_result(c)?;
        if usize::try_from(there) != Ok(chunk.len()) {
            return Err(Error::invalid("an evaluation is of a row that has not come").into());
        }
    }
    Ok(())
}

/// Verdicts are read piece by piece from one place on: of two at one place the second might be passed over.
fn refuse_places_again(
    c: &mut Connection,
    (organization, run): (Key, Key),
    new: &[NewEvaluationCopyRecord<'_>],
) -> Outcome<()> {
    let places: BTreeSet<i64> = new.iter().filter_map(|new| new.position).collect();
    let places: Vec<i64> = places.into_iter().collect();
    if places.len() < new.len() {
        return Err(came_twice().into());
    }
    for chunk in places.chunks(ROWS_PER_INSERT) {
        // In their order, which one index alone has: places that come together commonly lie side by side.
        let place = evaluations::position.assume_not_null();
        let there: Option<i64> = evaluations::table
            .filter(evaluations::organization_id.eq(organization))
            .filter(evaluations::run_id.eq(run))
            .filter(place.between(chunk[0], chunk[chunk.len() - 1]))
            .filter(place.eq_any(chunk))
            .order(evaluations::position)
            .select(place)
            .first(c)
            .optional()?;
        if there.is_some() {
            return Err(came_twice().into());
        }
    }
    Ok(())
}

/// In their order, by which they are numbered.
fn insert_evaluations(c: &mut Connection, new: &[NewEvaluationCopyRecord<'_>]) -> Outcome<()> {
    for chunk in new.chunks(ROWS_PER_INSERT) {
        diesel::insert_into(evaluations::table).values(chunk).execute(c).map_err(explain)?;
    }
    Ok(())
}

fn explain(error: diesel::result::Error) -> Failure {
    Failure::from(error).when_taken(came_twice)
}

fn came_twice() -> Error {
    Error::taken("a part of the run came twice")
}

/// Reveals a run that has come whole.
pub fn end(c: &mut Connection, arriving: &Arriving) -> Outcome<StoredRunCopy> {
    let Arriving { caller, run, token: _, kind, name, origin, source_id } = arriving;
    let run = (Key::from(caller.organization), *run);
    let revealed: Option<(Option<Key>, bool)> = diesel::update(runs::table.filter(held(arriving)))
        .set((
            runs::kind.eq(kind.as_str()),
            runs::worker.eq(None::<Key>),
            runs::lease_until.eq(None::<Time>),
        ))
        .returning((runs::dataset_id, runs::shared))
        .get_result(c)
        .optional()?;
    let (dataset, shared) = revealed.ok_or_else(begun_anew)?;
    if let Some(dataset) = dataset {
        follow_dataset(c, run, *kind, dataset, shared)?;
    }
    if let (RunKind::Scoring, Some(name)) = (kind, name) {
        claim_name(c, run, &own_name_key(caller, name))?;
    }
    if let Some(source_id) = source_id {
        let found_by_it = source_ids::remember_run(c, caller, origin, source_id, run.1)?;
        if found_by_it && *kind == RunKind::Scoring {
            source_ids::take_number(c, caller, SourceKind::Run, source_id, run.1)?;
        }
    }
    find(c, caller, RunId::from(run.1))?
        .ok_or_else(|| Error::fault("a revealed run is gone").into())
}

/// Shows a run to nobody who does not see its dataset. A scoring run is put where the dataset is, as those are
/// that are made here, and goes with one that is gone; a run of another kind stays as private as it was. The
/// dataset is locked by a change that changes nothing, so that it stays there meanwhile.
fn follow_dataset(
    c: &mut Connection,
    run: (Key, Key),
    kind: RunKind,
    dataset: Key,
    shared: bool,
) -> Outcome<()> {
    let found: Option<(bool, Option<Key>, Option<Time>)> =
        diesel::update(datasets::table.find((run.0, dataset)))
            .set(datasets::version.eq(datasets::version))
            .returning((datasets::shared, datasets::collection_id, datasets::hidden_at))
            .get_result(c)
            .optional()?;
    let Some((is_shown, collection, hidden)) = found else { return Ok(()) };
    let place = match kind {
        RunKind::Scoring if hidden.is_some() => {
            return Err(Error::not_found("The dataset of the run").into());
        }
        RunKind::Scoring => (is_shown, collection),
        RunKind::Benchmark | RunKind::Experiment => (shared && is_shown, None),
    };
    diesel::update(runs::table.find(run))
        .set((runs::shared.eq(place.0), runs::collection_id.eq(place.1)))
        .execute(c)?;
    Ok(())
}

/// Lets a run have its name alone, as those have that are made here. Where another has that name it keeps
/// it, too: what comes from elsewhere knows no such rule (design §2.2).
fn claim_name(c: &mut Connection, run: (Key, Key), key: &str) -> Outcome<()> {
    // A name that is taken undoes this statement, not the write.
    let claimed = c.transaction(|c| {
        diesel::update(runs::table.find(run)).set(runs::name_key.eq(key)).execute(c)
    });
    match claimed {
        Ok(_) | Err(DatabaseError(UniqueViolation, _)) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

fn begun_anew() -> Error {
    Error::taken("another move has begun this run anew, or it was given up")
}
