//! What becomes the organization's own: rows without an owner, which only the command line makes.

use diesel::prelude::*;
use diesel::sql_types::{Integer, Text};
use evalstone_core::error::Error;
use evalstone_core::id::{Number, OrganizationId};
use evalstone_core::name_key::name_key;

use super::super::{Connection, ext};
use super::collection_changes::share_contents;
use super::sharing::{explain, lock, lock_datasets, members};
use super::{dataset_totals, run_places};
use crate::failure::Outcome;
use crate::records::collections::RunPlace;
use crate::schema::{collections, datasets, organizations, runs};
use crate::sharing::Adopted;
use crate::types::Key;

diesel::define_sql_function! {
    /// What stands in a text from a character on, counted from 1.
    fn substr(text: Text, from: Integer) -> Text;
}

/// Where the name begins in a name key, behind whose it is.
const LABEL: i32 = evalstone_core::name_key::HOLDER_CHARS as i32 + 1;

/// Makes something the organization's own.
pub fn adopt(c: &mut Connection, organization: OrganizationId, what: Adopted) -> Outcome<()> {
    let id = Key::from(organization);
    lock(c, id)?;
    let personal: bool = organizations::table.find(id).select(organizations::personal).first(c)?;
    if personal {
        return Err(Error::invalid("a person's organization owns nothing as a whole").into());
    }
    match what {
        Adopted::Dataset(number) => adopt_dataset(c, id, number),
        Adopted::Collection(number) => adopt_collection(c, id, number),
        Adopted::Run(number) => adopt_run(c, organization, number),
    }
}

/// The owner's runs on the dataset stay theirs and are shared with it.
fn adopt_dataset(c: &mut Connection, organization: Key, number: Number) -> Outcome<()> {
    let found: Option<(Key, Option<Key>)> = datasets::table
        .filter(datasets::organization_id.eq(organization))
        .filter(datasets::number.eq(number))
        .filter(datasets::hidden_at.is_null())
        .select((datasets::id, datasets::owner_id))
        .first(c)
        .optional()?;
    let (id, owner) = found.ok_or_else(|| Error::not_found("Dataset"))?;
    lock_datasets(c, organization, &[id])?;
    let target = datasets::table.find((organization, id));
    let label = substr(datasets::name_key.assume_not_null(), LABEL);
    diesel::update(target.filter(datasets::name_key.is_not_null()))
        .set(datasets::name_key.eq(holder(organization).concat(label).nullable()))
        .execute(c)
        .map_err(explain)?;
    diesel::update(target)
        .set((
            datasets::owner_id.eq(None::<Key>),
            datasets::shared.eq(true),
            datasets::version.eq(datasets::version + 1),
            datasets::updated_at.eq(ext::now().nullable()),
        ))
        .execute(c)
        .map_err(explain)?;
    dataset_totals::changed(c, organization)?;
    let shared = RunPlace { shared: Some(true), collection_id: None };
    owner.map_or(Ok(()), |owner| run_places::of_datasets(c, organization, owner, &[id], shared))
}

/// What is in the collection stays its owner's, and is shared with it.
fn adopt_collection(c: &mut Connection, organization: Key, number: Number) -> Outcome<()> {
    let found: Option<(Key, Option<Key>)> = collections::table
        .filter(collections::organization_id.eq(organization))
        .filter(collections::number.eq(number))
        .select((collections::id, collections::owner_id))
        .first(c)
        .optional()?;
    let (id, owner) = found.ok_or_else(|| Error::not_found("Data collection"))?;
    let target = collections::table.find((organization, id));
    let label = substr(collections::name_key.assume_not_null(), LABEL);
    diesel::update(target.filter(collections::name_key.is_not_null()))
        .set(collections::name_key.eq(holder(organization).concat(label).nullable()))
        .execute(c)
        .map_err(explain)?;
    diesel::update(target)
        .set((
            collections::owner_id.eq(None::<Key>),
            collections::shared.eq(true),
            collections::updated_at.eq(ext::now().nullable()),
        ))
        .execute(c)
        .map_err(explain)?;
    let ids = members(c, organization, id)?;
    let rows = lock_datasets(c, organization, &ids)?;
    share_contents(c, organization, id, owner, &rows)
}

fn adopt_run(c: &mut Connection, organization: OrganizationId, number: Number) -> Outcome<()> {
    let target = runs::table
        .filter(runs::organization_id.eq(Key::from(organization)))
        .filter(runs::number.eq(number))
        .filter(runs::kind.eq(evalstone_core::run::RunKind::Scoring.as_str()));
    let name: Option<Option<String>> = target.select(runs::name).first(c).optional()?;
    let name = name.ok_or_else(|| Error::not_found("Run"))?.unwrap_or_default();
    diesel::update(target)
        .set((
            runs::owner_id.eq(None::<Key>),
            runs::shared.eq(true),
            runs::name_key.eq(name_key(organization, None, &name)),
            runs::updated_at.eq(ext::now().nullable()),
        ))
        .execute(c)
        .map_err(explain)?;
    Ok(())
}

/// Whose the organization's own names are, as their keys say it.
fn holder(organization: Key) -> diesel::dsl::AsExprOf<String, Text> {
    organization.0.to_string().into_sql::<Text>()
}
