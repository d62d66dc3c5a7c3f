//! Lists of datasets.

use std::collections::HashMap;

use diesel::prelude::*;
use evalstone_core::caller::Caller;
use evalstone_core::dataset::{Dataset, DatasetFilter, Ownership, Page, Window};

use super::super::{Backend, Connection, ext};
use super::datasets::visible;
use crate::failure::Outcome;
use crate::records::datasets::{DatasetRecord, OwnerColumns};
use crate::schema::{dataset_facets, datasets, users};
use crate::types::Key;

/// The datasets that meet the filter, newest first, and how many there are before the window.
/// The total is left out (as 0) when `counted` is false, for lists that do not show one.
pub fn list(
    c: &mut Connection,
    caller: &Caller,
    dialect: &str,
    filter: &DatasetFilter,
    window: Window,
    counted: bool,
) -> Outcome<Page<Dataset>> {
    let user = Key::from(caller.user);
    let matching = || {
        let mut query = datasets::table
            .filter(visible(caller.organization.into(), user))
            .into_boxed::<Backend>();
        if !filter.categories.is_empty() {
            query = query.filter(datasets::category.eq_any(&filter.categories));
        }
        if let Some(source) = &filter.source {
            query = query.filter(datasets::source.eq(source));
        }
        if let Some(pipeline) = filter.pipeline {
            query = query.filter(datasets::pipeline_id.eq(Key::from(pipeline)));
        }
        if !filter.archived {
            query = query.filter(datasets::archived_at.is_null());
        }
        if let Some(search) = &filter.search {
            query = query.filter(ext::contains_ignoring_case(datasets::name, search));
        }
        match filter.ownership {
            None => query,
            Some(Ownership::Own) => query.filter(datasets::owner_id.eq(user)),
            Some(Ownership::SharedByOthers) => query.filter(datasets::shared.eq(true)).filter(
                datasets::owner_id.is_null().or(datasets::owner_id.assume_not_null().ne(user)),
            ),
        }
    };
    let total = if counted { matching().count().get_result(c)? } else { 0 };
    let mut page = matching()
        .select(DatasetRecord::as_select())
        .order(datasets::number.desc())
        .offset(window.offset);
    page = match window.limit {
        Some(limit) => page.limit(limit),
        // SQLite has no OFFSET without a LIMIT.
        None => page.limit(i64::MAX),
    };
    let records: Vec<DatasetRecord> = page.load(c)?;
    Ok(Page { total, rows: complete(c, caller, dialect, records)? })
}

/// Adds owners and facets to a page of datasets.
fn complete(
    c: &mut Connection,
    caller: &Caller,
    dialect: &str,
    records: Vec<DatasetRecord>,
) -> Outcome<Vec<Dataset>> {
    let organization = Key::from(caller.organization);
    let mut owners: Vec<Key> = records.iter().filter_map(|record| record.owner_id).collect();
    owners.sort_unstable();
    owners.dedup();
    let mut owned: HashMap<Key, OwnerColumns> = HashMap::new();
    owned.insert(caller.user.into(), (caller.user_number, caller.email.clone()));
    owners.retain(|owner| !owned.contains_key(owner));
    for chunk in owners.chunks(CHUNK) {
        let rows: Vec<(Key, i64, String)> = users::table
            .filter(users::organization_id.eq(organization))
            .filter(users::id.eq_any(chunk))
            .select((users::id, users::number, users::email))
            .load(c)?;
        owned.extend(rows.into_iter().map(|(id, number, email)| (id, (number, email))));
    }
    let ids: Vec<Key> = records.iter().map(|record| record.id).collect();
    let mut facets: HashMap<Key, String> = HashMap::new();
    for chunk in ids.chunks(CHUNK) {
        let rows: Vec<(Key, String)> = dataset_facets::table
            .filter(dataset_facets::organization_id.eq(organization))
            .filter(dataset_facets::dataset_id.eq_any(chunk))
            .filter(dataset_facets::dialect.eq(dialect))
            .select((dataset_facets::dataset_id, dataset_facets::body))
            .load(c)?;
        facets.extend(rows);
    }
    let with_parts = |record: DatasetRecord| {
        let owner = record.owner_id.and_then(|id| owned.get(&id).cloned());
        let facet = facets.remove(&record.id);
        record.into_dataset(owner, facet)
    };
    Ok(records.into_iter().map(with_parts).collect())
}

/// How many ids one statement names at the most; far below either backend's limit on binds.
const CHUNK: usize = 5_000;
