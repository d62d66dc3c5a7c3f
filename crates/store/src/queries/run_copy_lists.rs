//! Runs as they are moved, and what came of them, piece by piece.

use diesel::dsl::exists;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use evalstone_core::caller::Caller;
use evalstone_core::error::Error;
use evalstone_core::id::{CaseId, Number, RunId};
use evalstone_core::run_copy::{RunPart, StoredRunCopy};
use evalstone_core::trace::{SpanId, TraceId};

use super::super::{Backend, Connection};
use super::benchmark_cases::last_fitting;
use super::runs::{seen, visible};
use super::scoring_work::ROW_SIZE;
use crate::failure::Outcome;
use crate::fixed::fixed;
use crate::records::run_copies::RunCopyRecord;
use crate::records::run_parts::{EvaluationCopyRecord, SpanCopyRecord, row_of};
use crate::records::runs::{span_of, trace_of};
use crate::records::scorings::RowRecord;
use crate::run_copies::{Place, Room};
use crate::schema::{evaluations, run_rows, runs, spans};
use crate::types::Key;

/// How many traces are looked into at a time.
const TRACES: i64 = 100;
/// What no span of a trace comes after.
const LAST_SPAN: SpanId = SpanId([0xff; 8]);

/// The bytes of a run's texts, in words that both backends understand.
const RUN_SIZE: &str = "CAST(coalesce(octet_length(settings), 0) AS bigint) \
     + coalesce(octet_length(summary), 0) + coalesce(octet_length(policy), 0) \
     + coalesce(octet_length(metadata), 0) + coalesce(octet_length(failure), 0)";

/// The bytes of an evaluation's texts.
const EVALUATION_SIZE: &str = "CAST(octet_length(evaluations.name) AS bigint) \
     + coalesce(octet_length(evaluations.inputs), 0) + coalesce(octet_length(evaluations.output), 0) \
     + coalesce(octet_length(evaluations.expected), 0) + coalesce(octet_length(evaluations.error), 0) \
     + coalesce(octet_length(evaluations.metadata), 0) \
     + coalesce(octet_length(evaluations.rule_hits), 0) \
     + coalesce(octet_length(evaluations.details), 0) \
     + coalesce(octet_length(evaluations.arguments), 0) \
     + coalesce(octet_length(evaluations.explanation), 0)";

/// The bytes of a span's texts.
const SPAN_SIZE: &str = "CAST(octet_length(spans.name) AS bigint) + octet_length(spans.body) \
     + octet_length(spans.resource) + octet_length(spans.scope)";

/// A piece of a run, with the place behind it.
type Piece = (Vec<(Option<CaseId>, RunPart)>, Place);

/// The runs that the caller sees.
fn shown<'a>(caller: &Caller) -> runs::BoxedQuery<'a, Backend> {
    runs::table
        .filter(visible(caller.organization.into(), caller.user.into()))
        .into_boxed::<Backend>()
}

/// The run with this id, if the caller sees it.
pub fn find(c: &mut Connection, caller: &Caller, id: RunId) -> Outcome<Option<StoredRunCopy>> {
    let row: Option<RunCopyRecord> = shown(caller)
        .filter(runs::id.eq(Key::from(id)))
        .select(RunCopyRecord::as_select())
        .first(c)
        .optional()?;
    Ok(row.map(StoredRunCopy::try_from).transpose()?)
}

/// The next runs that the caller sees after the one with the number `after`. Beside them the number behind
/// which the next piece begins, none at the end: what was looked for may be gone by the time when it is read.
pub fn piece(
    c: &mut Connection,
    caller: &Caller,
    after: Number,
    room: Room,
) -> Outcome<(Vec<StoredRunCopy>, Option<Number>)> {
    let next = || shown(caller).filter(runs::number.gt(after)).order(runs::number).limit(room.rows);
    let sizes: Vec<(Number, i64)> =
        next().select((runs::number, fixed::<BigInt>(RUN_SIZE))).load(c)?;
    let Some(last) = last_fitting(sizes, room.bytes) else {
        return Ok((Vec::new(), None));
    };
    let rows: Vec<RunCopyRecord> =
        next().filter(runs::number.le(last)).select(RunCopyRecord::as_select()).load(c)?;
    let rows = rows.into_iter().map(|row| Ok(StoredRunCopy::try_from(row)?));
    Ok((rows.collect::<Outcome<_>>()?, Some(last)))
}

/// The next parts of a run from a place on, as many as there is room for, but one at least where there are
/// any; none at the end.
///
/// # Errors
/// Not found when the run is gone at the end: what was read may then be less than it had.
pub fn parts(
    c: &mut Connection,
    caller: &Caller,
    run: RunId,
    from: Place,
    room: Room,
) -> Outcome<Piece> {
    let mut place = from;
    loop {
        let found = match place {
            Place::Rows { after } => rows(c, caller, run, after, room)?,
            Place::Evaluations { after } => some_evaluations(c, caller, run, after, room)?,
            Place::Spans { trace, after } => some_spans(c, caller, run, (trace, after), room)?,
            Place::End => {
                let there = find(c, caller, run)?;
                return match there {
                    Some(_) => Ok((Vec::new(), Place::End)),
                    None => Err(Error::not_found("Run").into()),
                };
            }
        };
        if let Some(found) = found {
            return Ok(found);
        }
        place = match place {
            Place::Rows { .. } => Place::Evaluations { after: 0 },
            Place::Evaluations { .. } => Place::Spans { trace: TraceId([0; 16]), after: None },
            Place::Spans { .. } | Place::End => Place::End,
        };
    }
}

fn rows(
    c: &mut Connection,
    caller: &Caller,
    run: RunId,
    after: i64,
    room: Room,
) -> Outcome<Option<Piece>> {
    let next = || {
        run_rows::table
            .filter(exists(seen(caller, run)))
            .filter(run_rows::organization_id.eq(Key::from(caller.organization)))
            .filter(run_rows::run_id.eq(Key::from(run)))
            .filter(run_rows::position.gt(after))
            .order(run_rows::position)
            .limit(room.rows)
    };
    let sizes: Vec<(i64, i64)> =
        next().select((run_rows::position, fixed::<BigInt>(ROW_SIZE))).load(c)?;
    let Some(last) = last_fitting(sizes, room.bytes) else {
        return Ok(None);
    };
    let rows: Vec<RowRecord> =
        next().filter(run_rows::position.le(last)).select(RowRecord::as_select()).load(c)?;
    let parts = rows.into_iter().map(|row| {
        let (case, row) = row_of(row);
        (case, RunPart::Row(row))
    });
    Ok(some(parts.collect(), Place::Rows { after: last }))
}

fn some_evaluations(
    c: &mut Connection,
    caller: &Caller,
    run: RunId,
    after: Number,
    room: Room,
) -> Outcome<Option<Piece>> {
    let next = || {
        evaluations::table
            .filter(exists(seen(caller, run)))
            .filter(evaluations::organization_id.eq(Key::from(caller.organization)))
            .filter(evaluations::run_id.eq(Key::from(run)))
            .filter(evaluations::number.gt(after))
            .order(evaluations::number)
            .limit(room.rows)
    };
    let sizes: Vec<(Number, i64)> =
        next().select((evaluations::number, fixed::<BigInt>(EVALUATION_SIZE))).load(c)?;
    let Some(last) = last_fitting(sizes, room.bytes) else {
        return Ok(None);
    };
    let rows: Vec<EvaluationCopyRecord> = next()
        .filter(evaluations::number.le(last))
        .select(EvaluationCopyRecord::as_select())
        .load(c)?;
    let parts = rows.into_iter().map(|row| {
        let (case, copy) = row.into_copy()?;
        Ok((case, RunPart::Evaluation(Box::new(copy))))
    });
    Ok(some(parts.collect::<Outcome<_>>()?, Place::Evaluations { after: last }))
}

/// A piece, unless it is empty.
fn some(parts: Vec<(Option<CaseId>, RunPart)>, behind: Place) -> Option<Piece> {
    (!parts.is_empty()).then_some((parts, behind))
}

/// A span whose texts were not read yet.
struct Head {
    trace: TraceId,
    span: SpanId,
    bytes: i64,
}

/// The next spans of the traces that a run points at.
fn some_spans(
    c: &mut Connection,
    caller: &Caller,
    run: RunId,
    mut from: (TraceId, Option<SpanId>),
    room: Room,
) -> Outcome<Option<Piece>> {
    loop {
        let traces = traces(c, caller, run, from.0)?;
        let Some(last) = traces.last().copied() else {
            return Ok(None);
        };
        let mut heads = heads(c, caller, &traces, from, room)?;
        let sizes = heads.iter().zip(1..).map(|(head, number)| (number, head.bytes));
        let fitting = last_fitting(sizes, room.bytes).unwrap_or_default();
        heads.truncate(usize::try_from(fitting).unwrap_or(usize::MAX));
        if let Some(Head { trace, span, .. }) = heads.last() {
            let behind = Place::Spans { trace: *trace, after: Some(*span) };
            return Ok(some(whole(c, caller, run, &heads)?, behind));
        }
        from = (last, Some(LAST_SPAN));
        if i64::try_from(traces.len()) != Ok(TRACES) {
            return Ok(None);
        }
    }
}

/// The traces that a run points at, from this one on.
fn traces(c: &mut Connection, caller: &Caller, run: RunId, from: TraceId) -> Outcome<Vec<TraceId>> {
    let traces: Vec<Vec<u8>> = evaluations::table
        .filter(exists(seen(caller, run)))
        .filter(evaluations::organization_id.eq(Key::from(caller.organization)))
        .filter(evaluations::run_id.eq(Key::from(run)))
        .filter(evaluations::trace_id.is_not_null())
        .filter(evaluations::trace_id.assume_not_null().ge(from.0.to_vec()))
        .select(evaluations::trace_id.assume_not_null())
        .distinct()
        .order(evaluations::trace_id.assume_not_null())
        .limit(TRACES)
        .load(c)?;
    traces.into_iter().map(|trace| Ok(trace_of(trace)?)).collect()
}

/// The next spans of these traces, trace by trace: there may be few in each of many, or very many in one.
fn heads(
    c: &mut Connection,
    caller: &Caller,
    traces: &[TraceId],
    from: (TraceId, Option<SpanId>),
    room: Room,
) -> Outcome<Vec<Head>> {
    let mut heads: Vec<Head> = Vec::new();
    let (mut rows, mut bytes) = (room.rows, 0);
    for trace in traces {
        let after = from.1.filter(|_| *trace == from.0);
        let mut next = of_trace(caller, *trace).order(spans::span_id).limit(rows);
        if let Some(after) = after {
            next = next.filter(spans::span_id.gt(after.0.to_vec()));
        }
        let found: Vec<(Vec<u8>, i64)> =
            next.select((spans::span_id, fixed::<BigInt>(SPAN_SIZE))).load(c)?;
        for (span, size) in found {
            heads.push(Head { trace: *trace, span: span_of(span)?, bytes: size });
            (rows, bytes) = (rows - 1, bytes + size);
        }
        if rows <= 0 || bytes >= room.bytes {
            break;
        }
    }
    Ok(heads)
}

/// These spans as parts of a run, whole.
fn whole(
    c: &mut Connection,
    caller: &Caller,
    run: RunId,
    heads: &[Head],
) -> Outcome<Vec<(Option<CaseId>, RunPart)>> {
    let mut parts = Vec::with_capacity(heads.len());
    for trace in heads.chunk_by(|one, next| one.trace == next.trace) {
        let [first, ..] = trace else { continue };
        let ids: Vec<Vec<u8>> = trace.iter().map(|head| head.span.0.to_vec()).collect();
        let found: Vec<SpanCopyRecord> = of_trace(caller, first.trace)
            .filter(spans::span_id.eq_any(ids))
            .order(spans::span_id)
            .select(SpanCopyRecord::as_select())
            .load(c)?;
        for record in found {
            let copy = record.into_copy(run.into())?;
            parts.push((None, RunPart::Span(Box::new(copy))));
        }
    }
    Ok(parts)
}

fn of_trace<'a>(caller: &Caller, trace: TraceId) -> spans::BoxedQuery<'a, Backend> {
    spans::table
        .filter(spans::organization_id.eq(Key::from(caller.organization)))
        .filter(spans::trace_id.eq(trace.0.to_vec()))
        .into_boxed()
}
