//! Pipelines.

use std::collections::HashSet;

use diesel::prelude::*;
use evalstone_core::attempt::Made;
use evalstone_core::caller::Caller;
use evalstone_core::error::Error;
use evalstone_core::id::PipelineId;
use evalstone_core::pipeline::{
    NewPipeline, Pipeline, PipelineChange, PipelineFilter, SlugComparison, SlugCondition,
};
use evalstone_core::source::SourceKind;

use super::super::{Backend, Connection, ext};
use super::datasets::visible;
use super::{attempts, source_ids};
use crate::failure::{Failure, Outcome};
use crate::patterns;
use crate::records::pipelines::{NewPipelineRecord, PipelineRecord};
use crate::schema::{datasets, pipelines};
use crate::types::Key;

type Boxed<'a> = pipelines::BoxedQuery<'a, Backend>;

/// Makes a pipeline.
pub fn create(c: &mut Connection, caller: &Caller, new: &NewPipeline) -> Outcome<Pipeline> {
    attempts::begin(c, [caller])?;
    let record: PipelineRecord = diesel::insert_into(pipelines::table)
        .values(NewPipelineRecord {
            organization_id: caller.organization.into(),
            id: new.id.unwrap_or_else(|| caller.new_id(SourceKind::Pipeline)).into(),
            slug: new.slug.as_str(),
            display_name: new.display_name.as_deref(),
            folder_id: new.folder.map(Key),
        })
        .returning(PipelineRecord::as_returning())
        .get_result(c)
        .map_err(|e| {
            Failure::from(e)
                .when_id_taken(|| Error::taken("a pipeline with this id exists"))
                .when_taken(|| {
                    Error::taken(format!("slug '{}' is already taken", new.slug.as_str()))
                })
        })?;
    let made = Pipeline::from(record);
    source_ids::bind(c, caller, SourceKind::Pipeline, made.id.uuid())?;
    attempts::keep(c, [(caller, Made::Pipeline(&made))])?;
    Ok(made)
}

/// The pipeline with this id.
pub fn find(c: &mut Connection, caller: &Caller, id: PipelineId) -> Outcome<Option<Pipeline>> {
    let row: Option<PipelineRecord> = pipelines::table
        .find((Key::from(caller.organization), Key::from(id)))
        .select(PipelineRecord::as_select())
        .first(c)
        .optional()?;
    Ok(in_sight(c, caller, row.into_iter().collect())?.pop())
}

/// The pipeline with this slug.
pub fn find_by_slug(c: &mut Connection, caller: &Caller, slug: &str) -> Outcome<Option<Pipeline>> {
    let row: Option<PipelineRecord> = pipelines::table
        .filter(pipelines::organization_id.eq(Key::from(caller.organization)))
        .filter(pipelines::slug.eq(slug))
        .select(PipelineRecord::as_select())
        .first(c)
        .optional()?;
    Ok(in_sight(c, caller, row.into_iter().collect())?.pop())
}

/// The pipelines that meet the filter, newest first.
pub fn list(
    c: &mut Connection,
    caller: &Caller,
    filter: &PipelineFilter,
) -> Outcome<Vec<Pipeline>> {
    let mut query = pipelines::table
        .filter(pipelines::organization_id.eq(Key::from(caller.organization)))
        .into_boxed::<Backend>();
    match filter.folder {
        None => {}
        Some(None) => query = query.filter(pipelines::folder_id.is_null()),
        Some(Some(folder)) => query = query.filter(pipelines::folder_id.eq(Key(folder))),
    }
    for condition in &filter.slug {
        query = where_slug(query, condition);
    }
    let rows: Vec<PipelineRecord> =
        query.order(pipelines::number.desc()).select(PipelineRecord::as_select()).load(c)?;
    in_sight(c, caller, rows)
}

/// How many ids one statement names at the most; far below either backend's limit on binds.
const CHUNK: usize = 5_000;

/// Pipelines as the caller sees them: a golden dataset that is another user's private one is not
/// shown.
fn in_sight(
    c: &mut Connection,
    caller: &Caller,
    rows: Vec<PipelineRecord>,
) -> Outcome<Vec<Pipeline>> {
    let golden: Vec<Key> = rows.iter().filter_map(|row| row.golden_dataset_id).collect();
    let mut seen: HashSet<Key> = HashSet::new();
    for chunk in golden.chunks(CHUNK) {
        let ids: Vec<Key> = datasets::table
            .filter(visible(caller.organization.into(), caller.user.into()))
            .filter(datasets::id.eq_any(chunk))
            .select(datasets::id)
            .load(c)?;
        seen.extend(ids);
    }
    let shown = |mut row: PipelineRecord| {
        row.golden_dataset_id = row.golden_dataset_id.filter(|id| seen.contains(id));
        row.into()
    };
    Ok(rows.into_iter().map(shown).collect())
}

fn where_slug<'a>(query: Boxed<'a>, condition: &SlugCondition) -> Boxed<'a> {
    let SlugCondition { comparison, ignore_case } = condition;
    let never = |given: &str| !*ignore_case && given.chars().any(char::is_uppercase);
    // Slugs are lower case, so ignoring case means lowering the other side.
    let text = |given: &str| if *ignore_case { given.to_lowercase() } else { given.to_owned() };
    match comparison {
        // SQLite's LIKE cannot tell ASCII capitals apart; no slug has one.
        SlugComparison::Contains(given)
        | SlugComparison::StartsWith(given)
        | SlugComparison::EndsWith(given)
            if never(given) =>
        {
            query.filter(pipelines::slug.eq(given.clone()))
        }
        SlugComparison::Is(given) => query.filter(pipelines::slug.eq(text(given))),
        SlugComparison::Contains(given) => {
            query.filter(ext::matches(pipelines::slug, patterns::containing(&text(given))))
        }
        SlugComparison::StartsWith(given) => {
            query.filter(ext::matches(pipelines::slug, patterns::beginning(&text(given))))
        }
        SlugComparison::EndsWith(given) => {
            query.filter(ext::matches(pipelines::slug, patterns::ending(&text(given))))
        }
        SlugComparison::In(given) => {
            query.filter(pipelines::slug.eq_any(given.iter().map(|g| text(g)).collect::<Vec<_>>()))
        }
        SlugComparison::NotIn(given) => {
            query.filter(pipelines::slug.ne_all(given.iter().map(|g| text(g)).collect::<Vec<_>>()))
        }
    }
}

#[derive(AsChangeset)]
#[diesel(table_name = pipelines)]
struct Changes<'a> {
    display_name: Option<Option<&'a str>>,
    folder_id: Option<Option<Key>>,
}

/// Changes a pipeline. An archived one that is archived again keeps its first time.
pub fn change(
    c: &mut Connection,
    caller: &Caller,
    id: PipelineId,
    change: &PipelineChange,
) -> Outcome<Option<Pipeline>> {
    if change.is_empty() {
        return find(c, caller, id);
    }
    attempts::begin(c, [caller])?;
    let PipelineChange { display_name, folder, archived } = change;
    let target = pipelines::table.find((Key::from(caller.organization), Key::from(id)));
    let touched =
        diesel::update(target).set(pipelines::updated_at.eq(ext::now().nullable())).execute(c)?;
    if touched == 0 {
        return Ok(None);
    }
    let changes = Changes {
        display_name: display_name.as_ref().map(Option::as_deref),
        folder_id: folder.map(|folder| folder.map(Key)),
    };
    if changes.display_name.is_some() || changes.folder_id.is_some() {
        diesel::update(target).set(changes).execute(c)?;
    }
    match archived {
        None => {}
        Some(true) => {
            diesel::update(target.filter(pipelines::archived_at.is_null()))
                .set(pipelines::archived_at.eq(ext::now().nullable()))
                .execute(c)?;
        }
        Some(false) => {
            diesel::update(target)
                .set(pipelines::archived_at.eq(None::<crate::types::Time>))
                .execute(c)?;
        }
    }
    let changed = find(c, caller, id)?;
    attempts::keep(c, changed.as_ref().map(|changed| (caller, Made::Pipeline(changed))))?;
    Ok(changed)
}
