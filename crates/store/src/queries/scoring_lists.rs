//! Scoring runs, listed piece by piece.

use diesel::prelude::*;
use diesel::sql_types::BigInt;
use evalstone_core::caller::Caller;
use evalstone_core::id::{DatasetId, Number, RunId};
use evalstone_core::scoring::Scoring;

use super::super::Connection;
use super::benchmark_cases::last_fitting;
use super::scorings::{load, shown};
use crate::failure::Outcome;
use crate::fixed::fixed;
use crate::schema::runs;
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
