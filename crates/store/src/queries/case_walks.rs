//! The cases of one dataset in their order, read a piece at a time.
//!
//! They are asked for so that no index but that of a dataset's cases can serve, whatever the database thinks of how
//! cases are spread: the plan is the same for every dataset, so that it can be made once.

use diesel::dsl::exists;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use evalstone_core::caller::Caller;
use evalstone_core::dataset::StoredCase;
use evalstone_core::id::{DatasetId, Number};

use super::super::{Connection, ext};
use super::case_lists::{Fitting, SIZE, fitting};
use super::datasets::visible;
use crate::case_pages::Piece;
use crate::failure::Outcome;
use crate::fixed::{around, fixed};
use crate::marks::Mark;
use crate::records::cases::CaseRecord;
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

/// The next cases of a dataset after `after`, as many as have `bytes` of texts together, but one at least.
pub fn page(
    c: &mut Connection,
    caller: &Caller,
    dataset: DatasetId,
    after: Number,
    limit: i64,
    bytes: i64,
) -> Outcome<Piece> {
    let (organization, user, dataset) = keys(caller, dataset);
    let next = between(organization, user, dataset, after, Number::MAX).limit(limit);
    let sizes = all_between(organization, dataset, after, Number::MAX).limit(limit);
    let sizes = sizes.select(around::<BigInt, _>("", fixed::<BigInt>(SIZE), " AS bytes"));
    let together = "(SELECT CAST(COALESCE(SUM(bytes), 0) AS bigint) FROM (";
    let together = around::<BigInt, _>(together, sizes, ") AS listed)");
    let pipeline = in_sight(organization, user, dataset).single_value();
    let rows: Vec<Row> =
        next.filter(together.le(bytes)).select((CaseRecord::as_select(), pipeline)).load(c)?;
    if rows.is_empty() {
        return fitting_page(c, caller, dataset, after, limit, bytes);
    }
    let is_full = i64::try_from(rows.len()).is_ok_and(|found| found >= limit);
    let next = rows.last().filter(|_| is_full).map(|(record, _)| record.number);
    Ok(Piece { cases: stored(rows), next })
}

/// The same where they have more bytes than that, or there are none. A case's size is asked for before the case
/// itself, because cases of one dataset can have kilobytes or megabytes each, in any order.
fn fitting_page(
    c: &mut Connection,
    caller: &Caller,
    dataset: Key,
    after: Number,
    limit: i64,
    bytes: i64,
) -> Outcome<Piece> {
    let (organization, user) = (caller.organization.into(), caller.user.into());
    let sizes: Vec<(Number, i64)> = between(organization, user, dataset, after, Number::MAX)
        .select((cases::number, fixed::<BigInt>(SIZE)))
        .limit(limit)
        .load(c)?;
    let Some(Fitting { count, last, is_all }) = fitting(&sizes, limit, bytes) else {
        return Ok(Piece { cases: Vec::new(), next: None });
    };
    let pipeline = in_sight(organization, user, dataset).single_value();
    // Without a limit Postgres would go on along the index to the dataset's end: that it is beyond the last one
    // it tells of each row alone.
    let rows: Vec<Row> = between(organization, user, dataset, after, last)
        .limit(i64::try_from(count).unwrap_or(limit))
        .select((CaseRecord::as_select(), pipeline))
        .load(c)?;
    // One that came in between, late with a low number, may have taken the place of the last.
    let end = rows.last().filter(|_| rows.len() == count).map_or(last, |(record, _)| record.number);
    Ok(Piece { cases: stored(rows), next: (!is_all || end < last).then_some(end) })
}

/// A case's row and its dataset's pipeline.
type Row = (CaseRecord, Option<Key>);

/// A dataset that somebody deletes meanwhile has no cases any more.
fn stored(rows: Vec<Row>) -> Vec<StoredCase> {
    let stored = |(record, pipeline): Row| Some(record.into_case(pipeline?.into()));
    rows.into_iter().filter_map(stored).collect()
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
