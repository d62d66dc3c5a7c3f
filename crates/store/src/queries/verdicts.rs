//! What came of benchmarks.

use diesel::dsl::{count_star, exists};
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use evalstone_core::benchmark::{
    Lease, NewVerdict, Regression, Regressions, Reported, StoredVerdict, VerdictLine,
};
use evalstone_core::caller::Caller;
use evalstone_core::id::{Number, RunId};

use super::super::{Backend, Connection, ext};
use super::benchmark_cases::last_fitting;
use super::benchmarks::{held, renew};
use super::runs::seen;
use crate::failure::Outcome;
use crate::fixed::fixed;
use crate::records::benchmarks::{
    NEW_VERDICT_COLUMNS, NewVerdictRecord, RegressionRecord, VerdictLineRecord, VerdictRecord,
};
use crate::schema::{evaluations, runs};
use crate::types::Key;

/// How many rows one INSERT carries.
const ROWS_PER_INSERT: usize = 500;
const _: () = assert!(ROWS_PER_INSERT * NEW_VERDICT_COLUMNS <= ext::MAX_BINDS);

/// Stores verdicts and renews the lease. None when the lease is lost; then nothing is stored.
pub fn report(c: &mut Connection, lease: Lease, new: &[NewVerdict]) -> Outcome<Option<Reported>> {
    let Some(now) = renew(c, lease)? else {
        return Ok(None);
    };
    let mut accepted = 0;
    for chunk in new.chunks(ROWS_PER_INSERT) {
        let rows: Vec<NewVerdictRecord<'_>> = chunk
            .iter()
            .map(|new| NewVerdictRecord::of(lease.organization.into(), lease.run.into(), new, now))
            .collect();
        accepted += ext::insert_verdicts(c, &rows)?;
    }
    let accepted = i64::try_from(accepted).unwrap_or(i64::MAX);
    let target = runs::table.filter(held(lease));
    let completed = diesel::update(target)
        .set(runs::completed.eq(runs::completed + accepted))
        .returning(runs::completed)
        .get_result(c)?;
    if accepted > 0 {
        // Whoever gets on has not begun in vain.
        diesel::update(target).set(runs::attempts.eq(0)).execute(c)?;
    }
    Ok(Some(Reported { accepted, completed }))
}

/// The next verdicts of a run after the case with the number `after`, as a summary wants them: as
/// many as have `bytes` of expectations together, but one at least where there are any.
pub fn lines(
    c: &mut Connection,
    lease: Lease,
    after: Number,
    limit: i64,
    bytes: i64,
) -> Outcome<Vec<VerdictLine>> {
    let next = || {
        evaluations::table
            .filter(evaluations::organization_id.eq(Key::from(lease.organization)))
            .filter(evaluations::run_id.eq(Key::from(lease.run)))
            .filter(evaluations::position.assume_not_null().gt(after))
            .order(evaluations::position)
            .limit(limit)
    };
    let sizes: Vec<(Number, i64)> = next()
        .select((evaluations::position.assume_not_null(), fixed::<BigInt>(EXPECTED_SIZE)))
        .load(c)?;
    let Some(last) = last_fitting(sizes, bytes) else {
        return Ok(Vec::new());
    };
    let rows: Vec<VerdictLineRecord> = next()
        .filter(evaluations::position.assume_not_null().le(last))
        .select(VerdictLineRecord::as_select())
        .load(c)?;
    rows.into_iter().map(|row| Ok(VerdictLine::try_from(row)?)).collect()
}

/// The cases that the one run got right and the other does not, as far as the caller sees both: how
/// many, and the first `limit` in the order of `base`, or as many of them as have `bytes` of
/// expectations together. Where a case stands is each run's own business: one that came from elsewhere has
/// other places.
pub fn regressions(
    c: &mut Connection,
    caller: &Caller,
    base: RunId,
    candidate: RunId,
    limit: i64,
    bytes: i64,
) -> Outcome<Regressions> {
    let (right, wrong) = diesel::alias!(evaluations as right, evaluations as wrong);
    let organization = Key::from(caller.organization);
    let query = || {
        right
            .inner_join(
                wrong.on(wrong
                    .field(evaluations::organization_id)
                    .eq(right.field(evaluations::organization_id))
                    .and(wrong.field(evaluations::case_id).eq(right.field(evaluations::case_id)))
                    .and(wrong.field(evaluations::scorer).is_not_null())),
            )
            .filter(exists(seen(caller, base)))
            .filter(exists(seen(caller, candidate)))
            .filter(right.field(evaluations::organization_id).eq(organization))
            .filter(right.field(evaluations::run_id).eq(Key::from(base)))
            .filter(right.field(evaluations::position).is_not_null())
            .filter(wrong.field(evaluations::run_id).eq(Key::from(candidate)))
            .filter(right.field(evaluations::passed).eq(true))
            .filter(wrong.field(evaluations::passed).eq(false))
    };
    ext::without_nested_loops(c, |c| {
        let count: i64 = query().select(count_star()).first(c)?;
        let position = right.field(evaluations::position).assume_not_null();
        let sizes: Vec<(Number, i64)> = query()
            .order(right.field(evaluations::position))
            .limit(limit)
            .select((position, fixed::<BigInt>(RIGHT_SIZE)))
            .load(c)?;
        let Some(last) = last_fitting(sizes, bytes) else {
            return Ok(Regressions { count, first: Vec::new() });
        };
        let rows: Vec<RegressionRecord> = query()
            .filter(position.le(last))
            .order(right.field(evaluations::position))
            .limit(limit)
            .select((
                right.field(evaluations::case_id),
                right.field(evaluations::expected),
                right.field(evaluations::decision),
                wrong.field(evaluations::decision),
            ))
            .load(c)?;
        let first = rows.into_iter().map(|row| Ok(Regression::try_from(row)?));
        Ok(Regressions { count, first: first.collect::<Outcome<_>>()? })
    })
}

/// The number of the case whose verdict has `offset` others before it, if there is one.
pub fn position_at(
    c: &mut Connection,
    caller: &Caller,
    run: RunId,
    offset: i64,
) -> Outcome<Option<Number>> {
    let position: Option<Option<Number>> = of_seen(caller, run)
        .order(evaluations::position)
        .offset(offset)
        .limit(1)
        .select(evaluations::position)
        .first(c)
        .optional()?;
    Ok(position.flatten())
}

/// The next verdicts of a run after the case with the number `after`, in the dataset's order, as
/// many as have `bytes` of payloads together, but one at least where there are any.
pub fn page(
    c: &mut Connection,
    caller: &Caller,
    run: RunId,
    after: Number,
    limit: i64,
    bytes: i64,
) -> Outcome<Vec<(Number, StoredVerdict)>> {
    // The limit tells Postgres each time that few rows are wanted, so that it takes them in order.
    let next = || {
        of_seen(caller, run)
            .filter(evaluations::position.gt(after))
            .order(evaluations::position)
            .limit(limit)
    };
    let sizes: Vec<(Number, i64)> = next()
        .select((evaluations::position.assume_not_null(), fixed::<BigInt>(VERDICT_SIZE)))
        .load(c)?;
    let Some(last) = last_fitting(sizes, bytes) else {
        return Ok(Vec::new());
    };
    let rows: Vec<(Number, VerdictRecord)> = next()
        .filter(evaluations::position.le(last))
        .select((evaluations::position.assume_not_null(), VerdictRecord::as_select()))
        .load(c)?;
    rows.into_iter().map(|(position, row)| Ok((position, StoredVerdict::try_from(row)?))).collect()
}

/// The bytes of a verdict's texts, in words that both backends understand.
const VERDICT_SIZE: &str = "CAST(octet_length(evaluations.name) AS bigint) \
     + coalesce(octet_length(evaluations.stage), 0) + coalesce(octet_length(evaluations.inputs), 0) \
     + coalesce(octet_length(evaluations.output), 0) + coalesce(octet_length(evaluations.expected), 0) \
     + coalesce(octet_length(evaluations.metadata), 0) \
     + coalesce(octet_length(evaluations.rule_hits), 0) \
     + coalesce(octet_length(evaluations.details), 0)";

/// The bytes of what was expected.
const EXPECTED_SIZE: &str = "CAST(coalesce(octet_length(evaluations.expected), 0) AS bigint)";
/// The same of the side of a comparison that was right.
const RIGHT_SIZE: &str = "CAST(coalesce(octet_length(\"right\".expected), 0) AS bigint)";

/// The verdicts of a run that the caller sees.
fn of_seen<'a>(caller: &Caller, run: RunId) -> evaluations::BoxedQuery<'a, Backend> {
    evaluations::table
        .filter(exists(seen(caller, run)))
        .filter(evaluations::organization_id.eq(Key::from(caller.organization)))
        .filter(evaluations::run_id.eq(Key::from(run)))
        .filter(evaluations::position.is_not_null())
        .into_boxed::<Backend>()
}
