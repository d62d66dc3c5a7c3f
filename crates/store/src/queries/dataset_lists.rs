//! Lists of datasets, newest first, read a piece at a time.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use evalstone_core::caller::Caller;
use evalstone_core::dataset::{DatasetFilter, Ownership};
use evalstone_core::id::Number;

use super::super::{Backend, Connection, ext};
use super::datasets::{By, select, visible};
use crate::datasets::{Piece, Place};
use crate::failure::Outcome;
use crate::fixed::around;
use crate::schema::datasets;
use crate::types::Key;

/// How many datasets meet the filter.
pub fn count(c: &mut Connection, caller: &Caller, filter: &DatasetFilter) -> Outcome<i64> {
    Ok(meeting(caller, filter).count().get_result(c)?)
}

/// The next datasets from a place on that meet the filter, as many as have `bytes` together, but one
/// at least. A dataset's size is asked for before the dataset itself, because its texts can have
/// megabytes.
pub fn piece(
    c: &mut Connection,
    caller: &Caller,
    dialect: &str,
    filter: &DatasetFilter,
    place: Place,
    limit: i64,
    bytes: i64,
) -> Outcome<Piece> {
    let Place { before, offset } = place;
    let mut query = meeting(caller, filter)
        .select((
            datasets::id,
            datasets::number,
            around::<BigInt, _>(TEXTS, dialect.into_sql::<Text>(), "), 0)"),
        ))
        .order(datasets::number.desc())
        .offset(offset)
        .limit(limit);
    if let Some(before) = before {
        query = query.filter(datasets::number.lt(before));
    }
    let mut sizes: Vec<(Key, Number, i64)> = query.load(c)?;
    let found = sizes.len();
    let mut total = 0;
    let fitting = sizes.iter().take_while(|(_, _, size)| {
        let before = total;
        total += size;
        before == 0 || total <= bytes
    });
    sizes.truncate(fitting.count());
    let (Some((_, first, _)), Some((_, last, _))) = (sizes.first(), sizes.last()) else {
        return Ok(Piece { datasets: Vec::new(), next: None });
    };
    let ended = sizes.len() == found && i64::try_from(found).is_ok_and(|found| found < limit);
    let next = (!ended).then_some(Place { before: Some(*last), offset: 0 });
    let ids: Vec<Key> = sizes.iter().map(|(id, _, _)| *id).collect();
    Ok(Piece { datasets: select(c, caller, dialect, By::Listed(&ids, *last..=*first))?, next })
}

type Meeting<'a> =
    diesel::dsl::IntoBoxed<'a, diesel::dsl::Filter<datasets::table, visible>, Backend>;

fn meeting<'a>(caller: &Caller, filter: &'a DatasetFilter) -> Meeting<'a> {
    let DatasetFilter { categories, source, pipeline, archived, search, ownership } = filter;
    let user = Key::from(caller.user);
    let mut query =
        datasets::table.filter(visible(caller.organization.into(), user)).into_boxed::<Backend>();
    if !categories.is_empty() {
        query = query.filter(datasets::category.eq_any(categories));
    }
    if let Some(source) = source {
        query = query.filter(datasets::source.eq(source));
    }
    if let Some(pipeline) = pipeline {
        query = query.filter(datasets::pipeline_id.eq(Key::from(*pipeline)));
    }
    if !archived {
        query = query.filter(datasets::archived_at.is_null());
    }
    if let Some(search) = search {
        query = query.filter(ext::contains_ignoring_case(datasets::name, search));
    }
    match ownership {
        None => query,
        Some(Ownership::Own) => query.filter(datasets::owner_id.eq(user)),
        Some(Ownership::SharedByOthers) => query
            .filter(datasets::shared.eq(true))
            .filter(datasets::owner_id.is_null().or(datasets::owner_id.assume_not_null().ne(user))),
    }
}

/// The bytes of a dataset's texts, in words that both backends understand.
const TEXTS: &str = "CAST(octet_length(datasets.name) AS bigint) \
     + coalesce(octet_length(datasets.description), 0) + coalesce(octet_length(datasets.category), 0) \
     + coalesce(octet_length(datasets.creator), 0) + octet_length(datasets.source) \
     + octet_length(datasets.author_email) + coalesce((SELECT octet_length(f.body) \
     FROM dataset_facets f WHERE f.organization_id = datasets.organization_id \
     AND f.dataset_id = datasets.id AND f.dialect = ";
