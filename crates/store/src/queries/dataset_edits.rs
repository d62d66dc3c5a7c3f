//! Changes of datasets where names are unique and datasets are shared (contract §3.5), and their
//! removal with their scoring runs (contract U14).

use diesel::prelude::*;
use evalstone_core::caller::Caller;
use evalstone_core::collection::DatasetEdit;
use evalstone_core::dataset::{Dataset, Reference};
use evalstone_core::error::Error;
use evalstone_core::id::Number;
use evalstone_core::json::{ObjectBuilder, RawJson, RawObject};
use evalstone_core::name_key::name_key;
use evalstone_core::sharing::{Place, Settled, Standing, asked, settle_dataset};

use super::super::{Connection, ext};
use super::collection_changes::share_contents;
use super::collections::{find as find_collection, place_of};
use super::dataset_changes::set_facet;
use super::discarded_runs::{Which, discard};
use super::sharing::{check_dataset_name, explain, lock, lock_datasets, members};
use super::{dataset_totals, datasets as dataset_queries, run_places};
use crate::collections::By;
use crate::failure::Outcome;
use crate::records::collections::RunPlace;
use crate::schema::{collections, datasets};
use crate::types::Key;

/// What changes in the dataset's own row.
#[derive(AsChangeset)]
#[diesel(table_name = datasets)]
struct Changes<'a> {
    name: Option<&'a str>,
    name_key: Option<&'a str>,
    shared: bool,
    collection_id: Option<Option<Key>>,
}

/// Changes a dataset; none when the caller sees no such dataset.
pub fn edit(
    c: &mut Connection,
    caller: &Caller,
    dialect: &'static str,
    reference: &Reference,
    edit: &DatasetEdit,
) -> Outcome<Option<Dataset>> {
    lock(c, caller.organization.into())?;
    let Some(found) = dataset_queries::find(c, caller, dialect, reference)? else {
        return Ok(None);
    };
    if edit.is_empty() {
        return Ok(Some(found));
    }
    let DatasetEdit { name, facet, collection, organization } = edit;
    let was = found.standing();
    let asked = asked(caller, was, "dataset", *organization)?;
    let (organization, id) = (Key::from(caller.organization), Key::from(found.id));
    let now = holder_of(c, organization, id)?;
    let target =
        collection.map(|number| target(c, caller, number, unknown_collection)).transpose()?;
    let settled = settle_dataset(caller, was, now, target, asked)?;
    let key = name.as_ref().map(|name| name_key(caller.organization, was.owner, name));
    if let Some(key) = &key {
        check_dataset_name(c, caller, key, Some(id))?;
    }
    if settled.shares_collection {
        share_collection(c, organization, settled.collection, id)?;
    } else {
        lock_datasets(c, organization, &[id])?;
    }
    let changes = Changes {
        name: name.as_deref(),
        name_key: key.as_deref(),
        shared: settled.shared,
        collection_id: Some(settled.collection),
    };
    let target = datasets::table.find((organization, id)).filter(datasets::hidden_at.is_null());
    let changed = diesel::update(target)
        .set((
            changes,
            datasets::version.eq(datasets::version + 1),
            datasets::updated_at.eq(ext::now().nullable()),
        ))
        .execute(c)
        .map_err(explain)?;
    if changed == 0 {
        return Err(Error::not_found("Dataset").into());
    }
    add_to_facet(c, caller, dialect, &found, facet)?;
    if settled.shared != was.shared {
        dataset_totals::changed(c, organization)?;
    }
    if settled.shares_collection
        || settled.shared != was.shared
        || settled.collection != now.map(|place| place.id)
    {
        move_runs(c, organization, &found, settled)?;
    }
    dataset_queries::find(c, caller, dialect, &Reference::Id(found.id.uuid()))
}

/// The collection of this id, whether the caller sees it or not.
pub fn holder(c: &mut Connection, organization: Key, id: Key) -> Outcome<Place<Key>> {
    let (owner, shared): (Option<Key>, bool) = collections::table
        .find((organization, id))
        .select((collections::owner_id, collections::shared))
        .first(c)?;
    Ok(Place { id, standing: Standing { owner: owner.map(Into::into), shared } })
}

/// The collection that a dataset is in, whether the caller sees it or not.
fn holder_of(c: &mut Connection, organization: Key, dataset: Key) -> Outcome<Option<Place<Key>>> {
    let id: Option<Key> =
        datasets::table.find((organization, dataset)).select(datasets::collection_id).first(c)?;
    id.map(|id| holder(c, organization, id)).transpose()
}

/// The collection that something is moved to, if it is moved to one; the caller must see it.
pub fn target(
    c: &mut Connection,
    caller: &Caller,
    number: Option<Number>,
    unknown: impl FnOnce() -> Error,
) -> Outcome<Option<Place<Key>>> {
    let Some(number) = number else {
        return Ok(None);
    };
    let found = find_collection(c, caller, By::Number(number))?.ok_or_else(unknown)?;
    Ok(Some(place_of(&found)))
}

fn unknown_collection() -> Error {
    Error::invalid("data_collection_id names a data collection that does not exist")
}

/// Shares a collection with all that is in it, for the sake of a dataset that is in it or comes into it.
fn share_collection(
    c: &mut Connection,
    organization: Key,
    collection: Option<Key>,
    dataset: Key,
) -> Outcome<()> {
    let id = collection.ok_or_else(|| Error::fault("no collection was to be shared"))?;
    let owner: Option<Key> = diesel::update(collections::table.find((organization, id)))
        .set((collections::shared.eq(true), collections::updated_at.eq(ext::now().nullable())))
        .returning(collections::owner_id)
        .get_result(c)
        .map_err(explain)?;
    let mut ids = members(c, organization, id)?;
    ids.push(dataset);
    ids.sort_unstable();
    ids.dedup();
    let mut rows = lock_datasets(c, organization, &ids)?;
    rows.retain(|row| row.id != dataset);
    share_contents(c, organization, id, owner, &rows)
}

/// Sets members of what the dialect alone knows of a dataset; the others stay as they are.
fn add_to_facet(
    c: &mut Connection,
    caller: &Caller,
    dialect: &str,
    dataset: &Dataset,
    members: &[(&'static str, RawJson)],
) -> Outcome<()> {
    if members.is_empty() {
        return Ok(());
    }
    let known = dataset.facet.clone().and_then(|facet| RawObject::try_from(facet).ok());
    let is_set = |key: &str| members.iter().any(|(name, _)| *name == key);
    let mut facet = ObjectBuilder::new();
    for (key, value) in known.iter().flat_map(|known| known.view().members()) {
        if !key.text().is_some_and(|key| is_set(&key)) {
            facet = facet.raw_member(key, value);
        }
    }
    let facet = members.iter().fold(facet, |facet, (key, value)| facet.member(key, value.view()));
    set_facet(c, caller, dialect, dataset.id, Some(facet.build().as_str()))
}

/// The owner's runs on a dataset go where it goes.
fn move_runs(
    c: &mut Connection,
    organization: Key,
    was: &Dataset,
    settled: Settled<Key>,
) -> Outcome<()> {
    let Some(owner) = &was.owner else {
        return Ok(());
    };
    let place = RunPlace { shared: Some(settled.shared), collection_id: Some(settled.collection) };
    run_places::of_datasets(c, organization, owner.id.into(), &[was.id.into()], place)
}

/// Deletes a dataset with its scoring runs; other runs on it stay readable. False when the caller sees no
/// such dataset.
pub fn remove(
    c: &mut Connection,
    caller: &Caller,
    dialect: &'static str,
    reference: &Reference,
) -> Outcome<bool> {
    lock(c, caller.organization.into())?;
    let Some(found) = dataset_queries::find(c, caller, dialect, reference)? else {
        return Ok(false);
    };
    found.standing().check_removal(caller, "dataset")?;
    if !dataset_queries::delete(c, caller, found.id)? {
        return Ok(false);
    }
    discard(c, caller.organization.into(), Which::OfDataset(found.id.into()))?;
    Ok(true)
}
