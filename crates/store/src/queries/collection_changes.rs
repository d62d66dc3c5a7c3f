//! Changes of collections, and what follows from them for what is in them (contract §3.10).

use std::collections::BTreeSet;

use diesel::prelude::*;
use evalstone_core::caller::Caller;
use evalstone_core::collection::{Collection, CollectionChange};
use evalstone_core::error::Error;
use evalstone_core::id::Number;
use evalstone_core::name_key::name_key;
use evalstone_core::sharing::{Standing, asked, becomes_shared};

use super::super::{Connection, ext};
use super::collections::{check_free, find, take_in};
use super::run_places;
use super::sharing::{
    check_collection_name, explain, find_datasets, ids_of, lock, lock_datasets, members,
    place_datasets,
};
use crate::collections::By;
use crate::failure::Outcome;
use crate::records::collections::{DatasetPlace, PlacedRecord, RunPlace};
use crate::schema::collections;
use crate::types::Key;

/// A collection that is being changed, under the lock on sharing.
#[derive(Clone, Copy)]
struct Target {
    organization: Key,
    id: Key,
    owner: Option<Key>,
}

/// Changes a collection; none when the caller sees no such collection.
pub fn change(
    c: &mut Connection,
    caller: &Caller,
    dialect: &str,
    number: Number,
    change: &CollectionChange,
) -> Outcome<Option<Collection>> {
    lock(c, caller.organization.into())?;
    let Some(found) = find(c, caller, By::Number(number))? else {
        return Ok(None);
    };
    if change.is_empty() {
        return Ok(Some(found));
    }
    let CollectionChange { name, datasets, organization } = change;
    let was = found.standing();
    let asked = asked(caller, was, "collection", *organization)?;
    let target = Target {
        organization: caller.organization.into(),
        id: found.id.into(),
        owner: was.owner.map(Into::into),
    };
    set_name(c, caller, target, was, name.as_deref())?;
    let members = match datasets {
        None => Replacement::none(c, target)?,
        Some(numbers) => Replacement::find(c, caller, dialect, target, numbers)?,
    };
    let added: Vec<Standing> = members.added.iter().map(PlacedRecord::standing).collect();
    let shared = becomes_shared(caller, was, &added, asked);
    // The collection's row comes before those of datasets and runs, for whoever is making a run in it.
    diesel::update(collections::table.find((target.organization, target.id)))
        .set((collections::shared.eq(shared), collections::updated_at.eq(ext::now().nullable())))
        .execute(c)
        .map_err(explain)?;
    members.apply(c, target, was.shared, shared, asked)?;
    find(c, caller, By::Id(found.id))
}

fn set_name(
    c: &mut Connection,
    caller: &Caller,
    target: Target,
    was: Standing,
    name: Option<&str>,
) -> Outcome<()> {
    let Some(name) = name else {
        return Ok(());
    };
    let key = name_key(caller.organization, was.owner, name);
    check_collection_name(c, caller, &key, Some(target.id))?;
    diesel::update(collections::table.find((target.organization, target.id)))
        .set((collections::name.eq(name), collections::name_key.eq(&key)))
        .execute(c)
        .map_err(explain)?;
    Ok(())
}

/// The datasets that leave a collection, stay in it and come into it; their locks are held.
struct Replacement {
    removed: Vec<PlacedRecord>,
    kept: Vec<PlacedRecord>,
    added: Vec<PlacedRecord>,
}

impl Replacement {
    /// All stay.
    fn none(c: &mut Connection, target: Target) -> Outcome<Self> {
        let ids = members(c, target.organization, target.id)?;
        let kept = lock_datasets(c, target.organization, &ids)?;
        Ok(Self { removed: Vec::new(), kept, added: Vec::new() })
    }

    /// Only the named ones stay or come; what comes must be the caller's, and in no other collection.
    fn find(
        c: &mut Connection,
        caller: &Caller,
        dialect: &str,
        target: Target,
        numbers: &[Number],
    ) -> Outcome<Self> {
        let now = members(c, target.organization, target.id)?;
        let (wanted, missing) = find_datasets(c, caller, dialect, numbers)?;
        if missing.is_some() {
            return Err(Error::invalid("dataset_ids names a dataset that does not exist").into());
        }
        let wanted: BTreeSet<Key> = wanted.into_iter().collect();
        let union: BTreeSet<Key> = now.into_iter().chain(wanted.iter().copied()).collect();
        let ids: Vec<Key> = union.into_iter().collect();
        let rows = lock_datasets(c, target.organization, &ids)?;
        let (inside, outside): (Vec<_>, Vec<_>) =
            rows.into_iter().partition(|row| row.collection_id == Some(target.id));
        let (kept, removed): (Vec<_>, Vec<_>) =
            inside.into_iter().partition(|row| wanted.contains(&row.id));
        check_free(&outside, Some(target.id))?;
        match outside.iter().find(|row| !row.standing().is_own(caller)) {
            Some(row) => Err(Error::invalid(format!(
                "dataset_ids: dataset {} is not yours, and only its owner can add it",
                row.number
            ))
            .into()),
            None => Ok(Self { removed, kept, added: outside }),
        }
    }

    fn apply(
        &self,
        c: &mut Connection,
        target: Target,
        was_shared: bool,
        shared: bool,
        asked: Option<bool>,
    ) -> Outcome<()> {
        let Self { removed, kept, added } = self;
        leave(c, target, removed)?;
        take_in(c, target.organization, target.id, target.owner, added, shared)?;
        if shared && (!was_shared || asked == Some(true) || !added.is_empty()) {
            share(c, target, kept)?;
        }
        if !shared && was_shared {
            let all: Vec<PlacedRecord> = kept.iter().chain(added).copied().collect();
            unshare(c, target, &all)?;
        }
        Ok(())
    }
}

/// Datasets leave a collection, and with them the runs on them of their owners and of the collection's.
fn leave(c: &mut Connection, target: Target, removed: &[PlacedRecord]) -> Outcome<()> {
    let Target { organization, id, owner } = target;
    let nowhere = DatasetPlace { shared: None, collection_id: Some(None) };
    place_datasets(c, organization, &ids_of(removed, |_| true), nowhere)?;
    let owners: BTreeSet<Key> =
        removed.iter().filter_map(|row| row.owner_id).chain(owner).collect();
    for one in owners {
        let ids = ids_of(removed, |row| row.owner_id == Some(one) || owner == Some(one));
        run_places::leave(c, organization, one, &ids, id)?;
    }
    Ok(())
}

/// What is in a collection is shared, with its owner's runs in it and on its datasets. The collection's
/// own row is shared already, and these datasets' locks are held.
pub fn share_contents(
    c: &mut Connection,
    organization: Key,
    collection: Key,
    owner: Option<Key>,
    rows: &[PlacedRecord],
) -> Outcome<()> {
    let place = DatasetPlace { shared: Some(true), collection_id: None };
    place_datasets(c, organization, &ids_of(rows, |row| !row.shared), place)?;
    let place = RunPlace { shared: Some(true), collection_id: None };
    if let Some(owner) = owner {
        run_places::of_datasets(c, organization, owner, &ids_of(rows, |_| true), place)?;
        run_places::of_collection(c, organization, owner, collection, place)?;
    }
    Ok(())
}

fn share(c: &mut Connection, target: Target, rows: &[PlacedRecord]) -> Outcome<()> {
    let Target { organization, id, owner } = target;
    share_contents(c, organization, id, owner, rows)
}

/// What others have in a collection leaves it; what its owner has stays and becomes private. Only a
/// collection with an owner is ever unshared.
fn unshare(c: &mut Connection, target: Target, rows: &[PlacedRecord]) -> Outcome<()> {
    let Target { organization, id, owner } = target;
    let Some(owner) = owner else {
        return Err(Error::fault("a collection without an owner was to be unshared").into());
    };
    let theirs = ids_of(rows, |row| row.owner_id != Some(owner));
    let nowhere = DatasetPlace { shared: None, collection_id: Some(None) };
    place_datasets(c, organization, &theirs, nowhere)?;
    run_places::empty(c, organization, id, Some(owner))?;
    let own = ids_of(rows, |row| row.owner_id == Some(owner));
    let private = DatasetPlace { shared: Some(false), collection_id: None };
    place_datasets(c, organization, &own, private)?;
    let private = RunPlace { shared: Some(false), collection_id: None };
    run_places::of_datasets(c, organization, owner, &own, private)?;
    run_places::of_collection(c, organization, owner, id, private)
}
