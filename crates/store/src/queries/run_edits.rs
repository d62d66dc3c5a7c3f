//! Changes of scoring runs (contract §3.16).

use diesel::prelude::*;
use evalstone_core::caller::Caller;
use evalstone_core::collection::RunEdit;
use evalstone_core::error::Error;
use evalstone_core::id::Number;
use evalstone_core::name_key::name_key;
use evalstone_core::scoring::Scoring;
use evalstone_core::sharing::{Settled, asked, settle_run};

use super::super::{Connection, ext};
use super::dataset_edits::{holder, target};
use super::scorings::find;
use super::sharing::lock;
use crate::failure::{Failure, Outcome};
use crate::records::collections::RunPlace;
use crate::records::scorings::By;
use crate::schema::runs;
use crate::types::Key;

#[derive(AsChangeset)]
#[diesel(table_name = runs)]
struct Changes<'a> {
    name: Option<&'a str>,
    name_key: Option<&'a str>,
}

/// Changes a scoring run; none when the caller sees no such run.
pub fn edit(
    c: &mut Connection,
    caller: &Caller,
    number: Number,
    edit: &RunEdit,
) -> Outcome<Option<Scoring>> {
    let organization_id = Key::from(caller.organization);
    lock(c, organization_id)?;
    let Some(found) = find(c, caller, By::Number(number))? else {
        return Ok(None);
    };
    if edit.is_empty() {
        return Ok(Some(found));
    }
    let RunEdit { name, collection, organization } = edit;
    let asked = asked(caller, found.standing(), "run", *organization)?;
    let settled = settle(c, caller, &found, *collection, asked)?;
    let owner = found.owner.as_ref().map(|owner| owner.id);
    let key = name.as_ref().map(|name| name_key(caller.organization, owner, name));
    let place = RunPlace {
        shared: settled.map(|settled| settled.shared),
        collection_id: settled.map(|settled| settled.collection),
    };
    diesel::update(runs::table.find((organization_id, Key::from(found.id))))
        .set((
            Changes { name: name.as_deref(), name_key: key.as_deref() },
            place,
            runs::updated_at.eq(ext::now().nullable()),
        ))
        .execute(c)
        .map_err(|error| {
            Failure::from(error).when_taken(|| Error::taken("there is a run with this alias"))
        })?;
    find(c, caller, By::Number(number))
}

/// What becomes of a run that is moved, shared or unshared; none where it stays as it is. One over a
/// dataset goes where its dataset goes, and nowhere by itself.
fn settle(
    c: &mut Connection,
    caller: &Caller,
    run: &Scoring,
    collection: Option<Option<Number>>,
    asked: Option<bool>,
) -> Outcome<Option<Settled<Key>>> {
    let organization = Key::from(caller.organization);
    // Looked up again, since a run shows what it belongs to only to those who see that.
    let (dataset, place): (Option<Key>, Option<Key>) = runs::table
        .find((organization, Key::from(run.id)))
        .select((runs::dataset_id, runs::collection_id))
        .first(c)?;
    let here = run.collection.as_ref().map(|place| place.number);
    if dataset.is_some() {
        let stays = collection.is_none_or(|number| number == here)
            && asked.is_none_or(|shared| shared == run.shared);
        return match stays {
            true => Ok(None),
            false => Err(Error::invalid(
                "a run over a dataset is shared and moved with the dataset or its collection; only \
                 its alias may change here",
            )
            .into()),
        };
    }
    let now = place.map(|id| holder(c, organization, id)).transpose()?;
    let unknown = || Error::not_found("Data collection");
    let target = collection.map(|number| target(c, caller, number, unknown)).transpose()?;
    Ok(Some(settle_run(run.standing(), now, target, asked)?))
}
