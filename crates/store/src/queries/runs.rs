//! Runs and their evaluations.

use diesel::dsl::exists;
use diesel::prelude::*;
use evalstone_core::attempt::Made;
use evalstone_core::caller::Caller;
use evalstone_core::error::Error;
use evalstone_core::id::{Number, RunId};
use evalstone_core::json::RawObject;
use evalstone_core::run::{Evaluation, NewRun, Run, RunChange, RunFilter, RunKind, RunStatus};
use evalstone_core::source::SourceKind;

use super::super::{Backend, Connection, ext};
use super::discarded_runs::{ARRIVING, DISCARDED};
use super::{attempts, source_ids};
use crate::failure::{Failure, Outcome};
use crate::records::runs::{EvaluationRecord, NewRunRecord, RunRecord};
use crate::schema::{evaluations, runs};
use crate::types::{Key, Time};

/// What the caller can see: neither what was deleted nor what has not come whole.
#[diesel::dsl::auto_type]
pub fn visible(organization: Key, user: Key) -> _ {
    let (discarded, arriving): (&'static str, &'static str) = (DISCARDED, ARRIVING);
    runs::organization_id
        .eq(organization)
        .and(runs::shared.eq(true).or(runs::owner_id.assume_not_null().eq(user)))
        .and(runs::kind.ne(discarded))
        .and(runs::kind.ne(arriving))
}

/// The run, if the caller sees it: a subquery that is asked once. Looked for in a list of such runs,
/// evaluations would be sorted anew by SQLite although an index has them in their order.
#[diesel::dsl::auto_type]
pub fn seen(caller: &Caller, run: RunId) -> _ {
    let organization: Key = Key(caller.organization.uuid());
    let user: Key = Key(caller.user.uuid());
    let run: Key = Key(run.uuid());
    let visible: visible = visible(organization, user);
    runs::table.filter(visible).filter(runs::id.eq(run)).select(runs::id)
}

/// Makes a run that its caller owns and shares with the organization.
pub fn create(c: &mut Connection, caller: &Caller, new: &NewRun) -> Outcome<Run> {
    attempts::begin(c, [caller])?;
    let NewRun { id, kind, origin, pipeline, name, metadata } = new;
    let record: RunRecord = diesel::insert_into(runs::table)
        .values(NewRunRecord {
            organization_id: caller.organization.into(),
            id: id.unwrap_or_else(|| caller.new_id(SourceKind::Run)).into(),
            kind: kind.as_str(),
            pipeline_id: (*pipeline).into(),
            owner_id: Some(caller.user.into()),
            shared: true,
            name: name.as_deref(),
            status: RunStatus::Running.as_str(),
            metadata: metadata.as_ref().map(RawObject::as_str),
            origin,
        })
        .returning(RunRecord::as_returning())
        .get_result(c)
        .map_err(|e| {
            Failure::from(e)
                .when_id_taken(|| Error::taken("a run with this id exists"))
                .when_dangling(|| Error::not_found("Pipeline"))
        })?;
    let made = Run::try_from(record)?;
    source_ids::bind(c, caller, SourceKind::Run, made.id.uuid())?;
    attempts::keep(c, [(caller, Made::Run(&made))])?;
    Ok(made)
}

/// The run of this kind with this id.
pub fn find(c: &mut Connection, caller: &Caller, kind: RunKind, id: RunId) -> Outcome<Option<Run>> {
    let row: Option<RunRecord> = runs::table
        .filter(visible(caller.organization.into(), caller.user.into()))
        .filter(runs::kind.eq(kind.as_str()))
        .filter(runs::id.eq(Key::from(id)))
        .select(RunRecord::as_select())
        .first(c)
        .optional()?;
    Ok(row.map(Run::try_from).transpose()?)
}

/// The runs that meet the filter, newest first.
pub fn list(c: &mut Connection, caller: &Caller, filter: &RunFilter) -> Outcome<Vec<Run>> {
    let RunFilter { kind, pipeline } = filter;
    let mut query = runs::table
        .filter(visible(caller.organization.into(), caller.user.into()))
        .filter(runs::kind.eq(kind.as_str()))
        .into_boxed::<Backend>();
    if let Some(pipeline) = pipeline {
        query = query.filter(runs::pipeline_id.eq(Key::from(*pipeline)));
    }
    let rows: Vec<RunRecord> =
        query.order(runs::number.desc()).select(RunRecord::as_select()).load(c)?;
    rows.into_iter().map(|row| Ok(Run::try_from(row)?)).collect()
}

#[derive(AsChangeset)]
#[diesel(table_name = runs)]
struct Changes<'a> {
    name: Option<Option<&'a str>>,
    metadata: Option<Option<&'a str>>,
    status: Option<&'a str>,
}

/// Changes a run. One that ends again keeps the time when it first ended.
pub fn change(
    c: &mut Connection,
    caller: &Caller,
    kind: RunKind,
    id: RunId,
    change: &RunChange,
) -> Outcome<Option<Run>> {
    if change.is_empty() {
        return find(c, caller, kind, id);
    }
    attempts::begin(c, [caller])?;
    let RunChange { name, metadata, status } = change;
    let target = runs::table
        .filter(visible(caller.organization.into(), caller.user.into()))
        .filter(runs::kind.eq(kind.as_str()))
        .filter(runs::id.eq(Key::from(id)));
    let changes = Changes {
        name: name.as_ref().map(Option::as_deref),
        metadata: metadata.as_ref().map(|given| given.as_ref().map(RawObject::as_str)),
        status: status.map(RunStatus::as_str),
    };
    let changed = diesel::update(target)
        .set((changes, runs::updated_at.eq(ext::now().nullable())))
        .execute(c)?;
    if changed == 0 {
        return Ok(None);
    }
    match status {
        None => {}
        Some(RunStatus::Queued | RunStatus::Running) => {
            diesel::update(target).set(runs::finished_at.eq(None::<Time>)).execute(c)?;
        }
        Some(RunStatus::Completed | RunStatus::Failed) => {
            diesel::update(target.filter(runs::finished_at.is_null()))
                .set(runs::finished_at.eq(ext::now().nullable()))
                .execute(c)?;
        }
    }
    let changed = find(c, caller, kind, id)?;
    attempts::keep(c, changed.as_ref().map(|changed| (caller, Made::Run(changed))))?;
    Ok(changed)
}

/// The next evaluations of a run after `after`, in the order in which they were first reported.
pub fn evaluations(
    c: &mut Connection,
    caller: &Caller,
    run: RunId,
    after: Number,
    limit: i64,
) -> Outcome<Vec<Evaluation>> {
    let rows: Vec<EvaluationRecord> = evaluations::table
        .filter(exists(seen(caller, run)))
        .filter(evaluations::organization_id.eq(Key::from(caller.organization)))
        .filter(evaluations::run_id.eq(Key::from(run)))
        .filter(evaluations::number.gt(after))
        .order(evaluations::number)
        .limit(limit)
        .select(EvaluationRecord::as_select())
        .load(c)?;
    rows.into_iter().map(|row| Ok(Evaluation::try_from(row)?)).collect()
}
