//! Collections: how they are made, found, listed and removed.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use diesel::prelude::*;
use evalstone_core::attempt::Made;
use evalstone_core::caller::Caller;
use evalstone_core::collection::{Collection, CollectionFilter, NewCollection};
use evalstone_core::dataset::Ownership;
use evalstone_core::error::Error;
use evalstone_core::id::{CollectionId, Number};
use evalstone_core::name_key::own_name_key;
use evalstone_core::sharing::{Place, Standing, begins_shared};
use evalstone_core::source::SourceKind;

use super::super::{Backend, Connection};
use super::sharing::{
    check_collection_name, explain, find_datasets, ids_of, lock, lock_datasets, members,
    place_datasets,
};
use super::{attempts, run_places, source_ids};
use crate::collections::By;
use crate::failure::Outcome;
use crate::records::collections::{
    CollectionRecord, DatasetPlace, NewCollectionRecord, PlacedRecord, RunPlace,
};
use crate::records::datasets::OwnerColumns;
use crate::schema::{collections, users};
use crate::types::Key;

/// What the caller can see.
#[diesel::dsl::auto_type]
pub fn visible(organization: Key, user: Key) -> _ {
    collections::organization_id
        .eq(organization)
        .and(collections::shared.eq(true).or(collections::owner_id.assume_not_null().eq(user)))
}

/// The collection as a place for datasets and runs.
pub fn place_of(collection: &Collection) -> Place<Key> {
    Place { id: collection.id.into(), standing: collection.standing() }
}

/// Makes a collection that its caller owns, of datasets that are in no other.
pub fn create(c: &mut Connection, caller: &Caller, new: &NewCollection) -> Outcome<Collection> {
    attempts::begin(c, [caller])?;
    lock(c, caller.organization.into())?;
    let NewCollection { origin, name, datasets } = new;
    let (ids, missing) = find_datasets(c, caller, origin, datasets)?;
    if let Some(missing) = missing {
        return Err(no_dataset(missing).into());
    }
    let organization = Key::from(caller.organization);
    let rows = lock_datasets(c, organization, &ids)?;
    check_free(&rows, None)?;
    let standings: Vec<Standing> = rows.iter().map(PlacedRecord::standing).collect();
    let shared = begins_shared(caller, &standings)?;
    let name_key = own_name_key(caller, name);
    check_collection_name(c, caller, &name_key, None)?;
    let id: CollectionId = caller.new_id(SourceKind::Collection);
    let record = NewCollectionRecord {
        organization_id: organization,
        id: id.into(),
        owner_id: caller.user.into(),
        author_email: &caller.email,
        shared,
        name,
        name_key: &name_key,
        origin,
    };
    diesel::insert_into(collections::table).values(&record).execute(c).map_err(explain)?;
    // A fresh collection shows the same time twice.
    diesel::update(collections::table.find((organization, Key::from(id))))
        .set(collections::updated_at.eq(collections::created_at.nullable()))
        .execute(c)?;
    take_in(c, organization, id.into(), Some(caller.user.into()), &rows, shared)?;
    source_ids::bind(c, caller, SourceKind::Collection, id.uuid())?;
    let made = find(c, caller, By::Id(id))?.ok_or_else(|| Error::fault("a collection is gone"))?;
    attempts::keep(c, [(caller, Made::Collection(&made))])?;
    Ok(made)
}

/// Refuses numbers of datasets that the caller does not see.
pub fn check_datasets(
    c: &mut Connection,
    caller: &Caller,
    dialect: &str,
    numbers: &[Number],
) -> Outcome<()> {
    let (_, missing) = find_datasets(c, caller, dialect, numbers)?;
    missing.map_or(Ok(()), |missing| Err(no_dataset(missing).into()))
}

/// The error for the number of a dataset that the caller does not see. 0 stands for numbers that no
/// database holds.
fn no_dataset(number: Number) -> Error {
    match number {
        0 => Error::not_found("Dataset"),
        number => Error::not_found(&format!("Dataset {number}")),
    }
}

/// Refuses datasets that are in a collection, unless it is this one.
pub fn check_free(rows: &[PlacedRecord], collection: Option<Key>) -> Outcome<()> {
    let held = |row: &&PlacedRecord| row.collection_id.is_some() && row.collection_id != collection;
    rows.iter().find(held).map_or(Ok(()), |row| {
        let text = format!("dataset_ids: dataset {} is in another collection", row.number);
        Err(Error::invalid(text).into())
    })
}

/// Puts datasets into a collection, whose locks are held, and with them the runs on them of their owners
/// and of the collection's. In a shared one they are shared.
pub fn take_in(
    c: &mut Connection,
    organization: Key,
    collection: Key,
    owner: Option<Key>,
    rows: &[PlacedRecord],
    shared: bool,
) -> Outcome<()> {
    let share = shared.then_some(true);
    let collection_id = Some(Some(collection));
    let place = DatasetPlace { shared: share, collection_id };
    let all = ids_of(rows, |_| true);
    place_datasets(c, organization, &all, place)?;
    let owners: BTreeSet<Key> = rows.iter().filter_map(|row| row.owner_id).chain(owner).collect();
    for one in owners {
        let ids = ids_of(rows, |row| row.owner_id == Some(one) || owner == Some(one));
        run_places::of_datasets(
            c,
            organization,
            one,
            &ids,
            RunPlace { shared: share, collection_id },
        )?;
    }
    Ok(())
}

type Row = (CollectionRecord, Option<OwnerColumns>);

/// The collection of that name, if the caller sees it.
pub fn find(c: &mut Connection, caller: &Caller, by: By) -> Outcome<Option<Collection>> {
    let id = match by {
        By::Id(id) => Some(Key::from(id)),
        By::Number(number) => collections::table
            .filter(visible(caller.organization.into(), caller.user.into()))
            .filter(collections::number.eq(number))
            .select(collections::id)
            .first(c)
            .optional()?,
    };
    let ids: Vec<Key> = id.into_iter().collect();
    Ok(select(c, caller, &ids)?.pop())
}

/// The collections of these ids that the caller sees, newest first, with their owners.
fn select(c: &mut Connection, caller: &Caller, ids: &[Key]) -> Outcome<Vec<Collection>> {
    let mut rows: Vec<Row> = collections::table
        .left_join(
            users::table.on(users::organization_id
                .eq(collections::organization_id)
                .and(users::id.nullable().eq(collections::owner_id))),
        )
        .filter(visible(caller.organization.into(), caller.user.into()))
        .filter(collections::id.eq_any(ids))
        .select((CollectionRecord::as_select(), (users::number, users::email).nullable()))
        .load(c)?;
    // Told to order them, SQLite would go through all of the organization's collections in that order.
    rows.sort_unstable_by_key(|(record, _)| Reverse(record.number));
    Ok(rows.into_iter().map(|(record, owner)| record.into_collection(owner)).collect())
}

type Shown =
    diesel::dsl::IntoBoxed<'static, diesel::dsl::Filter<collections::table, visible>, Backend>;

fn shown(caller: &Caller, filter: CollectionFilter) -> Shown {
    let CollectionFilter { ownership } = filter;
    let user = Key::from(caller.user);
    let query = collections::table
        .filter(visible(caller.organization.into(), user))
        .into_boxed::<Backend>();
    match ownership {
        None => query,
        Some(Ownership::Own) => query.filter(collections::owner_id.assume_not_null().eq(user)),
        Some(Ownership::SharedByOthers) => query.filter(collections::shared.eq(true)).filter(
            collections::owner_id.is_null().or(collections::owner_id.assume_not_null().ne(user)),
        ),
    }
}

/// How many collections meet the filter.
pub fn count(c: &mut Connection, caller: &Caller, filter: CollectionFilter) -> Outcome<i64> {
    Ok(shown(caller, filter).count().get_result(c)?)
}

/// The next collections that meet the filter, newest first: those before a number, if one is given. Beside
/// them the number with which the next piece begins, none at the end: what was looked for may be gone by
/// the time when it is read.
pub fn piece(
    c: &mut Connection,
    caller: &Caller,
    filter: CollectionFilter,
    before: Option<Number>,
    offset: i64,
    limit: i64,
) -> Outcome<(Vec<Collection>, Option<Number>)> {
    let mut query = shown(caller, filter)
        .select((collections::id, collections::number))
        .order(collections::number.desc())
        .offset(offset)
        .limit(limit);
    if let Some(before) = before {
        query = query.filter(collections::number.lt(before));
    }
    let (ids, numbers): (Vec<Key>, Vec<Number>) =
        query.load::<(Key, Number)>(c)?.into_iter().unzip();
    Ok((select(c, caller, &ids)?, numbers.last().copied()))
}

/// Deletes a collection; what is in it stays, in none (contract U13). False when the caller sees no such
/// collection.
pub fn delete(c: &mut Connection, caller: &Caller, number: Number) -> Outcome<bool> {
    lock(c, caller.organization.into())?;
    let Some(found) = find(c, caller, By::Number(number))? else {
        return Ok(false);
    };
    found.standing().check_removal(caller, "collection")?;
    let (organization, id) = (Key::from(caller.organization), Key::from(found.id));
    // Its row is changed first, for whoever is making a run in it.
    diesel::update(collections::table.find((organization, id)))
        .set(collections::name_key.eq(None::<&str>))
        .execute(c)?;
    let ids = members(c, organization, id)?;
    lock_datasets(c, organization, &ids)?;
    let nowhere = DatasetPlace { shared: None, collection_id: Some(None) };
    place_datasets(c, organization, &ids, nowhere)?;
    run_places::empty(c, organization, id, None)?;
    diesel::delete(collections::table.find((organization, id))).execute(c)?;
    Ok(true)
}
