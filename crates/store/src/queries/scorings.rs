//! Scoring runs: how they are made, found and removed, and what came of them.

use diesel::dsl::{count_star, max};
use diesel::prelude::*;
use evalstone_core::attempt::Made;
use evalstone_core::benchmark::Runner;
use evalstone_core::caller::Caller;
use evalstone_core::error::{Error, Kind as ErrorKind};
use evalstone_core::id::{DatasetId, Number, OrganizationId, RunId};
use evalstone_core::name_key::own_name_key;
use evalstone_core::run::{RunKind, RunStatus};
use evalstone_core::scoring::{NewRow, NewScoring, RunName, Scoring, Subject};
use evalstone_core::source::SourceKind;

use super::super::{Backend, Connection, ext};
use super::discarded_runs::{Which, discard};
use super::{
    attempts, collections as collection_queries, datasets as dataset_queries, runs as run_queries,
    source_ids,
};
use crate::failure::Outcome;
use crate::records::datasets::OwnerColumns;
use crate::records::scorings::{
    By, NEW_ROW_COLUMNS, NewRowRecord, NewScoringRecord, PlaceColumns, ScoringRecord,
};
use crate::schema::{cases, collections, datasets, runs, spendings, users};
use crate::types::Key;

pub const KIND: &str = RunKind::Scoring.as_str();

/// How many rows one INSERT carries.
const ROWS_PER_INSERT: usize = 500;
const _: () = assert!(ROWS_PER_INSERT * NEW_ROW_COLUMNS <= ext::MAX_BINDS);

/// Where a new run belongs, and how much there is to do.
struct Scope {
    pipeline: Key,
    shared: bool,
    dataset: Option<Key>,
    collection: Option<Key>,
    until: Option<Number>,
    total: i64,
}

/// Makes a scoring run that its caller owns, if the organization can still pay for it. None when the caller
/// sees no such dataset or collection.
pub fn make(c: &mut Connection, caller: &Caller, new: &NewScoring) -> Outcome<Option<Scoring>> {
    attempts::begin(c, [caller])?;
    let NewScoring { origin, subject, name, threshold, settings, budget } = new;
    let scope = match subject {
        Subject::Dataset { dataset, metrics } => over_dataset(c, caller, *dataset, *metrics)?,
        Subject::Rows { rows: _, evaluations, collection } => {
            over_rows(c, caller, *evaluations, *collection)?
        }
    };
    let Some(Scope { pipeline, shared, dataset, collection, until, total }) = scope else {
        return Ok(None);
    };
    let id = Key::from(RunId::generate());
    let record = NewScoringRecord {
        organization_id: caller.organization.into(),
        id,
        kind: KIND,
        pipeline_id: pipeline,
        owner_id: Some(caller.user.into()),
        shared,
        name: "",
        name_key: "",
        status: RunStatus::Queued.as_str(),
        origin,
        dataset_id: dataset,
        collection_id: collection,
        runner: Runner::Scorer.as_str(),
        until_number: until,
        total,
        threshold: *threshold,
        settings: settings.as_str(),
    };
    insert(c, &record, caller, name)?;
    // Looked at last, so that what is wrong with the request is told before.
    if let Some(budget) = *budget
        && spent(c, caller.organization)? >= budget
    {
        let why = "the organization's budget is spent";
        return Err(Error::new(ErrorKind::OverBudget, why).into());
    }
    if let Subject::Rows { rows, .. } = subject {
        insert_rows(c, (caller.organization.into(), id), rows)?;
    }
    let made = find(c, caller, By::Id(id))?.ok_or_else(|| Error::fault("a made run is gone"))?;
    attempts::keep(c, [(caller, Made::Scoring(&made))])?;
    Ok(Some(made))
}

/// Over the cases that a dataset has now. The run is put where the dataset is; it is locked by a change
/// that changes nothing, so that it stays there until the run is made.
fn over_dataset(
    c: &mut Connection,
    caller: &Caller,
    dataset: DatasetId,
    metrics: i64,
) -> Outcome<Option<Scope>> {
    let (organization, dataset) = (Key::from(caller.organization), Key::from(dataset));
    let target = datasets::table
        .filter(dataset_queries::visible(organization, caller.user.into()))
        .filter(datasets::id.eq(dataset));
    let found: Option<(Key, bool, Option<Key>)> = diesel::update(target)
        .set(datasets::version.eq(datasets::version))
        .returning((datasets::pipeline_id, datasets::shared, datasets::collection_id))
        .get_result(c)
        .optional()?;
    let Some((pipeline, shared, collection)) = found else {
        return Ok(None);
    };
    let (count, until): (i64, Option<Number>) = cases::table
        .filter(cases::organization_id.eq(organization))
        .filter(cases::dataset_id.eq(dataset))
        .filter(cases::deleted_at.is_null())
        .select((count_star(), max(cases::number)))
        .first(c)?;
    if count == 0 {
        return Err(Error::invalid("the dataset has no records").into());
    }
    let total = count * metrics;
    let dataset = Some(dataset);
    Ok(Some(Scope { pipeline, shared, dataset, collection, until, total }))
}

/// Over rows that came with the request: private, unless the collection is shared.
fn over_rows(
    c: &mut Connection,
    caller: &Caller,
    total: i64,
    collection: Option<Number>,
) -> Outcome<Option<Scope>> {
    let place: Option<(Key, bool)> = match collection {
        None => None,
        Some(number) => {
            let target = collections::table
                .filter(collection_queries::visible(caller.organization.into(), caller.user.into()))
                .filter(collections::number.eq(number));
            let found = diesel::update(target)
                .set(collections::name.eq(collections::name))
                .returning((collections::id, collections::shared))
                .get_result(c)
                .optional()?;
            let Some(found) = found else {
                return Ok(None);
            };
            Some(found)
        }
    };
    Ok(Some(Scope {
        pipeline: caller.default_pipeline.into(),
        shared: place.is_some_and(|(_, shared)| shared),
        dataset: None,
        collection: place.map(|(id, _)| id),
        until: None,
        total,
    }))
}

/// Inserts the run under the first of its names that is free.
fn insert(
    c: &mut Connection,
    record: &NewScoringRecord<'_>,
    caller: &Caller,
    name: &RunName,
) -> Outcome<()> {
    let mut insert = |name: &str| -> Outcome<bool> {
        let name_key = own_name_key(caller, name);
        let inserted = diesel::insert_into(runs::table)
            .values(NewScoringRecord { name, name_key: &name_key, ..*record })
            .on_conflict((runs::organization_id, runs::name_key))
            .do_nothing()
            .execute(c)?;
        Ok(inserted == 1)
    };
    match name {
        RunName::Given(name) => match insert(name)? {
            true => Ok(()),
            false => Err(Error::taken(format!("you have a run with the alias {name:?}")).into()),
        },
        RunName::Made(name) => {
            let mut made = insert(name)?;
            let mut suffix = 1;
            while !made {
                suffix += 1;
                made = insert(&format!("{name} ({suffix})"))?;
            }
            Ok(())
        }
    }
}

fn insert_rows(c: &mut Connection, run: (Key, Key), rows: &[NewRow]) -> Outcome<()> {
    for (chunk, first) in rows.chunks(ROWS_PER_INSERT).zip((1..).step_by(ROWS_PER_INSERT)) {
        let records: Vec<NewRowRecord<'_>> = chunk
            .iter()
            .zip(first..)
            .map(|(NewRow { part, case }, position)| {
                NewRowRecord::of(run, position, *part, None, case)
            })
            .collect();
        ext::insert_rows(c, &records)?;
    }
    Ok(())
}

/// The scoring run of that name, if the caller sees it.
pub fn find(c: &mut Connection, caller: &Caller, by: By) -> Outcome<Option<Scoring>> {
    let query = shown(caller);
    let query = match by {
        By::Id(id) => query.filter(runs::id.eq(id)),
        By::Number(number) => query.filter(runs::number.eq(number)),
    };
    Ok(load(c, caller, query)?.pop())
}

/// The scoring run that a dialect knows by this number, if the caller sees it: ours of the number, else what
/// came in under it.
pub fn of_number(
    c: &mut Connection,
    caller: &Caller,
    dialect: &str,
    number: Number,
) -> Outcome<Option<Scoring>> {
    let own = find(c, caller, By::Number(number))?;
    if own.is_some() {
        return Ok(own);
    }
    match source_ids::resolve(c, caller, dialect, SourceKind::Run, &number.to_string())? {
        Some(id) => find(c, caller, By::Id(Key(id))),
        None => Ok(None),
    }
}

/// The scoring runs that the caller sees.
pub fn shown<'a>(caller: &Caller) -> runs::BoxedQuery<'a, Backend> {
    runs::table
        .filter(run_queries::visible(caller.organization.into(), caller.user.into()))
        .filter(runs::kind.eq(KIND))
        .into_boxed::<Backend>()
}

/// Loads runs with the names of what they belong to, as far as the caller sees that. A run is over few
/// things: those are looked up one by one, which both databases do by their keys.
pub fn load(
    c: &mut Connection,
    caller: &Caller,
    query: runs::BoxedQuery<'_, Backend>,
) -> Outcome<Vec<Scoring>> {
    let rows: Vec<(Key, ScoringRecord)> =
        query.select((runs::organization_id, ScoringRecord::as_select())).load(c)?;
    rows.into_iter()
        .map(|(organization, record)| complete(c, caller, organization, record))
        .collect()
}

fn complete(
    c: &mut Connection,
    caller: &Caller,
    organization: Key,
    record: ScoringRecord,
) -> Outcome<Scoring> {
    let user = Key::from(caller.user);
    let owner: Option<OwnerColumns> = match record.owner_id {
        Some(id) => users::table
            .find((organization, id))
            .select((users::number, users::email))
            .first(c)
            .optional()?,
        None => None,
    };
    let dataset: Option<PlaceColumns> = match record.dataset_id {
        Some(id) => datasets::table
            .filter(dataset_queries::visible(organization, user))
            .filter(datasets::id.eq(id))
            .select((datasets::number, datasets::name))
            .first(c)
            .optional()?,
        None => None,
    };
    let collection: Option<PlaceColumns> = match record.collection_id {
        Some(id) => collections::table
            .filter(collection_queries::visible(organization, user))
            .filter(collections::id.eq(id))
            .select((collections::number, collections::name))
            .first(c)
            .optional()?,
        None => None,
    };
    Ok(record.into_scoring(owner, dataset, collection)?)
}

/// Removes a scoring run that the caller has found, with its evaluations; false when it is gone. Who may
/// remove it is the caller's dialect's business.
pub fn delete(c: &mut Connection, caller: &Caller, id: RunId) -> Outcome<bool> {
    attempts::begin(c, [caller])?;
    let discarded = discard(
        c,
        caller.organization.into(),
        Which::Run { id: id.into(), user: caller.user.into() },
    )?;
    attempts::keep(c, (discarded == 1).then_some((caller, Made::RunDeleted(id))))?;
    Ok(discarded == 1)
}

/// What the evaluations of an organization have cost, also those that are deleted by now, in millionths of
/// a millionth of a unit.
fn spent(c: &mut Connection, organization: OrganizationId) -> Outcome<i64> {
    let cost: Option<i64> = spendings::table
        .find(Key::from(organization))
        .select(spendings::cost)
        .first(c)
        .optional()?;
    Ok(cost.unwrap_or_default())
}
