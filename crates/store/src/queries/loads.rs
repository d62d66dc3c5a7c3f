//! Datasets that are loaded from a file: hidden until the last row is there.

use diesel::prelude::*;
use evalstone_core::attempt::Made;
use evalstone_core::caller::Caller;
use evalstone_core::dataset::SlotCounts;
use evalstone_core::error::Error;
use evalstone_core::id::Number;
use evalstone_core::source::SourceKind;

use super::super::{Connection, ext};
use super::collections::find as find_collection;
use super::datasets::{explain, facet_of, record_of, set_golden};
use super::sharing::{check_dataset_name, lock};
use super::{attempts, dataset_totals, source_ids};
use crate::collections::By;
use crate::failure::Outcome;
use crate::loads::{Leftover, Load};
use crate::records::collections::DatasetPlace;
use crate::records::datasets::NewDatasetRecord;
use crate::schema::{cases, dataset_facets, datasets};
use crate::types::{Key, Time};

/// Makes the dataset's row, hidden.
pub fn begin(c: &mut Connection, load: &Load) -> Outcome<()> {
    let Load { caller, id, new, source_id: _, collection: _ } = load;
    attempts::begin(c, [caller])?;
    if let Some(key) = &new.name_key {
        check_dataset_name(c, caller, key, None)?;
    }
    // The name is taken at the end: nobody waits for a load to learn whether it is free.
    let record = NewDatasetRecord { name_key: None, ..record_of(caller, *id, new) };
    diesel::insert_into(datasets::table).values(record).execute(c).map_err(explain)?;
    if let Some(facet) = facet_of(caller, *id, new) {
        diesel::insert_into(dataset_facets::table).values(facet).execute(c)?;
    }
    diesel::update(datasets::table.find((Key::from(caller.organization), Key::from(*id))))
        .set((datasets::loading.eq(true), datasets::hidden_at.eq(ext::now().nullable())))
        .execute(c)?;
    Ok(())
}

/// Reveals the dataset with its counts.
pub fn reveal(c: &mut Connection, load: &Load, added: i64, slots: SlotCounts) -> Outcome<()> {
    let Load { caller, id, new, source_id, collection } = load;
    let place = collection.map(|number| place_in(c, caller, number)).transpose()?;
    let target = datasets::table
        .find((Key::from(caller.organization), Key::from(*id)))
        .filter(datasets::loading.eq(true));
    let revealed = diesel::update(target)
        .set((
            datasets::case_count.eq(added),
            datasets::prompts.eq(slots.prompt),
            datasets::inputs.eq(slots.input),
            datasets::contexts.eq(slots.context),
            datasets::outputs.eq(slots.output),
            datasets::golden_answers.eq(slots.golden_answer),
            datasets::loading.eq(false),
            datasets::hidden_at.eq(None::<Time>),
            datasets::name_key.eq(new.name_key.as_deref()),
            place,
        ))
        .execute(c)
        .map_err(explain)?;
    if revealed != 1 {
        return Err(Error::fault("a dataset vanished while it was loaded").into());
    }
    if new.golden {
        let pipeline = new.pipeline.unwrap_or(caller.default_pipeline);
        set_golden(c, caller, pipeline, *id, true)?;
    }
    if let Some(source_id) = source_id {
        source_ids::replace_dataset(c, caller, new.origin, source_id, *id)?;
        source_ids::take_number(c, caller, SourceKind::Dataset, source_id, (*id).into())?;
    }
    source_ids::bind(c, caller, SourceKind::Dataset, id.uuid())?;
    attempts::keep(c, [(caller, Made::Loaded(*id))])?;
    if !ext::LOADS_ARE_WHOLE {
        dataset_totals::changed(c, caller.organization.into())?;
    }
    Ok(())
}

/// Where a dataset comes that goes into a collection, as it is now: under the lock on sharing, which is
/// taken at the end of a load only, when nobody can wait for anything that the load holds.
fn place_in(c: &mut Connection, caller: &Caller, number: Number) -> Outcome<DatasetPlace> {
    lock(c, caller.organization.into())?;
    let found = find_collection(c, caller, By::Number(number))?;
    let found = found.ok_or_else(|| Error::not_found("Data collection"))?;
    let collection_id = Some(Some(found.id.into()));
    Ok(DatasetPlace { shared: found.shared.then_some(true), collection_id })
}

/// Loads that have begun and not ended.
pub fn unfinished(c: &mut Connection) -> Outcome<Vec<Leftover>> {
    let hidden = datasets::table.filter(datasets::hidden_at.is_not_null());
    let rows: Vec<(Key, Key)> = hidden
        .filter(datasets::loading.eq(true))
        .select((datasets::organization_id, datasets::id))
        .load(c)?;
    Ok(rows
        .into_iter()
        .map(|(organization, dataset)| Leftover { organization, dataset, loading: true })
        .collect())
}

/// Tombstones that still have cases.
pub fn deleted(c: &mut Connection) -> Outcome<Vec<Leftover>> {
    let hidden = datasets::table.filter(datasets::hidden_at.is_not_null());
    let rows: Vec<(Key, Key)> = hidden
        .filter(datasets::loading.eq(false))
        .filter(datasets::case_count.gt(0))
        .select((datasets::organization_id, datasets::id))
        .load(c)?;
    Ok(rows
        .into_iter()
        .map(|(organization, dataset)| Leftover { organization, dataset, loading: false })
        .collect())
}

/// How many cases one step of a sweep removes, so that no write waits long for it.
const SWEPT_PER_STEP: i64 = 2_000;

/// Removes some cases of a leftover, and at last what remains of an unfinished load's dataset. Says
/// whether more are to be removed.
pub fn sweep(c: &mut Connection, leftover: Leftover) -> Outcome<bool> {
    let Leftover { organization, dataset, loading } = leftover;
    // A load whose given id was taken leaves nothing, and the dataset of that id stays whole.
    let hidden = datasets::table
        .find((organization, dataset))
        .filter(datasets::hidden_at.is_not_null())
        .filter(datasets::loading.eq(loading))
        .select(datasets::id);
    let some: Vec<Key> = cases::table
        .filter(cases::organization_id.eq(organization))
        .filter(cases::dataset_id.eq_any(hidden))
        .limit(SWEPT_PER_STEP)
        .select(cases::id)
        .load(c)?;
    if !some.is_empty() {
        diesel::delete(
            cases::table
                .filter(cases::organization_id.eq(organization))
                .filter(cases::id.eq_any(&some)),
        )
        .execute(c)?;
        return Ok(true);
    }
    let target = datasets::table.find((organization, dataset));
    if loading {
        // A visible dataset of that id is none of this, and keeps what is known of it.
        let unfinished = datasets::table
            .find((organization, dataset))
            .filter(datasets::loading.eq(true))
            .select(datasets::id);
        diesel::delete(
            dataset_facets::table
                .filter(dataset_facets::organization_id.eq(organization))
                .filter(dataset_facets::dataset_id.eq_any(unfinished)),
        )
        .execute(c)?;
        diesel::delete(target.filter(datasets::loading.eq(true))).execute(c)?;
    } else {
        diesel::update(target).set(datasets::case_count.eq(0)).execute(c)?;
    }
    Ok(false)
}
