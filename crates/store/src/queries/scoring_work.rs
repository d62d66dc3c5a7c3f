//! Working on scoring runs: what is still to be scored, and what came of it.

use std::time::Duration;

use diesel::dsl::{count, sum};
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use evalstone_core::benchmark::{Lease, Runner};
use evalstone_core::error::Error;
use evalstone_core::id::{Number, OrganizationId, RunId};
use evalstone_core::json::RawObject;
use evalstone_core::run::RunStatus;
use evalstone_core::scoring::{ClaimedScoring, Judgement, MetricTotal, OpenRow, ScoredRow};
use uuid::Uuid;

use super::super::{Connection, ext};
use super::benchmark_cases::last_fitting;
use super::benchmarks::{held, renew, take};
use super::case_lists::SIZE;
use crate::failure::Outcome;
use crate::fixed::fixed;
use crate::records::cases::CaseRecord;
use crate::records::scorings::{
    ClaimedScoringRecord, JudgementRecord, NEW_ROW_COLUMNS, NEW_SCORE_COLUMNS, NewJudgementRecord,
    NewRowRecord, NewScoreRecord, RowRecord,
};
use crate::schema::{cases, datasets, evaluations, judgements, run_rows, runs, spendings};
use crate::types::{Key, Time};

/// How many rows one INSERT carries.
const ROWS_PER_INSERT: usize = 500;
const _: () = assert!(ROWS_PER_INSERT * NEW_ROW_COLUMNS <= ext::MAX_BINDS);
const _: () = assert!(ROWS_PER_INSERT * NEW_SCORE_COLUMNS <= ext::MAX_BINDS);

/// Gives this scoring run to `worker`, unless somebody else has it.
pub fn claim(
    c: &mut Connection,
    organization: OrganizationId,
    id: RunId,
    worker: Uuid,
    term: Duration,
) -> Outcome<Option<ClaimedScoring>> {
    if !take(c, organization, id, Runner::Scorer, worker, term)? {
        return Ok(None);
    }
    let target = runs::table.find((Key::from(organization), Key::from(id)));
    let record = target.select(ClaimedScoringRecord::as_select()).first(c)?;
    let ClaimedScoringRecord { threshold, settings, attempts } = record;
    let settings = settings.ok_or_else(|| Error::fault("a scoring run without settings"))?;
    let lease = Lease { organization, run: id, worker, term };
    let settings = RawObject::trusted(settings);
    Ok(Some(ClaimedScoring { lease, threshold, settings, attempts }))
}

/// The next rows that are to be scored, after the one at the place `after`: at most `limit`, as many as
/// have `bytes` of payloads together, but one at least where there are any. None at all when the lease is
/// lost or the dataset is gone.
pub fn open_rows(
    c: &mut Connection,
    lease: Lease,
    after: i64,
    limit: i64,
    bytes: i64,
) -> Outcome<Option<Vec<OpenRow>>> {
    let scope: Option<(Option<Key>, Option<Number>)> = runs::table
        .filter(held(lease))
        .select((runs::dataset_id, runs::until_number))
        .first(c)
        .optional()?;
    let Some((dataset, until)) = scope else {
        return Ok(None);
    };
    let Some(dataset) = dataset else {
        return Ok(Some(given_rows(c, lease, after, limit, bytes)?));
    };
    let there: i64 = datasets::table
        .find((Key::from(lease.organization), dataset))
        .filter(datasets::hidden_at.is_null())
        .count()
        .get_result(c)?;
    if there == 0 {
        return Ok(None);
    }
    let cases = (dataset, until.unwrap_or_default());
    Ok(Some(cases_as_rows(c, lease, cases, after, limit, bytes)?))
}

/// The bytes of a row's texts, in words that both backends understand.
pub const ROW_SIZE: &str = "CAST(octet_length(run_rows.inputs) AS bigint) \
     + coalesce(octet_length(run_rows.output), 0) + coalesce(octet_length(run_rows.expected), 0) \
     + coalesce(octet_length(run_rows.metadata), 0)";

/// Rows that came with the request.
fn given_rows(
    c: &mut Connection,
    lease: Lease,
    after: i64,
    limit: i64,
    bytes: i64,
) -> Outcome<Vec<OpenRow>> {
    let next = || {
        run_rows::table
            .filter(run_rows::organization_id.eq(Key::from(lease.organization)))
            .filter(run_rows::run_id.eq(Key::from(lease.run)))
            .filter(run_rows::position.gt(after))
            .order(run_rows::position)
            .limit(limit)
    };
    let sizes: Vec<(i64, i64)> =
        next().select((run_rows::position, fixed::<BigInt>(ROW_SIZE))).load(c)?;
    let Some(last) = last_fitting(sizes, bytes) else {
        return Ok(Vec::new());
    };
    let rows: Vec<RowRecord> =
        next().filter(run_rows::position.le(last)).select(RowRecord::as_select()).load(c)?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// Cases of a dataset, whose places are their numbers.
fn cases_as_rows(
    c: &mut Connection,
    lease: Lease,
    (dataset, until): (Key, Number),
    after: i64,
    limit: i64,
    bytes: i64,
) -> Outcome<Vec<OpenRow>> {
    let next = || {
        cases::table
            .filter(cases::organization_id.eq(Key::from(lease.organization)))
            .filter(cases::dataset_id.eq(dataset))
            .filter(cases::deleted_at.is_null())
            .filter(cases::number.gt(after))
            .filter(cases::number.le(until))
            .order(cases::number)
            .limit(limit)
    };
    let sizes: Vec<(Number, i64)> =
        next().select((cases::number, fixed::<BigInt>(SIZE))).load(c)?;
    let Some(last) = last_fitting(sizes, bytes) else {
        return Ok(Vec::new());
    };
    let rows: Vec<CaseRecord> =
        next().filter(cases::number.le(last)).select(CaseRecord::as_select()).load(c)?;
    Ok(rows.into_iter().map(CaseRecord::into_open_row).collect())
}

/// The place of the last row that was scored; 0 when none was. All evaluations of a row are stored
/// together.
pub fn last_scored(c: &mut Connection, lease: Lease) -> Outcome<i64> {
    let last: Option<Option<i64>> = evaluations::table
        .filter(evaluations::organization_id.eq(Key::from(lease.organization)))
        .filter(evaluations::run_id.eq(Key::from(lease.run)))
        .order(evaluations::number.desc())
        .select(evaluations::row_position)
        .first(c)
        .optional()?;
    Ok(last.flatten().unwrap_or_default())
}

/// Stores what was said of rows and renews the lease. None when the lease is lost; then nothing is
/// stored. Of rows that are cases a snapshot is kept. From `attempts` on it is counted how often somebody
/// begins anew.
pub fn report(
    c: &mut Connection,
    lease: Lease,
    scored: &[ScoredRow],
    attempts: i64,
) -> Outcome<Option<i64>> {
    if renew(c, lease)?.is_none() {
        return Ok(None);
    }
    let run = (Key::from(lease.organization), Key::from(lease.run));
    let cases: Vec<NewRowRecord<'_>> = scored
        .iter()
        .filter_map(|ScoredRow { row, evaluations: _ }| {
            let OpenRow { position, part, case_id, case } = row;
            let case_id = Key::from((*case_id)?);
            Some(NewRowRecord::of(run, *position, *part, Some(case_id), case))
        })
        .collect();
    for chunk in cases.chunks(ROWS_PER_INSERT) {
        ext::insert_rows(c, chunk)?;
    }
    let records: Vec<NewScoreRecord<'_>> =
        scored.iter().flat_map(|scored| NewScoreRecord::all_of(run, scored)).collect();
    for chunk in records.chunks(ROWS_PER_INSERT) {
        ext::insert_scores(c, chunk)?;
    }
    spend(c, run.0, records.iter().filter_map(|record| record.cost).sum())?;
    let added = i64::try_from(records.len()).unwrap_or(i64::MAX);
    let completed = diesel::update(runs::table.filter(held(lease)))
        .set((runs::completed.eq(runs::completed + added), runs::attempts.eq(attempts)))
        .returning(runs::completed)
        .get_result(c)?;
    Ok(Some(completed))
}

/// Adds to what the evaluations of an organization have cost.
fn spend(c: &mut Connection, organization: Key, cost: i64) -> Outcome<()> {
    if cost == 0 {
        return Ok(());
    }
    diesel::insert_into(spendings::table)
        .values((spendings::organization_id.eq(organization), spendings::cost.eq(cost)))
        .on_conflict(spendings::organization_id)
        .do_update()
        .set(spendings::cost.eq(spendings::cost + cost))
        .execute(c)?;
    Ok(())
}

/// What the successful evaluations of a run add up to, by metric.
pub fn totals(c: &mut Connection, lease: Lease) -> Outcome<Vec<MetricTotal>> {
    let rows: Vec<(String, i64, Option<f64>)> = evaluations::table
        .filter(evaluations::organization_id.eq(Key::from(lease.organization)))
        .filter(evaluations::run_id.eq(Key::from(lease.run)))
        .group_by(evaluations::name)
        .order(evaluations::name)
        .select((evaluations::name, count(evaluations::score), sum(evaluations::score)))
        .load(c)?;
    let total = |(metric, count, sum): (String, i64, Option<f64>)| MetricTotal {
        metric,
        count,
        sum: sum.unwrap_or_default(),
    };
    Ok(rows.into_iter().map(total).collect())
}

/// Ends a scoring run; false when the lease is lost.
pub fn end(
    c: &mut Connection,
    lease: Lease,
    summary: &RawObject,
    failure: Option<&str>,
) -> Outcome<bool> {
    let status = if failure.is_some() { RunStatus::Failed } else { RunStatus::Completed };
    let ended = diesel::update(runs::table.filter(held(lease)))
        .set((
            runs::status.eq(status.as_str()),
            runs::summary.eq(summary.as_str()),
            runs::failure.eq(failure),
            runs::finished_at.eq(ext::now().nullable()),
            runs::worker.eq(None::<Key>),
            runs::lease_until.eq(None::<Time>),
        ))
        .execute(c)?;
    Ok(ended == 1)
}

/// What models said of these digests before.
pub fn judgements(
    c: &mut Connection,
    organization: OrganizationId,
    digests: &[Vec<u8>],
) -> Outcome<Vec<Judgement>> {
    let mut known = Vec::new();
    for some in digests.chunks(ROWS_PER_INSERT) {
        let rows: Vec<JudgementRecord> = judgements::table
            .filter(judgements::organization_id.eq(Key::from(organization)))
            .filter(judgements::digest.eq_any(some))
            .select(JudgementRecord::as_select())
            .load(c)?;
        for row in rows {
            known.push(Judgement::try_from(row)?);
        }
    }
    Ok(known)
}

/// How many judgements one step forgets.
const FORGOTTEN_PER_STEP: i64 = 1_000;

/// Forgets some of what models said before a time. Says whether there is more of it.
pub fn forget_judgements(c: &mut Connection, before: Time) -> Outcome<bool> {
    let old: Vec<(Key, Vec<u8>)> = judgements::table
        .filter(judgements::created_at.lt(before))
        .order(judgements::created_at)
        .limit(FORGOTTEN_PER_STEP)
        .select((judgements::organization_id, judgements::digest))
        .load(c)?;
    for (organization, digest) in &old {
        diesel::delete(judgements::table.find((*organization, digest))).execute(c)?;
    }
    Ok(!old.is_empty())
}

/// Keeps what models said; what is known already stays as it is.
pub fn keep_judgements(
    c: &mut Connection,
    organization: OrganizationId,
    new: &[Judgement],
) -> Outcome<()> {
    let records: Vec<NewJudgementRecord<'_>> = new
        .iter()
        .map(|Judgement { digest, score, explanation, details }| NewJudgementRecord {
            organization_id: organization.into(),
            digest,
            score: *score,
            explanation,
            details: details.as_ref().map(RawObject::as_str),
        })
        .collect();
    diesel::insert_into(judgements::table).values(&records).on_conflict_do_nothing().execute(c)?;
    Ok(())
}
