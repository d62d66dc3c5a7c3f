//! What people are shown of a run. However long its payloads and traces are, an answer has a bound:
//! texts are cut by the database, and of traces only the links are read before it is known which
//! spans are wanted.

use diesel::dsl::{count, count_star, exists, sql};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Double, Integer, Nullable, Text};
use evalstone_core::caller::Caller;
use evalstone_core::dataset::Window;
use evalstone_core::id::RunId;
use evalstone_core::report::{Counts, Payload, Report, Row, RowKey, Trace, WholeSpan};
use evalstone_core::trace::SpanId;

use super::super::{Backend, Connection, ext};
use super::runs::seen;
use super::traces;
use crate::failure::Outcome;
use crate::records::report::RowRecord;
use crate::schema::evaluations;
use crate::types::Key;

diesel::define_sql_function! {
    /// As many characters of a text as are wanted, from the first, which is number 1.
    fn substr(text: Nullable<Text>, from: Integer, characters: Integer) -> Nullable<Text>;
}

diesel::define_sql_function! {
    /// How many bytes a text has.
    fn octet_length(text: Nullable<Text>) -> Nullable<Integer>;
}

/// How many characters of a name are shown.
pub const NAME: i32 = 500;
/// How many characters of a payload are shown in a list.
const IN_LIST: i32 = 16 << 10;
/// How many characters of a payload are shown of a single row.
const ALONE: i32 = 256 << 10;

type Rows<'a> = evaluations::BoxedQuery<'a, Backend>;

/// The evaluations of a run, if the caller sees it.
fn of_run<'a>(caller: &Caller, run: RunId) -> Rows<'a> {
    evaluations::table
        .filter(exists(seen(caller, run)))
        .filter(evaluations::organization_id.eq(Key::from(caller.organization)))
        .filter(evaluations::run_id.eq(Key::from(run)))
        .into_boxed()
}

fn one<'a>(caller: &Caller, run: RunId, key: RowKey) -> Rows<'a> {
    of_run(caller, run)
        .filter(evaluations::trace_id.eq(key.trace.0.to_vec()))
        .filter(evaluations::span_id.eq(key.span.0.to_vec()))
}

/// Rows of a run in the order in which they began, with the beginnings of their traces. They are
/// reported when they end, and numbered in any order where they are reported together.
pub fn list(c: &mut Connection, caller: &Caller, run: RunId, window: Window) -> Outcome<Report> {
    let Window { offset, limit } = window;
    let order = (evaluations::started_at, evaluations::number);
    let mut query = of_run(caller, run).order(order).offset(offset);
    if let Some(limit) = limit {
        query = query.limit(limit);
    }
    let rows = load(c, query, IN_LIST)?;
    let keys: Vec<RowKey> = rows.iter().map(|row| row.key).collect();
    let traces = traces::beginnings(c, caller, &keys)?;
    Ok(Report { counts: counts(c, caller, run)?, rows: rows.into_iter().zip(traces).collect() })
}

/// A row with one part of its trace: that of this number, or else the one that shows the row's
/// own span.
pub fn row(
    c: &mut Connection,
    caller: &Caller,
    run: RunId,
    key: RowKey,
    page: Option<i64>,
) -> Outcome<Option<(Row, Trace)>> {
    let Some(row) = load(c, one(caller, run, key), ALONE)?.pop() else {
        return Ok(None);
    };
    Ok(Some((row, traces::part(c, caller, key, page)?)))
}

fn load(c: &mut Connection, query: Rows<'_>, characters: i32) -> Outcome<Vec<Row>> {
    use evaluations as e;
    let rows: Vec<RowRecord> = query
        .select((
            e::case_id,
            substr(e::name.nullable(), 1, NAME),
            (substr(e::inputs, 1, characters), octet_length(e::inputs)),
            (substr(e::output, 1, characters), octet_length(e::output)),
            (substr(e::expected, 1, characters), octet_length(e::expected)),
            (substr(e::error, 1, characters), octet_length(e::error)),
            e::trace_id.assume_not_null(),
            e::span_id.assume_not_null(),
            e::started_at,
            e::finished_at,
        ))
        .load(c)?;
    rows.into_iter().map(|row| Ok(Row::try_from(row)?)).collect()
}

/// A clock that was set back makes an end before its beginning; such a row took no time.
fn duration() -> String {
    let micros = ext::MICROS_TAKEN;
    format!("CASE WHEN {micros} > 0 THEN CAST({micros} AS double precision) ELSE 0.0 END")
}

fn counts(c: &mut Connection, caller: &Caller, run: RunId) -> Outcome<Counts> {
    let total = format!("CAST(coalesce(sum({}), 0.0) AS double precision)", duration());
    let (rows, errors, total_micros): (i64, i64, f64) = of_run(caller, run)
        .select((count_star(), count(evaluations::error), sql::<Double>(&total)))
        .first(c)?;
    let mut middle: Vec<f64> = Vec::new();
    if rows > 0 {
        middle = of_run(caller, run)
            .order(sql::<Double>(&duration()))
            .offset((rows - 1) / 2)
            .limit(2 - rows % 2)
            .select(sql::<Double>(&duration()))
            .load(c)?;
    }
    let median = middle.iter().sum::<f64>() / middle.len() as f64;
    Ok(Counts { rows, errors, total_micros, median_micros: (!middle.is_empty()).then_some(median) })
}

/// A payload of a row, whole; the inner none when the row has none.
pub fn payload(
    c: &mut Connection,
    caller: &Caller,
    run: RunId,
    key: RowKey,
    payload: Payload,
) -> Outcome<Option<Option<String>>> {
    let row = one(caller, run, key);
    let found = match payload {
        Payload::Inputs => row.select(evaluations::inputs).first(c),
        Payload::Output => row.select(evaluations::output).first(c),
        Payload::Expected => row.select(evaluations::expected).first(c),
        Payload::Error => row.select(evaluations::error).first(c),
    };
    Ok(found.optional()?)
}

/// A span of the trace of a row, whole.
pub fn span(
    c: &mut Connection,
    caller: &Caller,
    run: RunId,
    key: RowKey,
    span: SpanId,
) -> Outcome<Option<WholeSpan>> {
    let known: i64 = one(caller, run, key).select(sql::<BigInt>("count(*)")).first(c)?;
    if known == 0 {
        return Ok(None);
    }
    traces::whole(c, caller, key.trace, &[span]).map(|spans| spans.into_values().next())
}
