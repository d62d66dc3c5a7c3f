//! Scoring runs that were deleted, and runs that never came whole. One may have millions of evaluations, so
//! that it is only put out of sight at once; its rows are removed later, in steps between which other writes
//! find their turn.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use evalstone_core::run::RunKind;

use super::super::{Connection, ext};
use super::benchmarks::clock;
use super::runs::visible;
use crate::failure::Outcome;
use crate::fixed::fixed;
use crate::schema::{evaluations, run_rows, runs, spans};
use crate::types::{Key, Time};

/// The kind of a run that nobody sees any more.
pub const DISCARDED: &str = "discarded";
/// The kind of a run that comes from elsewhere, and that nobody sees before it is whole.
pub const ARRIVING: &str = "arriving";

/// How long no more of a run may come before it is given up.
const LONGEST_SILENCE: TimeDelta = TimeDelta::days(1);

/// How many rows one step removes.
const REMOVED_PER_STEP: i64 = 2_000;

/// Which scoring runs of an organization are put out of sight.
#[derive(Clone, Copy)]
pub enum Which {
    /// This one, if this user sees it.
    Run {
        /// The run.
        id: Key,
        /// The user.
        user: Key,
    },
    /// All over this dataset.
    OfDataset(Key),
}

/// Puts scoring runs out of sight and ends whatever works on them; how many they are. Who may do so was
/// looked at before.
pub fn discard(c: &mut Connection, organization: Key, which: Which) -> Outcome<usize> {
    let changes = (
        runs::kind.eq(DISCARDED),
        runs::name_key.eq(None::<&str>),
        runs::collection_id.eq(None::<Key>),
        runs::worker.eq(None::<Key>),
        runs::lease_until.eq(None::<Time>),
        runs::finished_at.eq(ext::now().nullable()),
    );
    let target = runs::table
        .filter(runs::organization_id.eq(organization))
        .filter(runs::kind.eq(RunKind::Scoring.as_str()));
    Ok(match which {
        Which::Run { id, user } => {
            diesel::update(target.filter(visible(organization, user)).filter(runs::id.eq(id)))
                .set(changes)
                .execute(c)?
        }
        Which::OfDataset(dataset) => {
            diesel::update(target.filter(runs::dataset_id.assume_not_null().eq(dataset)))
                .set(changes)
                .execute(c)?
        }
    })
}

/// Gives up a run that is coming, so that it can begin to come anew once it is removed. False when there is
/// no such run: one that is whole stays.
pub fn discard_arriving(c: &mut Connection, organization: Key, run: Key) -> Outcome<bool> {
    let target = runs::table
        .find((organization, run))
        .filter(runs::kind.eq(ARRIVING).or(runs::kind.eq(DISCARDED)));
    let discarded = diesel::update(target)
        .set((
            runs::kind.eq(DISCARDED),
            runs::worker.eq(None::<Key>),
            runs::lease_until.eq(None::<Time>),
        ))
        .execute(c)?;
    Ok(discarded == 1)
}

/// Gives up the runs of which nothing has come for a day, in whichever organization.
pub fn discard_stranded(c: &mut Connection) -> Outcome<()> {
    let before = Time(clock(c)?.0 - LONGEST_SILENCE);
    // Spelled out as in `waiting`.
    let arriving = fixed::<Bool>("runs.kind = 'arriving'");
    diesel::update(runs::table.filter(arriving))
        .filter(runs::lease_until.assume_not_null().lt(before))
        .set((
            runs::kind.eq(DISCARDED),
            runs::worker.eq(None::<Key>),
            runs::lease_until.eq(None::<Time>),
        ))
        .execute(c)?;
    Ok(())
}

/// Runs that wait for their removal, in whichever organization.
pub fn waiting(c: &mut Connection) -> Outcome<Vec<(Key, Key)>> {
    // Spelled out, since an index of these alone is found by the very words of its condition.
    let discarded = fixed::<Bool>("runs.kind = 'discarded'");
    Ok(runs::table.filter(discarded).select((runs::organization_id, runs::id)).load(c)?)
}

/// Removes some rows of such a run, and at last the run. Says whether more are to be removed.
pub fn remove_some(c: &mut Connection, organization: Key, run: Key) -> Outcome<bool> {
    // The run's lock: of two who remove it, one could else take away what comes anew under its id.
    let target = runs::table.find((organization, run)).filter(runs::kind.eq(DISCARDED));
    if diesel::update(target).set(runs::kind.eq(DISCARDED)).execute(c)? == 0 {
        return Ok(false);
    }
    if remove_evaluations(c, organization, run)? || remove_rows(c, organization, run)? {
        return Ok(true);
    }
    diesel::delete(target).execute(c)?;
    Ok(false)
}

/// Removes some of the evaluations of a run. The spans of their traces stay, since they may have been here
/// before the run came, but report to it no more: else no other run could come that they report to. Says
/// whether there were any.
fn remove_evaluations(c: &mut Connection, organization: Key, run: Key) -> Outcome<bool> {
    let some: Vec<(Key, Option<Vec<u8>>)> = evaluations::table
        .filter(evaluations::organization_id.eq(organization))
        .filter(evaluations::run_id.eq(run))
        .limit(REMOVED_PER_STEP)
        .select((evaluations::id, evaluations::trace_id))
        .load(c)?;
    let (ids, traces): (Vec<Key>, Vec<Option<Vec<u8>>>) = some.into_iter().unzip();
    let traces: BTreeSet<Vec<u8>> = traces.into_iter().flatten().collect();
    if release_spans(c, organization, run, traces)? {
        return Ok(true);
    }
    if ids.is_empty() {
        return Ok(false);
    }
    let target = evaluations::table
        .filter(evaluations::organization_id.eq(organization))
        .filter(evaluations::id.eq_any(ids));
    diesel::delete(target).execute(c)?;
    Ok(true)
}

/// Lets some spans of these traces that report to a run report to none. Says whether there were any.
fn release_spans(
    c: &mut Connection,
    organization: Key,
    run: Key,
    traces: BTreeSet<Vec<u8>>,
) -> Outcome<bool> {
    if traces.is_empty() {
        return Ok(false);
    }
    let some: Vec<(Vec<u8>, Vec<u8>)> = spans::table
        .filter(spans::organization_id.eq(organization))
        .filter(spans::trace_id.eq_any(traces))
        .filter(spans::run_id.assume_not_null().eq(run))
        .order((spans::trace_id, spans::span_id))
        .limit(REMOVED_PER_STEP)
        .select((spans::trace_id, spans::span_id))
        .load(c)?;
    // One by one in the order of their keys, in which others write spans, too: a single statement may lock
    // them in any order, so that it and they wait for each other.
    for (trace, span) in &some {
        diesel::update(spans::table.find((organization, trace, span)))
            .filter(spans::run_id.assume_not_null().eq(run))
            .set(spans::run_id.eq(None::<Key>))
            .execute(c)?;
    }
    Ok(!some.is_empty())
}

/// Removes some of the rows of a run. Says whether there were any.
fn remove_rows(c: &mut Connection, organization: Key, run: Key) -> Outcome<bool> {
    let rows = || {
        run_rows::table
            .filter(run_rows::organization_id.eq(organization))
            .filter(run_rows::run_id.eq(run))
    };
    let last: Option<i64> = rows()
        .order(run_rows::position)
        .limit(REMOVED_PER_STEP)
        .select(run_rows::position)
        .load(c)?
        .pop();
    let Some(last) = last else { return Ok(false) };
    diesel::delete(rows().filter(run_rows::position.le(last))).execute(c)?;
    Ok(true)
}
