//! Benchmarks: how they are started, listed, claimed and ended.

use std::time::Duration;

use chrono::TimeDelta;
use diesel::dsl::{count_star, max};
use diesel::prelude::*;
use evalstone_core::attempt::Made;
use evalstone_core::benchmark::{
    Benchmark, BenchmarkFilter, Claimed, End, Lease, NewBenchmark, Runner,
};
use evalstone_core::caller::Caller;
use evalstone_core::dataset::Window;
use evalstone_core::error::Error;
use evalstone_core::id::{OrganizationId, RunId};
use evalstone_core::json::RawObject;
use evalstone_core::run::{RunKind, RunStatus};
use uuid::Uuid;

use super::super::{Backend, Connection, ext};
use super::{attempts, datasets as dataset_queries, runs as run_queries};
use crate::failure::Outcome;
use crate::records::benchmarks::{BenchmarkRecord, ClaimedRecord, NewBenchmarkRecord};
use crate::schema::{cases, datasets, runs};
use crate::types::{Key, Time};

const KIND: &str = RunKind::Benchmark.as_str();

/// How many of the waiting runs are tried at a time; others try them, too.
const CANDIDATES: i64 = 16;

/// Starts a benchmark over the cases that its dataset has now. None when the caller sees no such
/// dataset.
pub fn start(
    c: &mut Connection,
    caller: &Caller,
    new: &NewBenchmark,
) -> Outcome<Option<Benchmark>> {
    attempts::begin(c, [caller])?;
    let NewBenchmark { origin, dataset, runner, policy, policy_version, bundle, except_stages } =
        new;
    let organization = Key::from(caller.organization);
    let found: Option<(Key, bool)> = datasets::table
        .filter(dataset_queries::visible(organization, caller.user.into()))
        .filter(datasets::id.eq(Key::from(*dataset)))
        .select((datasets::pipeline_id, datasets::shared))
        .first(c)
        .optional()?;
    let Some((pipeline_id, shared)) = found else {
        return Ok(None);
    };
    let left_out =
        cases::stage.is_not_null().and(cases::stage.assume_not_null().eq_any(*except_stages));
    let (total, until_number): (i64, Option<i64>) = cases::table
        .filter(cases::organization_id.eq(organization))
        .filter(cases::dataset_id.eq(Key::from(*dataset)))
        .filter(cases::deleted_at.is_null())
        .filter(diesel::dsl::not(left_out))
        .select((count_star(), max(cases::number)))
        .first(c)?;
    let record: BenchmarkRecord = diesel::insert_into(runs::table)
        .values(NewBenchmarkRecord {
            organization_id: organization,
            id: RunId::generate().into(),
            kind: KIND,
            pipeline_id,
            owner_id: Some(caller.user.into()),
            shared,
            status: RunStatus::Queued.as_str(),
            origin,
            dataset_id: (*dataset).into(),
            runner: runner.as_str(),
            policy: policy.as_ref().map(RawObject::as_str),
            policy_version: policy_version.as_deref(),
            bundle_id: bundle.as_deref(),
            until_number,
            total,
        })
        .returning(BenchmarkRecord::as_returning())
        .get_result(c)?;
    let made = Benchmark::try_from(record)?;
    attempts::keep(c, [(caller, Made::Benchmark(&made))])?;
    Ok(Some(made))
}

/// The benchmark with this id.
pub fn find(c: &mut Connection, caller: &Caller, id: RunId) -> Outcome<Option<Benchmark>> {
    let row: Option<BenchmarkRecord> = runs::table
        .filter(run_queries::visible(caller.organization.into(), caller.user.into()))
        .filter(runs::kind.eq(KIND))
        .filter(runs::id.eq(Key::from(id)))
        .select(BenchmarkRecord::as_select())
        .first(c)
        .optional()?;
    Ok(row.map(Benchmark::try_from).transpose()?)
}

/// How many benchmarks meet the filter, and those of a window, newest first.
pub fn list(
    c: &mut Connection,
    caller: &Caller,
    filter: &BenchmarkFilter,
    window: Window,
) -> Outcome<(i64, Vec<Benchmark>)> {
    let meeting = || {
        let mut query = runs::table
            .filter(run_queries::visible(caller.organization.into(), caller.user.into()))
            .filter(runs::kind.eq(KIND))
            .into_boxed::<Backend>();
        let BenchmarkFilter { dataset, status } = filter;
        if let Some(dataset) = dataset {
            query = query.filter(runs::dataset_id.assume_not_null().eq(Key::from(*dataset)));
        }
        if let Some(status) = status {
            query = query.filter(runs::status.eq(status.as_str()));
        }
        query
    };
    let total: i64 = meeting().select(count_star()).first(c)?;
    let Window { offset, limit } = window;
    let mut rows = meeting().order(runs::number.desc()).offset(offset);
    if let Some(limit) = limit {
        rows = rows.limit(limit);
    }
    let rows: Vec<BenchmarkRecord> = rows.select(BenchmarkRecord::as_select()).load(c)?;
    let rows = rows.into_iter().map(|row| Ok(Benchmark::try_from(row)?));
    Ok((total, rows.collect::<Outcome<_>>()?))
}

/// The oldest benchmarks that wait for a runtime and that the caller sees.
pub fn waiting_for_runtime(c: &mut Connection, caller: &Caller) -> Outcome<Vec<RunId>> {
    let now = clock(c)?;
    let waiting: Vec<Key> = runs::table
        .filter(run_queries::visible(caller.organization.into(), caller.user.into()))
        .filter(runs::runner.assume_not_null().eq(Runner::Runtime.as_str()))
        .filter(to_be_had(now))
        .order(runs::number)
        .limit(CANDIDATES)
        .select(runs::id)
        .load(c)?;
    Ok(waiting.into_iter().map(Into::into).collect())
}

/// The oldest runs that wait for a gateway's work of this kind, in whichever organization.
pub fn waiting_for(c: &mut Connection, runner: Runner) -> Outcome<Vec<(OrganizationId, RunId)>> {
    let now = clock(c)?;
    let waiting: Vec<(Key, Key)> = runs::table
        .filter(runs::runner.assume_not_null().eq(runner.as_str()))
        .filter(to_be_had(now))
        .order(runs::number)
        .limit(CANDIDATES)
        .select((runs::organization_id, runs::id))
        .load(c)?;
    Ok(waiting.into_iter().map(|(organization, id)| (organization.into(), id.into())).collect())
}

/// Gives this benchmark to `worker`, unless somebody else was faster: of two that try at the same
/// time the second waits for the row, and then finds that it is not to be had.
pub fn claim(
    c: &mut Connection,
    organization: OrganizationId,
    id: RunId,
    runner: Runner,
    worker: Uuid,
    term: Duration,
) -> Outcome<Option<Claimed>> {
    if !take(c, organization, id, runner, worker, term)? {
        return Ok(None);
    }
    let target = runs::table.find((Key::from(organization), Key::from(id)));
    let row = target.select(ClaimedRecord::as_select()).first(c)?;
    let ClaimedRecord {
        organization_id,
        id,
        dataset_id,
        policy,
        policy_version,
        bundle_id,
        total,
        attempts,
    } = row;
    let dataset = dataset_id.ok_or_else(|| Error::fault("a benchmark without a dataset"))?;
    let lease = Lease { organization: organization_id.into(), run: id.into(), worker, term };
    Ok(Some(Claimed {
        lease,
        dataset: dataset.into(),
        policy: policy.map(RawObject::trusted),
        policy_version,
        bundle: bundle_id,
        total,
        attempts,
    }))
}

/// Takes the lease of a run that waits for a runner of this kind; whether it was to be had.
pub fn take(
    c: &mut Connection,
    organization: OrganizationId,
    id: RunId,
    runner: Runner,
    worker: Uuid,
    term: Duration,
) -> Outcome<bool> {
    let now = clock(c)?;
    let target = runs::table.find((Key::from(organization), Key::from(id)));
    let waits = runs::runner.assume_not_null().eq(runner.as_str()).and(to_be_had(now));
    let taken = diesel::update(target.filter(waits))
        .set((
            runs::status.eq(RunStatus::Running.as_str()),
            runs::worker.eq(Key(worker)),
            runs::lease_until.eq(end_of(now, term)),
            runs::attempts.eq(runs::attempts + 1),
        ))
        .execute(c)?;
    if taken == 1 {
        diesel::update(target.filter(runs::started_at.is_null()))
            .set(runs::started_at.eq(ext::now().nullable()))
            .execute(c)?;
    }
    Ok(taken == 1)
}

/// What nobody works on: it was not begun, or whoever worked on it has been silent for too long.
#[diesel::dsl::auto_type]
fn to_be_had(now: Time) -> _ {
    let queued: &'static str = RunStatus::Queued.as_str();
    runs::finished_at
        .is_null()
        .and(runs::status.eq(queued).or(runs::lease_until.assume_not_null().lt(now)))
}

/// What this lease is still good for: nothing once somebody else has taken the benchmark over, or
/// it has ended.
#[diesel::dsl::auto_type]
pub fn held(lease: Lease) -> _ {
    let organization: Key = Key(lease.organization.uuid());
    let run: Key = Key(lease.run.uuid());
    let worker: Key = Key(lease.worker);
    runs::organization_id
        .eq(organization)
        .and(runs::id.eq(run))
        .and(runs::worker.assume_not_null().eq(worker))
        .and(runs::finished_at.is_null())
}

/// Renews a lease, which takes the benchmark's lock. The time, or none when the lease is lost.
pub fn renew(c: &mut Connection, lease: Lease) -> Outcome<Option<Time>> {
    let now = clock(c)?;
    let renewed = diesel::update(runs::table.filter(held(lease)))
        .set(runs::lease_until.eq(end_of(now, lease.term)))
        .execute(c)?;
    Ok((renewed == 1).then_some(now))
}

/// Says what the version of the policy is called that nobody here knew; false when the lease is
/// lost.
pub fn name_policy(c: &mut Connection, lease: Lease, version: &str) -> Outcome<bool> {
    let named = diesel::update(runs::table.filter(held(lease)))
        .set(runs::policy_version.eq(version))
        .execute(c)?;
    Ok(named == 1)
}

/// Gives a benchmark back, to be begun anew; false when the lease is lost.
pub fn give_back(c: &mut Connection, lease: Lease) -> Outcome<bool> {
    let given = diesel::update(runs::table.filter(held(lease)))
        .set((
            runs::status.eq(RunStatus::Queued.as_str()),
            runs::worker.eq(None::<Key>),
            runs::lease_until.eq(None::<Time>),
        ))
        .execute(c)?;
    Ok(given == 1)
}

/// Leaves a benchmark to a `runner` of another kind, as if nobody had tried it; false when the lease
/// is lost.
pub fn hand_over(c: &mut Connection, lease: Lease, runner: Runner) -> Outcome<bool> {
    let given = diesel::update(runs::table.filter(held(lease)))
        .set((
            runs::status.eq(RunStatus::Queued.as_str()),
            runs::runner.eq(runner.as_str()),
            runs::worker.eq(None::<Key>),
            runs::lease_until.eq(None::<Time>),
            runs::attempts.eq(0),
            runs::started_at.eq(None::<Time>),
        ))
        .execute(c)?;
    Ok(given == 1)
}

/// Ends a benchmark. None when the lease is lost.
pub fn end(c: &mut Connection, lease: Lease, end: &End) -> Outcome<Option<Benchmark>> {
    let End { summary, failure } = end;
    let status = if failure.is_some() { RunStatus::Failed } else { RunStatus::Completed };
    let row: Option<BenchmarkRecord> = diesel::update(runs::table.filter(held(lease)))
        .set((
            runs::status.eq(status.as_str()),
            runs::summary.eq(summary.as_str()),
            runs::failure.eq(failure.as_deref()),
            runs::finished_at.eq(ext::now().nullable()),
            runs::worker.eq(None::<Key>),
            runs::lease_until.eq(None::<Time>),
        ))
        .returning(BenchmarkRecord::as_returning())
        .get_result(c)
        .optional()?;
    Ok(row.map(Benchmark::try_from).transpose()?)
}

/// How often somebody has begun to work on the benchmark since the last verdict came in; none when
/// the lease is lost.
pub fn attempts(c: &mut Connection, lease: Lease) -> Outcome<Option<i64>> {
    Ok(runs::table.filter(held(lease)).select(runs::attempts).first(c).optional()?)
}

/// The database's clock, by which all gateways tell when a lease has lapsed.
pub fn clock(c: &mut Connection) -> Outcome<Time> {
    Ok(diesel::select(ext::now()).get_result(c)?)
}

fn end_of(now: Time, term: Duration) -> Time {
    let term = TimeDelta::from_std(term).unwrap_or(TimeDelta::MAX);
    Time(now.0.checked_add_signed(term).unwrap_or(now.0))
}
