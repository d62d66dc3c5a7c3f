//! How many datasets a list has.
//!
//! Counting takes the longer the more there are. What is remembered is how many there were up to a number below
//! which no dataset can appear by itself any more; then only those above it are counted. Whatever else
//! changes what is listed makes another version of the organization's list, in the same transaction, and
//! what is remembered of another version counts for nothing.

use diesel::dsl::count_star;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use evalstone_core::caller::Caller;
use evalstone_core::dataset::DatasetFilter;
use evalstone_core::id::Number;

use super::super::{Connection, ext};
use super::dataset_lists::meeting;
use crate::failure::Outcome;
use crate::fixed::around;
use crate::schema::{dataset_lists, datasets};
use crate::totals::{FEW, Remembered, Totals};
use crate::types::Key;

/// How many datasets meet the filter.
pub fn total(
    c: &mut Connection,
    totals: &Totals,
    caller: &Caller,
    filter: &DatasetFilter,
) -> Outcome<i64> {
    let Some((known, is_fresh)) = totals.recall(caller, filter) else {
        let (_, count) = between(c, caller, filter, 0, Number::MAX)?;
        if count >= FEW {
            settle(c, totals, caller, filter)?;
        }
        return Ok(count);
    };
    let Remembered { version, upto, count } = known;
    if is_fresh {
        let (now, above) = between(c, caller, filter, upto, Number::MAX)?;
        if now == version {
            if above >= FEW {
                settle(c, totals, caller, filter)?;
            }
            return Ok(count + above);
        }
    }
    recount(c, totals, caller, filter, upto)
}

/// Remembers how many there are up to a number that is as high as can be, if there is one now. While datasets are
/// being made there is none, and it is not looked for each time.
fn settle(
    c: &mut Connection,
    totals: &Totals,
    caller: &Caller,
    filter: &DatasetFilter,
) -> Outcome<()> {
    if !Totals::can_remember(filter) || !totals.may_be_settled() {
        return Ok(());
    }
    match ext::settled_number(c, caller.organization.into())? {
        Some(upto) => drop(remember(c, totals, caller, filter, upto)?),
        None => totals.are_unsettled(),
    }
    Ok(())
}

/// Counts all of them anew. What was settled once stays so.
fn recount(
    c: &mut Connection,
    totals: &Totals,
    caller: &Caller,
    filter: &DatasetFilter,
    upto: Number,
) -> Outcome<i64> {
    let Remembered { version, upto, count } = remember(c, totals, caller, filter, upto)?;
    let (now, above) = between(c, caller, filter, upto, Number::MAX)?;
    if now == version {
        return Ok(count + above);
    }
    Ok(between(c, caller, filter, 0, Number::MAX)?.1)
}

fn remember(
    c: &mut Connection,
    totals: &Totals,
    caller: &Caller,
    filter: &DatasetFilter,
    upto: Number,
) -> Outcome<Remembered> {
    let (version, count) = between(c, caller, filter, 0, upto.saturating_add(1))?;
    let remembered = Remembered { version, upto, count };
    totals.remember(caller, filter, remembered);
    Ok(remembered)
}

/// The version of the organization's list, and how many datasets meet the filter whose numbers are above one and
/// below another, at the same moment.
fn between(
    c: &mut Connection,
    caller: &Caller,
    filter: &DatasetFilter,
    after: Number,
    before: Number,
) -> Outcome<(i64, i64)> {
    let version = dataset_lists::table
        .find(Key::from(caller.organization))
        .select(dataset_lists::version)
        .single_value();
    Ok(meeting(caller, filter, before)
        .filter(datasets::number.gt(after))
        .select((around::<BigInt, _>("COALESCE(", version, ", 0)"), count_star()))
        .get_result(c)?)
}

/// Makes another version of the organization's list: to be done by whatever hides or shows datasets, archives
/// them, shares them, or gives them other owners or numbers. It is done when all locks on datasets are held that
/// are needed: nobody who has this one may wait for a dataset, since whoever holds that may wait for this one.
pub fn changed(c: &mut Connection, organization: Key) -> QueryResult<()> {
    diesel::insert_into(dataset_lists::table)
        .values((dataset_lists::organization_id.eq(organization), dataset_lists::version.eq(1)))
        .on_conflict(dataset_lists::organization_id)
        .do_update()
        .set(dataset_lists::version.eq(dataset_lists::version + 1))
        .execute(c)?;
    Ok(())
}
