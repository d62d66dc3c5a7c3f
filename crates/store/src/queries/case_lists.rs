//! Lists of cases, read a piece at a time. Those of one dataset are in [`super::case_walks`].

use diesel::dsl::min;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Nullable};
use evalstone_core::caller::Caller;
use evalstone_core::dataset::CaseFilter;
use evalstone_core::id::Number;

use super::super::{Backend, Connection};
use super::cases::{Seen, seen};
use super::datasets::visible;
use crate::case_pages::Piece;
use crate::failure::Outcome;
use crate::fixed::{around, fixed};
use crate::records::cases::CaseRecord;
use crate::schema::{cases, datasets};
use crate::types::Key;

/// How many of the organization's cases one piece of a list over many datasets looks at.
pub const STRETCH: i64 = 4_000;

/// The next cases after `after` that meet the filter, as many as have `bytes` of texts together,
/// but one at least where there are any nearby. A case's size is asked for before the case itself,
/// because cases of one dataset can have kilobytes or megabytes each, in any order.
pub fn page(
    c: &mut Connection,
    caller: &Caller,
    filter: &CaseFilter,
    after: Number,
    limit: i64,
    bytes: i64,
) -> Outcome<Piece> {
    let end = if filter.dataset.is_none() { stretch_end(c, caller, after)? } else { None };
    let next = || {
        let next = meeting(caller, filter).filter(cases::number.gt(after)).order(cases::number);
        match end {
            Some(end) => next.filter(cases::number.le(end)),
            None => next,
        }
    };
    let sizes: Vec<(Number, i64)> =
        next().select((cases::number, fixed::<BigInt>(SIZE))).limit(limit).load(c)?;
    let Some(Fitting { last, is_all, .. }) = fitting(&sizes, limit, bytes) else {
        let next = match end {
            Some(end) => first_after(c, caller, filter, end)?.map(|first| first - 1),
            None => None,
        };
        return Ok(Piece { cases: Vec::new(), next });
    };
    let rows: Vec<(CaseRecord, Key)> = next().filter(cases::number.le(last)).load(c)?;
    let stored = rows.into_iter().map(|(record, pipeline)| record.into_case(pipeline.into()));
    Ok(Piece { cases: stored.collect(), next: if is_all { end } else { Some(last) } })
}

/// The first of some cases that fit into a piece.
pub struct Fitting {
    /// How many they are.
    pub count: usize,
    /// The number of the last of them.
    pub last: Number,
    /// Whether no others follow.
    pub is_all: bool,
}

/// As many of the next cases, of which at most `limit` were looked for, as have `bytes` together, but one at
/// least. None when there are none.
pub fn fitting(sizes: &[(Number, i64)], limit: i64, bytes: i64) -> Option<Fitting> {
    let mut total = 0;
    let fitting = sizes.iter().take_while(|(_, size)| {
        let before = total;
        total += size;
        before == 0 || total <= bytes
    });
    let count = fitting.count();
    let (last, _) = count.checked_sub(1).and_then(|last| sizes.get(last))?;
    let is_all = count == sizes.len() && i64::try_from(count).is_ok_and(|count| count < limit);
    Some(Fitting { count, last: *last, is_all })
}

/// The last number that a piece of a list over many datasets looks at, if the organization has
/// cases beyond it. Of all that lie there few may be in sight, and looking for the next of them one
/// by one could take as long as reading all that the organization has.
fn stretch_end(c: &mut Connection, caller: &Caller, after: Number) -> Outcome<Option<Number>> {
    let end = cases::table
        .filter(cases::organization_id.eq(Key::from(caller.organization)))
        .filter(cases::number.gt(after))
        .order(cases::number)
        .offset(STRETCH)
        .limit(1)
        .select(cases::number)
        .first(c)
        .optional()?;
    Ok(end)
}

/// The number after `after` from which on cases may meet the filter. Each dataset that does is asked
/// for its next, deleted or not, so that what lies in between costs nothing however much it is. The
/// order is written so that no index but the one of a dataset's cases can serve it: Postgres takes
/// every dataset's cases to be everywhere among the others, and would look for them there.
fn first_after(
    c: &mut Connection,
    caller: &Caller,
    filter: &CaseFilter,
    after: Number,
) -> Outcome<Option<Number>> {
    let CaseFilter { dataset: _, pipeline } = filter;
    let after = after.into_sql::<BigInt>();
    let beyond = around::<Bool, _>("(cases.dataset_id, cases.number) > (datasets.id, ", after, ")");
    let own = cases::table
        .filter(cases::organization_id.eq(datasets::organization_id))
        .filter(beyond)
        .order((cases::dataset_id, cases::number))
        .limit(1)
        .select(fixed::<Nullable<BigInt>>(
            "CASE WHEN cases.dataset_id = datasets.id THEN cases.number END",
        ));
    let mut query = datasets::table
        .filter(visible(caller.organization.into(), caller.user.into()))
        .filter(datasets::archived_at.is_null())
        .filter(datasets::case_count.gt(0))
        .select(min(own.single_value()))
        .into_boxed::<Backend>();
    if let Some(pipeline) = pipeline {
        query = query.filter(datasets::pipeline_id.eq(Key::from(*pipeline)));
    }
    Ok(query.first(c)?)
}

/// The bytes of a case's texts, in words that both backends understand. Those of its origin that are left out are
/// bounded.
pub const SIZE: &str = "CAST(octet_length(cases.inputs) AS bigint) \
     + coalesce(octet_length(cases.output), 0) + coalesce(octet_length(cases.expected), 0) \
     + coalesce(octet_length(cases.metadata), 0) + coalesce(octet_length(cases.facet), 0) \
     + coalesce(octet_length(cases.name), 0) + coalesce(octet_length(cases.stage), 0)";

fn meeting<'a>(caller: &Caller, filter: &CaseFilter) -> Seen<'a> {
    let CaseFilter { dataset, pipeline } = filter;
    let mut query = seen(caller);
    query = match dataset {
        Some(dataset) => query.filter(cases::dataset_id.eq(Key::from(*dataset))),
        None => query.filter(datasets::archived_at.is_null()),
    };
    match pipeline {
        Some(pipeline) => query.filter(datasets::pipeline_id.eq(Key::from(*pipeline))),
        None => query,
    }
}
