//! Where scoring runs are, and who sees them: they follow their datasets and collections.

use diesel::prelude::*;
use evalstone_core::run::RunKind;

use super::super::{Connection, ext};
use super::sharing::IDS_PER_QUERY;
use crate::failure::Outcome;
use crate::records::collections::RunPlace;
use crate::schema::runs;
use crate::types::Key;

/// Out of whatever collection it is in.
pub const NOWHERE: RunPlace = RunPlace { shared: None, collection_id: Some(None) };

#[diesel::dsl::auto_type]
fn scoring(organization: Key, kind: &'static str) -> _ {
    runs::organization_id.eq(organization).and(runs::kind.eq(kind))
}

/// Moves the runs of these datasets that this user owns.
pub fn of_datasets(
    c: &mut Connection,
    organization: Key,
    owner: Key,
    datasets: &[Key],
    place: RunPlace,
) -> Outcome<()> {
    for some in datasets.chunks(IDS_PER_QUERY) {
        diesel::update(runs::table.filter(scoring(organization, RunKind::Scoring.as_str())))
            .filter(runs::owner_id.assume_not_null().eq(owner))
            .filter(runs::dataset_id.assume_not_null().eq_any(some))
            .set((place, runs::updated_at.eq(ext::now().nullable())))
            .execute(c)?;
    }
    Ok(())
}

/// Takes the runs of these datasets that this user owns out of a collection.
pub fn leave(
    c: &mut Connection,
    organization: Key,
    owner: Key,
    datasets: &[Key],
    collection: Key,
) -> Outcome<()> {
    for some in datasets.chunks(IDS_PER_QUERY) {
        diesel::update(runs::table.filter(scoring(organization, RunKind::Scoring.as_str())))
            .filter(runs::owner_id.assume_not_null().eq(owner))
            .filter(runs::dataset_id.assume_not_null().eq_any(some))
            .filter(runs::collection_id.assume_not_null().eq(collection))
            .set((NOWHERE, runs::updated_at.eq(ext::now().nullable())))
            .execute(c)?;
    }
    Ok(())
}

/// Moves the runs in a collection that this user owns.
pub fn of_collection(
    c: &mut Connection,
    organization: Key,
    owner: Key,
    collection: Key,
    place: RunPlace,
) -> Outcome<()> {
    diesel::update(runs::table.filter(scoring(organization, RunKind::Scoring.as_str())))
        .filter(runs::owner_id.assume_not_null().eq(owner))
        .filter(runs::collection_id.assume_not_null().eq(collection))
        .set((place, runs::updated_at.eq(ext::now().nullable())))
        .execute(c)?;
    Ok(())
}

/// Takes the runs in a collection out of it: all, or all but those of one user.
pub fn empty(
    c: &mut Connection,
    organization: Key,
    collection: Key,
    but: Option<Key>,
) -> Outcome<()> {
    let target = runs::table
        .filter(scoring(organization, RunKind::Scoring.as_str()))
        .filter(runs::collection_id.assume_not_null().eq(collection));
    let place = (NOWHERE, runs::updated_at.eq(ext::now().nullable()));
    match but {
        None => diesel::update(target).set(place).execute(c)?,
        Some(but) => diesel::update(target)
            .filter(runs::owner_id.is_null().or(runs::owner_id.assume_not_null().ne(but)))
            .set(place)
            .execute(c)?,
    };
    Ok(())
}
