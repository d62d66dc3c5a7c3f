//! Lists of datasets, newest first, read a piece at a time.

use diesel::prelude::*;
use evalstone_core::caller::Caller;
use evalstone_core::dataset::{Beside, DatasetFilter, Ownership, WhichPipeline};
use evalstone_core::id::Number;

use super::super::{Connection, ext};
use super::datasets::{Seen, first_of, seen};
use super::source_ids;
use crate::dataset_lists::{Piece, Place};
use crate::failure::Outcome;
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
}

/// The next datasets from a place on that meet the filter, until they have `bytes` of texts together.
pub fn piece(
    c: &mut Connection,
    list: &List<'_>,
    place: Place,
    limit: i64,
    bytes: usize,
) -> Outcome<Piece> {
    let Some(before) = list.beginning(c, place)? else {
        return Ok(Piece { datasets: Vec::new(), is_heavy: false, next: None });
    };
    let next = list.next(before, limit);
    let (datasets, is_heavy) = first_of(c, list.caller, list.beside, next, bytes)?;
    let is_full = is_heavy || i64::try_from(datasets.len()).is_ok_and(|found| found >= limit);
    let last = datasets.last().filter(|_| is_full);
    let next = last.map(|last| Place { before: Some(last.number), offset: 0 });
    Ok(Piece { datasets, is_heavy, next })
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
