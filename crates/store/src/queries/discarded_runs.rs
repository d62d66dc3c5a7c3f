//! Scoring runs that were deleted, and runs that never came whole. One may have millions of evaluations, so
//! that it is only put out of sight at once; its rows are removed later, in steps between which other writes
//! find their turn.

use chrono::TimeDelta;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use evalstone_core::run::RunKind;

use super::super::{Connection, ext};
use super::benchmarks::clock;
use super::runs::visible;
use crate::failure::Outcome;
use crate::schema::{evaluations, run_rows, runs};
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
    let arriving = sql::<Bool>("runs.kind = 'arriving'");
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
    let discarded = sql::<Bool>("runs.kind = 'discarded'");
    Ok(runs::table.filter(discarded).select((runs::organization_id, runs::id)).load(c)?)
}

/// Removes some rows of such a run, and at last the run. Says whether more are to be removed.
pub fn remove_some(c: &mut Connection, organization: Key, run: Key) -> Outcome<bool> {
    // The run's lock: of two who remove it, one could else take away what comes anew under its id.
    let target = runs::table.find((organization, run)).filter(runs::kind.eq(DISCARDED));
    if diesel::update(target).set(runs::kind.eq(DISCARDED)).execute(c)? == 0 {
        return Ok(false);
    }
    let some: Vec<Key> = evaluations::table
        .filter(evaluations::organization_id.eq(organization))
        .filter(evaluations::run_id.eq(run))
        .limit(REMOVED_PER_STEP)
        .select(evaluations::id)
        .load(c)?;
    if !some.is_empty() {
        let target = evaluations::table
            .filter(evaluations::organization_id.eq(organization))
            .filter(evaluations::id.eq_any(&some));
        diesel::delete(target).execute(c)?;
        return Ok(true);
    }
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
    if let Some(last) = last {
        diesel::delete(rows().filter(run_rows::position.le(last))).execute(c)?;
        return Ok(true);
    }
    diesel::delete(target).execute(c)?;
    Ok(false)
}
