//! Who sees what in an organization: the lock that all who change it take, and what they have in common.
//!
//! One row's visibility follows from others', so that what may be written depends on many rows. Who
//! changes any of it therefore has the organization's lock on sharing first; then comes the collection's
//! row, then datasets in the order of their ids, then runs. Those who make runs have the lock of the
//! dataset or the collection that the run takes its visibility from, and so wait for the change or are
//! seen by it.

use std::collections::{BTreeSet, HashMap};

use diesel::dsl::exists;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};
use evalstone_core::caller::Caller;
use evalstone_core::error::Error;
use evalstone_core::id::Number;
use evalstone_core::name_key::HOLDER_CHARS;

use super::super::{Connection, ext};
use super::{dataset_totals, datasets as dataset_queries, source_ids};
use crate::failure::{Failure, Outcome};
use crate::fixed::around;
use crate::records::collections::{DatasetPlace, PlacedRecord};
use crate::schema::{collections, datasets};
use crate::types::Key;

/// How many ids or numbers one query names.
pub const IDS_PER_QUERY: usize = 1_000;

/// Takes the organization's lock on sharing: the first statement of a transaction that needs it.
pub fn lock(c: &mut Connection, organization: Key) -> Outcome<()> {
    Ok(ext::lock_sharing(c, organization)?)
}

/// Datasets by the numbers that a client names them by, and the first number of which the caller sees
/// none. A number may also be the id that an import's source gave.
pub fn find_datasets(
    c: &mut Connection,
    caller: &Caller,
    dialect: &str,
    numbers: &[Number],
) -> Outcome<(Vec<Key>, Option<Number>)> {
    let numbers: BTreeSet<Number> = numbers.iter().copied().collect();
    let numbers: Vec<Number> = numbers.into_iter().collect();
    let mut ids = BTreeSet::new();
    for some in numbers.chunks(IDS_PER_QUERY) {
        let rows: Vec<(Number, Key)> = datasets::table
            .filter(dataset_queries::visible(caller.organization.into(), caller.user.into()))
            .filter(datasets::number.eq_any(some))
            .select((datasets::number, datasets::id))
            .load(c)?;
        let found: HashMap<Number, Key> = rows.into_iter().collect();
        let others = some.iter().filter(|number| !found.contains_key(number));
        let others: Vec<String> = others.map(ToString::to_string).collect();
        let imported = source_ids::datasets_of(c, caller, dialect, &others)?;
        for number in some {
            let imported = || imported.get(&number.to_string()).copied().map(Key::from);
            match found.get(number).copied().or_else(imported) {
                Some(id) => drop(ids.insert(id)),
                // One is enough to refuse them all.
                None => return Ok((ids.into_iter().collect(), Some(*number))),
            }
        }
    }
    Ok((ids.into_iter().collect(), None))
}

/// The datasets that are in a collection, in the order of their ids.
pub fn members(c: &mut Connection, organization: Key, collection: Key) -> Outcome<Vec<Key>> {
    // In the order of an index of collections; by ids, SQLite would go through all datasets.
    let mut ids: Vec<Key> = datasets::table
        .filter(datasets::organization_id.eq(organization))
        .filter(datasets::collection_id.assume_not_null().eq(collection))
        .order(datasets::number)
        .select(datasets::id)
        .load(c)?;
    ids.sort_unstable();
    Ok(ids)
}

/// Takes the locks of these datasets, whose ids are in order, and tells where those are that are still
/// there.
pub fn lock_datasets(
    c: &mut Connection,
    organization: Key,
    ids: &[Key],
) -> Outcome<Vec<PlacedRecord>> {
    let mut placed = Vec::with_capacity(ids.len());
    for some in ids.chunks(IDS_PER_QUERY) {
        ext::lock_datasets(c, organization, some)?;
        let rows: Vec<PlacedRecord> = datasets::table
            .filter(datasets::organization_id.eq(organization))
            .filter(datasets::id.eq_any(some))
            .filter(datasets::hidden_at.is_null())
            .order(datasets::id)
            .select(PlacedRecord::as_select())
            .load(c)?;
        placed.extend(rows);
    }
    Ok(placed)
}

/// Moves datasets, whose locks are held.
pub fn place_datasets(
    c: &mut Connection,
    organization: Key,
    ids: &[Key],
    place: DatasetPlace,
) -> Outcome<()> {
    if ids.is_empty() {
        return Ok(());
    }
    for some in ids.chunks(IDS_PER_QUERY) {
        diesel::update(datasets::table.filter(datasets::organization_id.eq(organization)))
            .filter(datasets::id.eq_any(some))
            .set((
                place,
                datasets::version.eq(datasets::version + 1),
                datasets::updated_at.eq(ext::now().nullable()),
            ))
            .execute(c)
            .map_err(explain)?;
    }
    match place.shared {
        Some(_) => Ok(dataset_totals::changed(c, organization)?),
        None => Ok(()),
    }
}

/// The ids of those that meet a condition.
pub fn ids_of(rows: &[PlacedRecord], meets: impl Fn(&PlacedRecord) -> bool) -> Vec<Key> {
    rows.iter().filter(|row| meets(row)).map(|row| row.id).collect()
}

/// Says what the constraints on names mean.
pub fn explain(error: diesel::result::Error) -> Failure {
    Failure::from(error).when_taken(taken)
}

/// What is told of a name that somebody has.
pub fn taken() -> Error {
    Error::taken("this name is taken in your account or organization")
}

/// Refuses a dataset's new name when the caller has a dataset of that name, or sees one that is shared.
/// `key` is its key whoever holds it. The indexes refuse what is taken in the meantime.
pub fn check_dataset_name(
    c: &mut Connection,
    caller: &Caller,
    key: &str,
    own: Option<Key>,
) -> Outcome<()> {
    let label = key.get(HOLDER_CHARS..).unwrap_or_default();
    let named = label.into_sql::<Text>();
    let shared =
        around::<Bool, _>("(datasets.shared AND substr(datasets.name_key, 37) = ", named, ")");
    let others = |id: Option<Key>| {
        let id = id.unwrap_or(Key(uuid::Uuid::nil()));
        datasets::table
            .filter(datasets::organization_id.eq(Key::from(caller.organization)))
            .filter(datasets::id.ne(id))
    };
    let held = format!("{}{label}", caller.user);
    let held = others(own).filter(datasets::name_key.assume_not_null().eq(held));
    let is_taken: bool = diesel::select(exists(held)).get_result(c)?;
    let is_taken =
        is_taken || diesel::select(exists(others(own).filter(shared))).get_result::<bool>(c)?;
    if is_taken { Err(taken().into()) } else { Ok(()) }
}

/// The same for a collection's.
pub fn check_collection_name(
    c: &mut Connection,
    caller: &Caller,
    key: &str,
    own: Option<Key>,
) -> Outcome<()> {
    let label = key.get(HOLDER_CHARS..).unwrap_or_default();
    let named = label.into_sql::<Text>();
    let shared = around::<Bool, _>(
        "(collections.shared AND substr(collections.name_key, 37) = ",
        named,
        ")",
    );
    let others = |id: Option<Key>| {
        let id = id.unwrap_or(Key(uuid::Uuid::nil()));
        collections::table
            .filter(collections::organization_id.eq(Key::from(caller.organization)))
            .filter(collections::id.ne(id))
    };
    let held = format!("{}{label}", caller.user);
    let held = others(own).filter(collections::name_key.assume_not_null().eq(held));
    let is_taken: bool = diesel::select(exists(held)).get_result(c)?;
    let is_taken =
        is_taken || diesel::select(exists(others(own).filter(shared))).get_result::<bool>(c)?;
    if is_taken { Err(taken().into()) } else { Ok(()) }
}
