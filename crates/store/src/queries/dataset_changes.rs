//! Changes of datasets.

use diesel::prelude::*;
use evalstone_core::attempt::Made;
use evalstone_core::caller::Caller;
use evalstone_core::dataset::{Dataset, DatasetChange, Reference};
use evalstone_core::id::DatasetId;
use evalstone_core::json::RawJson;

use super::super::{Connection, ext};
use super::datasets::{find, set_golden, visible};
use super::{attempts, dataset_totals};
use crate::failure::Outcome;
use crate::records::datasets::NewFacetRecord;
use crate::schema::{dataset_facets, datasets};
use crate::types::{Key, Time};

/// What changes in the dataset's own row, whatever it was before.
#[derive(AsChangeset)]
#[diesel(table_name = datasets)]
struct Changes<'a> {
    name: Option<&'a str>,
    description: Option<Option<&'a str>>,
    category: Option<Option<&'a str>>,
    public: Option<bool>,
}

impl Changes<'_> {
    const fn is_empty(&self) -> bool {
        let Self { name, description, category, public } = self;
        name.is_none() && description.is_none() && category.is_none() && public.is_none()
    }
}

/// Changes a dataset. An archived one that is archived again keeps its first time.
pub fn change(
    c: &mut Connection,
    caller: &Caller,
    dialect: &'static str,
    id: DatasetId,
    change: &DatasetChange,
) -> Outcome<Option<Dataset>> {
    let reference = Reference::Id(id.uuid());
    if change.is_empty() {
        return find(c, caller, dialect, &reference);
    }
    attempts::begin(c, [caller])?;
    let DatasetChange { name, description, category, public, golden, archived, facet } = change;
    let target = datasets::table
        .filter(visible(caller.organization.into(), caller.user.into()))
        .filter(datasets::id.eq(Key::from(id)));
    let pipeline: Option<Key> = diesel::update(target)
        .set((
            datasets::version.eq(datasets::version + 1),
            datasets::updated_at.eq(ext::now().nullable()),
        ))
        .returning(datasets::pipeline_id)
        .get_result(c)
        .optional()?;
    let Some(pipeline) = pipeline else {
        return Ok(None);
    };
    if let Some(name) = name {
        free_name_key(c, caller, id, name)?;
    }
    let changes = Changes {
        name: name.as_deref(),
        description: description.as_ref().map(Option::as_deref),
        category: category.as_ref().map(Option::as_deref),
        public: *public,
    };
    if !changes.is_empty() {
        diesel::update(target).set(changes).execute(c)?;
    }
    if let Some(archived) = archived {
        set_archived(c, caller, id, *archived)?;
    }
    if let Some(facet) = facet {
        set_facet(c, caller, dialect, id, facet.as_ref().map(RawJson::as_str))?;
    }
    if let Some(golden) = golden {
        set_golden(c, caller, pipeline.into(), id, *golden)?;
    }
    let changed = find(c, caller, dialect, &reference)?;
    attempts::keep(c, changed.as_ref().map(|changed| (caller, Made::Dataset(changed))))?;
    if archived.is_some() {
        dataset_totals::changed(c, caller.organization.into())?;
    }
    Ok(changed)
}

/// Frees the name key of a dataset that is getting another name: the key stands for the name that
/// it was made with, which nothing shows any more.
fn free_name_key(c: &mut Connection, caller: &Caller, id: DatasetId, name: &str) -> Outcome<()> {
    diesel::update(datasets::table.find((Key::from(caller.organization), Key::from(id))))
        .filter(datasets::name.ne(name))
        .set(datasets::name_key.eq(None::<&str>))
        .execute(c)?;
    Ok(())
}

fn set_archived(c: &mut Connection, caller: &Caller, id: DatasetId, archived: bool) -> Outcome<()> {
    let target = datasets::table.find((Key::from(caller.organization), Key::from(id)));
    if archived {
        diesel::update(target.filter(datasets::archived_at.is_null()))
            .set(datasets::archived_at.eq(ext::now().nullable()))
            .execute(c)?;
    } else {
        diesel::update(target).set(datasets::archived_at.eq(None::<Time>)).execute(c)?;
    }
    Ok(())
}

/// Replaces what a dialect alone knows of a dataset.
pub fn set_facet(
    c: &mut Connection,
    caller: &Caller,
    dialect: &str,
    id: DatasetId,
    body: Option<&str>,
) -> Outcome<()> {
    let (organization_id, dataset_id) = (Key::from(caller.organization), Key::from(id));
    let Some(body) = body else {
        diesel::delete(dataset_facets::table.find((organization_id, dataset_id, dialect)))
            .execute(c)?;
        return Ok(());
    };
    diesel::insert_into(dataset_facets::table)
        .values(NewFacetRecord { organization_id, dataset_id, dialect, body })
        .on_conflict((
            dataset_facets::organization_id,
            dataset_facets::dataset_id,
            dataset_facets::dialect,
        ))
        .do_update()
        .set(dataset_facets::body.eq(body))
        .execute(c)?;
    Ok(())
}
