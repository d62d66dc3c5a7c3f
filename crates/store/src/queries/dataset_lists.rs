//! Lists of datasets, newest first, read a piece at a time.

use std::cmp::Reverse;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use evalstone_core::caller::Caller;
use evalstone_core::dataset::{Beside, Dataset, DatasetFilter, Ownership, WhichPipeline};
use evalstone_core::id::Number;

use super::super::{Connection, ext};
use super::datasets::{Expressed, Seen, seen, whole};
use super::source_ids;
use crate::dataset_lists::{Piece, Place};
use crate::failure::Outcome;
use crate::fixed::{Around, around, fixed};
use crate::schema::datasets;
use crate::types::{Key, Uid};

/// What is listed, for whom.
pub struct List<'a> {
    /// Who asks.
    pub caller: &'a Caller,
    /// What is asked of each beside its own row.
    pub beside: Beside,
    /// What the datasets are to meet.
    pub filter: &'a DatasetFilter,
    /// Whether an index has them in their order, so that it costs little to look at them twice.
    pub is_indexed: bool,
}

/// The next datasets from a place on that meet the filter, as many as have `bytes` together, but one
/// at least.
pub fn piece(
    c: &mut Connection,
    list: &List<'_>,
    place: Place,
    limit: i64,
    bytes: i64,
) -> Outcome<Piece> {
    let Some(before) = list.beginning(c, place)? else {
        return Ok(Piece { datasets: Vec::new(), next: None });
    };
    let datasets = if list.is_indexed {
        let next = list.next_if_small(before, limit, bytes);
        whole(c, list.caller, list.beside, next)?
    } else {
        Vec::new()
    };
    if datasets.is_empty() {
        return list.fitting(c, before, limit, bytes);
    }
    Ok(Piece { next: after(&datasets, limit), datasets })
}

/// Where a list goes on after these datasets, which are all that there are when they are fewer than the limit.
fn after(datasets: &[Dataset], limit: i64) -> Option<Place> {
    let is_full = i64::try_from(datasets.len()).is_ok_and(|found| found >= limit);
    let last = datasets.last().filter(|_| is_full)?;
    Some(Place { before: Some(last.number), offset: 0 })
}

impl List<'_> {
    /// The number below which those are that begin at a place; none when nothing begins there. What is passed
    /// over is only counted.
    fn beginning(&self, c: &mut Connection, place: Place) -> Outcome<Option<Number>> {
        let Place { before, offset } = place;
        let before = before.unwrap_or(Number::MAX);
        if offset == 0 {
            return Ok(Some(before));
        }
        let passed = self.next(before, 1).offset(offset).select(datasets::number);
        Ok(passed.get_result::<Number>(c).optional()?.map(|number| number.saturating_add(1)))
    }

    /// So many datasets whose numbers are lower than one.
    fn next(&self, before: Number, limit: i64) -> Seen<'_> {
        let below = meeting(self.caller, self.filter, before);
        let below = match self.filter.pipeline {
            // As the index of pipelines has them, and no other.
            Some(_) => below.order((datasets::pipeline_id.desc(), datasets::number.desc())),
            None => below.order(datasets::number.desc()),
        };
        below.limit(limit)
    }

    /// The same, or none at all where their texts have more than so many bytes together.
    fn next_if_small(&self, before: Number, limit: i64, bytes: i64) -> Seen<'_> {
        let sizes = self.next(before, limit).select(bytes_of(self.beside));
        let together = "(SELECT CAST(COALESCE(SUM(bytes), 0) AS bigint) FROM (";
        let together = around::<BigInt, _>(together, sizes, ") AS listed)");
        self.next(before, limit).filter(together.le(bytes))
    }

    /// As many of them as have `bytes` together, but one at least. A dataset's size is asked for before the
    /// dataset itself, because its texts can have megabytes.
    fn fitting(
        &self,
        c: &mut Connection,
        before: Number,
        limit: i64,
        bytes: i64,
    ) -> Outcome<Piece> {
        let next = self.next(before, limit);
        let mut sizes: Vec<(Key, Number, i64)> =
            next.select((datasets::id, datasets::number, bytes_of(self.beside))).load(c)?;
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
        let is_all = sizes.len() == found && i64::try_from(found).is_ok_and(|found| found < limit);
        let these = self.again(&sizes, *first, *last);
        let mut datasets = whole(c, self.caller, self.beside, these)?;
        datasets.sort_unstable_by_key(|dataset| Reverse(dataset.number));
        // One that has just come into sight may have taken the place of the last.
        let is_full = datasets.len() == sizes.len();
        let end = datasets.last().filter(|_| is_full).map_or(*last, |dataset| dataset.number);
        let next = (!is_all || end > *last).then_some(Place { before: Some(end), offset: 0 });
        Ok(Piece { datasets, next })
    }

    /// The datasets between two numbers whose sizes are known. By their ids Postgres would look for them among all
    /// of the organization's where it knows of few; without an index it would look at all between them again.
    fn again(&self, sizes: &[(Key, Number, i64)], first: Number, last: Number) -> Seen<'_> {
        if self.is_indexed {
            let count = i64::try_from(sizes.len()).unwrap_or(i64::MAX);
            return self.next(first.saturating_add(1), count).filter(datasets::number.ge(last));
        }
        let ids: Vec<Key> = sizes.iter().map(|(id, _, _)| *id).collect();
        seen(self.caller).filter(datasets::id.eq_any(ids))
    }
}

/// The datasets that the caller sees, that meet a filter and whose numbers are lower than one.
pub fn meeting<'a>(caller: &Caller, filter: &'a DatasetFilter, before: Number) -> Seen<'a> {
    let DatasetFilter { categories, source, pipeline, archived, search, ownership } = filter;
    let user = Key::from(caller.user);
    let mut query = match pipeline {
        Some(WhichPipeline::Ours(pipeline)) => {
            seen(caller).filter(ext::of_pipeline(Key::from(*pipeline).into_sql::<Uid>(), before))
        }
        Some(WhichPipeline::Called { dialect, id }) => {
            let pipeline = source_ids::pipeline_called(caller, dialect, *id);
            seen(caller).filter(ext::of_pipeline(pipeline, before))
        }
        None => seen(caller).filter(datasets::number.lt(before)),
    };
    if !categories.is_empty() {
        query = query.filter(datasets::category.eq_any(categories));
    }
    if let Some(source) = source {
        query = query.filter(datasets::source.eq(source));
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

/// The bytes of the texts that are read of a dataset.
fn bytes_of(beside: Beside) -> Around<BigInt, Expressed<'static, BigInt>> {
    let facet: Expressed<'static, BigInt> = match beside.facet() {
        Some(dialect) => {
            Box::new(around::<BigInt, _>(OF_FACET, dialect.into_sql::<Text>(), "), 0)"))
        }
        None => Box::new(fixed::<BigInt>("0")),
    };
    around(OWN, facet, " AS bytes")
}

/// The bytes of a dataset's own texts and more, in words that both backends understand.
const OWN: &str = "CAST(octet_length(datasets.name) AS bigint) \
     + coalesce(octet_length(datasets.description), 0) + coalesce(octet_length(datasets.category), 0) \
     + coalesce(octet_length(datasets.creator), 0) + octet_length(datasets.source) \
     + octet_length(datasets.author_email) + ";
/// Those of its facet, up to the dialect's name.
const OF_FACET: &str = "coalesce((SELECT octet_length(f.body) \
     FROM dataset_facets f WHERE f.organization_id = datasets.organization_id \
     AND f.dataset_id = datasets.id AND f.dialect = ";
