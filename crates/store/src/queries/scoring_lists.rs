//! Scoring runs and what came of them, listed piece by piece.

use std::collections::{BTreeSet, HashMap};

use diesel::dsl::exists;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable};
use evalstone_core::caller::Caller;
use evalstone_core::id::{DatasetId, Number, RunId};
use evalstone_core::scoring::{Scoring, StoredScore};

use super::super::Connection;
use super::benchmark_cases::last_fitting;
use super::runs::seen;
use super::scorings::{KIND, load, shown};
use crate::failure::Outcome;
use crate::fixed::fixed;
use crate::records::scorings::{RowRecord, ScoreRecord};
use crate::schema::{evaluations, run_rows, runs};
use crate::scorings::RunsOf;
use crate::types::Key;

/// The bytes of what a run's settings and means are kept as.
const RUN_SIZE: &str = "CAST(coalesce(octet_length(settings), 0) AS bigint) \
     + coalesce(octet_length(summary), 0)";

/// The next scoring runs of something that the caller sees behind the one with the number `last`, as many as
/// have `bytes` of settings together, but one at least where there are any. Beside them the number behind
/// which the next piece begins, none at the end: what was looked for may be gone by the time when it is read.
pub fn piece(
    c: &mut Connection,
    caller: &Caller,
    of: RunsOf,
    last: Option<Number>,
    limit: i64,
    bytes: i64,
) -> Outcome<(Vec<Scoring>, Option<Number>)> {
    let next = |until: Option<Number>| {
        let query = shown(caller).limit(limit);
        match of {
            RunsOf::Dataset(id) => query
                .filter(runs::dataset_id.assume_not_null().eq(Key::from(id)))
                .filter(runs::number.gt(last.unwrap_or(0)))
                .filter(runs::number.le(until.unwrap_or(Number::MAX)))
                .order(runs::number),
            RunsOf::Collection(id) => query
                .filter(runs::collection_id.assume_not_null().eq(Key::from(id)))
                .filter(runs::number.lt(last.unwrap_or(Number::MAX)))
                .filter(runs::number.ge(until.unwrap_or(0)))
                .order(runs::number.desc()),
        }
    };
    let sizes: Vec<(Number, i64)> =
        next(None).select((runs::number, fixed::<BigInt>(RUN_SIZE))).load(c)?;
    let is_full = i64::try_from(sizes.len()) == Ok(limit);
    let end = sizes.last().map(|(number, _)| *number);
    let Some(last) = last_fitting(sizes, bytes) else {
        return Ok((Vec::new(), None));
    };
    let rows = load(c, caller, next(Some(last)))?;
    Ok((rows, (is_full || end != Some(last)).then_some(last)))
}

/// The ids and numbers of the next scoring runs of a dataset after the one with the number `after` that the
/// caller sees, in the order of their numbers.
pub fn numbers_of_dataset(
    c: &mut Connection,
    caller: &Caller,
    dataset: DatasetId,
    after: Number,
    limit: i64,
) -> Outcome<Vec<(RunId, Number)>> {
    let rows: Vec<(Key, Number)> = shown(caller)
        .filter(runs::dataset_id.assume_not_null().eq(Key::from(dataset)))
        .filter(runs::number.gt(after))
        .order(runs::number)
        .limit(limit)
        .select((runs::id, runs::number))
        .load(c)?;
    Ok(rows.into_iter().map(|(id, number)| (id.into(), number)).collect())
}

/// The bytes of an evaluation's texts with the row that it is of; null without one. Other than a join, which
/// Postgres may make with all rows of the run, a subquery looks up one row.
const SCORE_SIZE: &str = "CAST(coalesce(octet_length(evaluations.arguments), 0) AS bigint) \
     + coalesce(octet_length(evaluations.explanation), 0) \
     + coalesce(octet_length(evaluations.details), 0) + coalesce(octet_length(evaluations.error), 0) \
     + (SELECT octet_length(run_rows.inputs) + coalesce(octet_length(run_rows.output), 0) \
     + coalesce(octet_length(run_rows.expected), 0) + coalesce(octet_length(run_rows.metadata), 0) \
     FROM run_rows WHERE run_rows.organization_id = evaluations.organization_id \
     AND run_rows.run_id = evaluations.run_id AND run_rows.position = evaluations.row_position)";

/// The next evaluations of a run after the one with the number `after`, as many as have `bytes` of texts
/// together, but one at least where there are any.
pub fn scores(
    c: &mut Connection,
    caller: &Caller,
    run: (RunId, Number),
    after: Number,
    limit: i64,
    bytes: i64,
) -> Outcome<Vec<StoredScore>> {
    let (run, run_number) = run;
    let organization = Key::from(caller.organization);
    let next = || {
        evaluations::table
            .filter(exists(seen(caller, run).filter(runs::kind.eq(KIND))))
            .filter(evaluations::organization_id.eq(organization))
            .filter(evaluations::run_id.eq(Key::from(run)))
            .filter(evaluations::number.gt(after))
            .order(evaluations::number)
            .limit(limit)
    };
    let sizes: Vec<(Number, Option<i64>)> =
        next().select((evaluations::number, fixed::<Nullable<BigInt>>(SCORE_SIZE))).load(c)?;
    let sizes = sizes.into_iter().filter_map(|(number, size)| Some((number, size?)));
    let Some(last) = last_fitting(sizes, bytes) else {
        return Ok(Vec::new());
    };
    let found: Vec<(Option<i64>, ScoreRecord)> = next()
        .filter(evaluations::number.le(last))
        .select((evaluations::row_position, ScoreRecord::as_select()))
        .load(c)?;
    let places: BTreeSet<i64> = found.iter().filter_map(|(place, _)| *place).collect();
    let rows = rows_at(c, (organization, run.into()), &places)?;
    let mut scores = Vec::with_capacity(found.len());
    for (place, record) in found {
        if let Some(row) = place.and_then(|place| rows.get(&place)) {
            scores.push(record.into_score(run_number, row.clone())?);
        }
    }
    Ok(scores)
}

/// The rows of a run that have these places. They commonly lie side by side: Postgres may look at all rows
/// for a list of places, but not beyond the first and the last.
fn rows_at(
    c: &mut Connection,
    (organization, run): (Key, Key),
    places: &BTreeSet<i64>,
) -> Outcome<HashMap<i64, RowRecord>> {
    let (Some(first), Some(last)) = (places.first(), places.last()) else {
        return Ok(HashMap::new());
    };
    let rows: Vec<RowRecord> = run_rows::table
        .filter(run_rows::organization_id.eq(organization))
        .filter(run_rows::run_id.eq(run))
        .filter(run_rows::position.between(*first, *last))
        .filter(run_rows::position.eq_any(places.iter().copied().collect::<Vec<i64>>()))
        .select(RowRecord::as_select())
        .load(c)?;
    Ok(rows.into_iter().map(|row| (row.position, row)).collect())
}
