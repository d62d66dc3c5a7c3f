//! The cases of one dataset in their order, read a piece at a time.
//!
//! They are asked for so that no index but that of a dataset's cases can serve, whatever the database thinks of how
//! cases are spread: the plan is the same for every dataset, so that it can be made once.

use diesel::dsl::{Limit, exists};
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use evalstone_core::caller::Caller;
use evalstone_core::dataset::StoredCase;
use evalstone_core::id::{DatasetId, Number, PipelineId};

use super::super::{Connection, ext};
use super::case_lists::{Fitting, SIZE, fitting};
use super::datasets::visible;
use crate::case_pages::{Piece, bytes_of};
use crate::failure::Outcome;
use crate::fixed::{around, fixed};
use crate::marks::Mark;
use crate::records::cases::OwnCaseRecord;
use crate::schema::{cases, datasets};
use crate::types::Key;

/// The number of the case of a dataset before which there are `offset` others, if there is one. They are
/// counted from a place before it.
pub fn number_at(
    c: &mut Connection,
    caller: &Caller,
    dataset: DatasetId,
    from: Mark,
    offset: i64,
) -> Outcome<Option<Number>> {
    let (organization, user, dataset) = keys(caller, dataset);
    let numbers: Vec<Number> = between(organization, user, dataset, from.after, Number::MAX)
        .offset(offset - from.offset)
        .limit(1)
        .select(cases::number)
        .load(c)?;
    Ok(numbers.into_iter().next())
}

/// The next cases of a dataset after `after`, as many as have about `bytes` of texts together, but one at least. A
/// dataset's pipeline never changes: whoever knows it spares looking for it.
pub fn page(
    c: &mut Connection,
    caller: &Caller,
    (dataset, pipeline): (DatasetId, Option<PipelineId>),
    after: Number,
    limit: i64,
    bytes: i64,
) -> Outcome<Piece> {
    let (organization, user, key) = keys(caller, dataset);
    let pipeline = match pipeline {
        Some(pipeline) => pipeline,
        None => match in_sight(organization, user, key).first::<Key>(c).optional()? {
            Some(pipeline) => pipeline.into(),
            None => return Ok(Piece { cases: Vec::new(), next: None }),
        },
    };
    let next = between(organization, user, key, after, Number::MAX).limit(limit);
    if ext::COME_ONE_BY_ONE {
        return until_full(c, next, (dataset, pipeline), limit, bytes);
    }
    let sizes = all_between(organization, key, after, Number::MAX).limit(limit);
    let sizes = sizes.select(around::<BigInt, _>("", fixed::<BigInt>(SIZE), " AS bytes"));
    let together = "(SELECT CAST(COALESCE(SUM(bytes), 0) AS bigint) FROM (";
    let together = around::<BigInt, _>(together, sizes, ") AS listed)");
    let rows: Vec<OwnCaseRecord> =
        next.filter(together.le(bytes)).select(OwnCaseRecord::as_select()).load(c)?;
    if rows.is_empty() {
        return fitting_page(c, caller, (dataset, pipeline), after, limit, bytes);
    }
    let is_full = i64::try_from(rows.len()).is_ok_and(|found| found >= limit);
    let cases = stored(rows, dataset, pipeline);
    let next = cases.last().filter(|_| is_full).map(|last| last.number);
    Ok(Piece { cases, next })
}

/// The first of these cases, of which there are at most `limit`, until they have `bytes` of texts together.
fn until_full(
    c: &mut Connection,
    these: Limit<between>,
    (dataset, pipeline): (DatasetId, PipelineId),
    limit: i64,
    bytes: i64,
) -> Outcome<Piece> {
    let (mut cases, mut room) = (Vec::new(), usize::try_from(bytes).unwrap_or(usize::MAX));
    let these = these.select(OwnCaseRecord::as_select());
    for record in these.load_iter::<OwnCaseRecord, ext::OneByOne>(c)? {
        let case = record?.into_case(dataset, pipeline);
        room = room.saturating_sub(bytes_of(&case));
        cases.push(case);
        if room == 0 {
            break;
        }
    }
    let is_full = room == 0 || i64::try_from(cases.len()).is_ok_and(|found| found >= limit);
    let next = cases.last().filter(|_| is_full).map(|last| last.number);
    Ok(Piece { cases, next })
}

/// A piece where the next cases have more bytes than one, or there are none. A case's size is asked for before the
/// case itself, because cases of one dataset can have kilobytes or megabytes each, in any order.
fn fitting_page(
    c: &mut Connection,
    caller: &Caller,
    (dataset, pipeline): (DatasetId, PipelineId),
    after: Number,
    limit: i64,
    bytes: i64,
) -> Outcome<Piece> {
    let (organization, user, key) = keys(caller, dataset);
    let sizes: Vec<(Number, i64)> = between(organization, user, key, after, Number::MAX)
        .select((cases::number, fixed::<BigInt>(SIZE)))
        .limit(limit)
        .load(c)?;
    let Some(Fitting { count, last, is_all }) = fitting(&sizes, limit, bytes) else {
        return Ok(Piece { cases: Vec::new(), next: None });
    };
    // Without a limit Postgres would go on along the index to the dataset's end: that it is beyond the last one
    // it tells of each row alone.
    let rows: Vec<OwnCaseRecord> = between(organization, user, key, after, last)
        .limit(i64::try_from(count).unwrap_or(limit))
        .select(OwnCaseRecord::as_select())
        .load(c)?;
    let cases = stored(rows, dataset, pipeline);
    // One that came in between, late with a low number, may have taken the place of the last.
    let end = cases.last().filter(|_| cases.len() == count).map_or(last, |last| last.number);
    Ok(Piece { cases, next: (!is_all || end < last).then_some(end) })
}

fn stored(rows: Vec<OwnCaseRecord>, dataset: DatasetId, pipeline: PipelineId) -> Vec<StoredCase> {
    rows.into_iter().map(|record| record.into_case(dataset, pipeline)).collect()
}

fn keys(caller: &Caller, dataset: DatasetId) -> (Key, Key, Key) {
    (caller.organization.into(), caller.user.into(), dataset.into())
}

/// The live cases of a dataset that the caller sees whose numbers are above one and not above another.
#[diesel::dsl::auto_type]
fn between(organization: Key, user: Key, dataset: Key, after: Number, last: Number) -> _ {
    let in_sight: in_sight = in_sight(organization, user, dataset);
    let all: all_between = all_between(organization, dataset, after, last);
    all.filter(exists(in_sight))
}

/// The same whoever sees the dataset.
#[diesel::dsl::auto_type]
fn all_between(organization: Key, dataset: Key, after: Number, last: Number) -> _ {
    let stretch: ext::stretch = ext::stretch(dataset, after, last);
    cases::table
        .filter(cases::organization_id.eq(organization))
        .filter(cases::deleted_at.is_null())
        .filter(stretch)
        .order((cases::dataset_id, cases::number))
}

/// The pipeline of the dataset if the caller sees it.
#[diesel::dsl::auto_type]
fn in_sight(organization: Key, user: Key, dataset: Key) -> _ {
    let visible: visible = visible(organization, user);
    let dataset: diesel::dsl::Eq<datasets::id, Key> = datasets::id.eq(dataset);
    datasets::table.filter(visible).filter(dataset).select(datasets::pipeline_id)
}
