//! What a benchmark has to evaluate, and what came of it.

use diesel::dsl::{count_star, exists, not, sql};
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use evalstone_core::benchmark::{
    Lease, NewVerdict, Regression, Regressions, Reported, StoredVerdict, VerdictLine,
};
use evalstone_core::caller::Caller;
use evalstone_core::dataset::StoredCase;
use evalstone_core::id::{CaseId, Number, PipelineId, RunId};

use super::super::{Backend, Connection, ext};
use super::benchmarks::{held, renew};
use super::case_lists::SIZE;
use super::runs::visible;
use crate::failure::Outcome;
use crate::records::benchmarks::{
    NEW_VERDICT_COLUMNS, NewVerdictRecord, RegressionRecord, SCORER, VerdictLineRecord,
    VerdictRecord,
};
use crate::records::cases::CaseRecord;
use crate::schema::{cases, datasets, evaluations, runs};
use crate::types::Key;

/// How many rows one INSERT carries.
const ROWS_PER_INSERT: usize = 500;
const _: () = assert!(ROWS_PER_INSERT * NEW_VERDICT_COLUMNS <= ext::MAX_BINDS);

/// Which cases a benchmark is over: those that its dataset had when it began and still has.
struct Scope {
    lease: Lease,
    dataset: Key,
    pipeline: PipelineId,
    until: Number,
}

/// The scope of a benchmark; none when its dataset is gone or the lease is lost.
fn scope(c: &mut Connection, lease: Lease) -> Outcome<Option<Scope>> {
    let found: Option<(Key, Key, Option<Number>)> = runs::table
        .inner_join(
            datasets::table.on(datasets::organization_id
                .eq(runs::organization_id)
                .and(datasets::id.nullable().eq(runs::dataset_id))),
        )
        .filter(held(lease))
        .filter(datasets::hidden_at.is_null())
        .select((datasets::id, datasets::pipeline_id, runs::until_number))
        .first(c)
        .optional()?;
    Ok(found.map(|(dataset, pipeline, until)| Scope {
        lease,
        dataset,
        pipeline: pipeline.into(),
        until: until.unwrap_or_default(),
    }))
}

impl Scope {
    /// Its cases, but for those of some stages.
    fn cases<'a>(&self, except: &'static [&'static str]) -> cases::BoxedQuery<'a, Backend> {
        let staged = cases::stage.is_not_null().and(cases::stage.assume_not_null().eq_any(except));
        cases::table
            .filter(cases::organization_id.eq(Key::from(self.lease.organization)))
            .filter(cases::dataset_id.eq(self.dataset))
            .filter(cases::deleted_at.is_null())
            .filter(cases::number.le(self.until))
            .filter(not(staged))
            .into_boxed::<Backend>()
    }

    /// Those of its cases that have no verdict yet.
    fn open<'a>(&self, except: &'static [&'static str]) -> cases::BoxedQuery<'a, Backend> {
        let evaluated = evaluations::table
            .filter(evaluations::organization_id.eq(Key::from(self.lease.organization)))
            .filter(evaluations::run_id.eq(Key::from(self.lease.run)))
            .filter(evaluations::case_id.eq(cases::id.nullable()))
            .filter(evaluations::scorer.eq(SCORER));
        self.cases(except).filter(not(exists(evaluated)))
    }

    fn stored(&self, rows: Vec<CaseRecord>) -> Vec<StoredCase> {
        rows.into_iter().map(|record| record.into_case(self.pipeline)).collect()
    }
}

/// The next cases after the one with the number `after` that have no verdict yet, as many as have
/// `bytes` of payloads together, but one at least where there are any.
pub fn open_cases(
    c: &mut Connection,
    lease: Lease,
    except: &'static [&'static str],
    after: Number,
    limit: i64,
    bytes: i64,
) -> Outcome<Vec<StoredCase>> {
    let Some(scope) = scope(c, lease)? else {
        return Ok(Vec::new());
    };
    let open = || scope.open(except).filter(cases::number.gt(after)).order(cases::number);
    let sizes: Vec<(Number, i64)> =
        open().select((cases::number, sql::<BigInt>(SIZE))).limit(limit).load(c)?;
    let Some(last) = last_fitting(sizes, bytes) else {
        return Ok(Vec::new());
    };
    let rows = open().filter(cases::number.le(last)).select(CaseRecord::as_select()).load(c)?;
    Ok(scope.stored(rows))
}

/// The last of these numbers up to which the sizes fit into `bytes`; the first fits in any case.
fn last_fitting(sizes: Vec<(Number, i64)>, bytes: i64) -> Option<Number> {
    let mut total = 0;
    let fitting = sizes.into_iter().take_while(|(_, size)| {
        let before = total;
        total += size;
        before == 0 || total <= bytes
    });
    fitting.last().map(|(number, _)| number)
}

/// How many cases of the benchmark have no verdict yet; none when its dataset is gone or the lease
/// is lost.
pub fn open_count(
    c: &mut Connection,
    lease: Lease,
    except: &'static [&'static str],
) -> Outcome<Option<i64>> {
    match scope(c, lease)? {
        Some(scope) => Ok(Some(scope.open(except).select(count_star()).first(c)?)),
        None => Ok(None),
    }
}

/// Those of these cases that belong to the benchmark, evaluated or not, in no order.
pub fn cases_of(
    c: &mut Connection,
    lease: Lease,
    except: &'static [&'static str],
    ids: &[CaseId],
) -> Outcome<Vec<StoredCase>> {
    let Some(scope) = scope(c, lease)? else {
        return Ok(Vec::new());
    };
    let ids = ids.iter().map(|id| Key::from(*id));
    let query = scope.cases(except).filter(cases::id.eq_any(ids.collect::<Vec<_>>()));
    let rows = query.select(CaseRecord::as_select()).load(c)?;
    Ok(scope.stored(rows))
}

/// Those of these cases that belong to the benchmark and have no verdict yet.
pub fn open_of(
    c: &mut Connection,
    lease: Lease,
    except: &'static [&'static str],
    ids: &[CaseId],
) -> Outcome<Vec<CaseId>> {
    let Some(scope) = scope(c, lease)? else {
        return Ok(Vec::new());
    };
    let ids = ids.iter().map(|id| Key::from(*id));
    let query = scope.open(except).filter(cases::id.eq_any(ids.collect::<Vec<_>>()));
    let rows: Vec<Key> = query.select(cases::id).load(c)?;
    Ok(rows.into_iter().map(Into::into).collect())
}

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
        accepted += diesel::insert_into(evaluations::table)
            .values(&rows)
            .on_conflict_do_nothing()
            .execute(c)?;
    }
    let accepted = i64::try_from(accepted).unwrap_or(i64::MAX);
    let completed = diesel::update(runs::table.filter(held(lease)))
        .set(runs::completed.eq(runs::completed + accepted))
        .returning(runs::completed)
        .get_result(c)?;
    Ok(Some(Reported { accepted, completed }))
}

/// The next verdicts of a run after the case with the number `after`, as a summary wants them.
pub fn lines(
    c: &mut Connection,
    lease: Lease,
    after: Number,
    limit: i64,
) -> Outcome<Vec<VerdictLine>> {
    let rows: Vec<VerdictLineRecord> = evaluations::table
        .filter(evaluations::organization_id.eq(Key::from(lease.organization)))
        .filter(evaluations::run_id.eq(Key::from(lease.run)))
        .filter(evaluations::position.is_not_null())
        .filter(evaluations::position.gt(after))
        .order(evaluations::position)
        .limit(limit)
        .select(VerdictLineRecord::as_select())
        .load(c)?;
    rows.into_iter().map(|row| Ok(VerdictLine::try_from(row)?)).collect()
}

/// The cases that the one run got right and the other does not, as far as the caller sees both: how
/// many, and the first `limit` in the dataset's order.
pub fn regressions(
    c: &mut Connection,
    caller: &Caller,
    base: RunId,
    candidate: RunId,
    limit: i64,
) -> Outcome<Regressions> {
    let (right, wrong) = diesel::alias!(evaluations as right, evaluations as wrong);
    let organization = Key::from(caller.organization);
    let seen = |run: RunId| {
        runs::table
            .filter(visible(organization, caller.user.into()))
            .filter(runs::id.eq(Key::from(run)))
            .select(runs::id)
    };
    let query = || {
        right
            .inner_join(
                wrong.on(wrong
                    .field(evaluations::organization_id)
                    .eq(right.field(evaluations::organization_id))
                    .and(wrong.field(evaluations::case_id).eq(right.field(evaluations::case_id)))
                    .and(wrong.field(evaluations::scorer).eq(right.field(evaluations::scorer)))),
            )
            .filter(right.field(evaluations::organization_id).eq(organization))
            .filter(right.field(evaluations::run_id).eq_any(seen(base)))
            .filter(wrong.field(evaluations::run_id).eq_any(seen(candidate)))
            .filter(right.field(evaluations::scorer).eq(SCORER))
            .filter(right.field(evaluations::passed).eq(true))
            .filter(wrong.field(evaluations::passed).eq(false))
    };
    let count: i64 = query().select(count_star()).first(c)?;
    let rows: Vec<RegressionRecord> = query()
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
    let next = || {
        of_seen(caller, run).filter(evaluations::position.gt(after)).order(evaluations::position)
    };
    let sizes: Vec<(Number, i64)> = next()
        .select((evaluations::position.assume_not_null(), sql::<BigInt>(VERDICT_SIZE)))
        .limit(limit)
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

/// The bytes of a verdict's payloads, in words that both backends understand.
const VERDICT_SIZE: &str = "CAST(coalesce(octet_length(evaluations.inputs), 0) AS bigint) \
     + coalesce(octet_length(evaluations.output), 0) + coalesce(octet_length(evaluations.expected), 0) \
     + coalesce(octet_length(evaluations.metadata), 0) + coalesce(octet_length(evaluations.details), 0)";

/// The verdicts of a run that the caller sees.
fn of_seen<'a>(caller: &Caller, run: RunId) -> evaluations::BoxedQuery<'a, Backend> {
    let seen = runs::table
        .filter(visible(caller.organization.into(), caller.user.into()))
        .filter(runs::id.eq(Key::from(run)))
        .select(runs::id);
    evaluations::table
        .filter(evaluations::organization_id.eq(Key::from(caller.organization)))
        .filter(evaluations::run_id.eq_any(seen))
        .filter(evaluations::position.is_not_null())
        .into_boxed::<Backend>()
}
