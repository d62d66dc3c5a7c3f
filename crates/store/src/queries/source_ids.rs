//! The id map: which of our rows an imported thing became (design §2.1).

use std::collections::HashMap;

use diesel::Connection as _;
use diesel::dsl::{AsExprOf, exists, not};
use diesel::prelude::*;
use diesel::result::DatabaseErrorKind::UniqueViolation;
use diesel::result::Error::DatabaseError;
use evalstone_core::caller::Caller;
use evalstone_core::error::Error;
use evalstone_core::id::{DatasetId, Number, PipelineId};
use evalstone_core::run::RunKind;
use evalstone_core::source::{MAX_SOURCE_ID, SourceKind, is_mappable};
use evalstone_core::text::check_plain;
use uuid::Uuid;

use super::super::{Connection, ext};
use super::dataset_totals;
use super::datasets::visible;
use super::discarded_runs::DISCARDED;
use crate::failure::{Failure, Outcome};
use crate::fixed::{Around, around};
use crate::records::cases::NewSourceIdRecord;
use crate::schema::{collections, datasets, runs, source_ids};
use crate::types::{Key, Uid};

/// How many source ids one query asks for.
const IDS_PER_QUERY: usize = 1_000;
/// The largest number that is taken over: later ones must stay small enough for JavaScript.
const LARGEST_NUMBER: Number = 1 << 52;

/// The id of ours that this source id became.
pub fn resolve(
    c: &mut Connection,
    caller: &Caller,
    dialect: &str,
    kind: SourceKind,
    source_id: &str,
) -> Outcome<Option<Uuid>> {
    if !is_mappable(source_id) {
        return Ok(None);
    }
    let id: Option<Key> = source_ids::table
        .find((Key::from(caller.organization), dialect, kind.as_str(), source_id))
        .select(source_ids::id)
        .first(c)
        .optional()?;
    Ok(id.map(|key| key.0))
}

/// The pipeline that had this id where it came from, or else the one that has it here, known or not.
pub fn pipeline(
    c: &mut Connection,
    caller: &Caller,
    dialect: &str,
    id: PipelineId,
) -> Outcome<PipelineId> {
    let known = resolve(c, caller, dialect, SourceKind::Pipeline, &id.to_string())?;
    Ok(known.map_or(id, PipelineId::from_uuid))
}

/// The same as an expression.
pub fn pipeline_called(caller: &Caller, dialect: &'static str, id: PipelineId) -> Called {
    let organization = Key::from(caller.organization);
    let known = mapped(organization, dialect, SourceKind::Pipeline.as_str(), id.to_string());
    around("COALESCE(", (known, Key::from(id).into_sql::<Uid>()), ")")
}

/// What a source id became, or else an id.
pub type Called = Around<Uid, (mapped, AsExprOf<Key, Uid>)>;

/// What a source id became, if it did.
#[diesel::dsl::auto_type]
fn mapped(organization: Key, dialect: &'static str, kind: &'static str, source_id: String) -> _ {
    source_ids::table
        .find((organization, dialect, kind, source_id))
        .select(source_ids::id)
        .single_value()
}

/// Remembers what a source id became.
pub fn remember(
    c: &mut Connection,
    caller: &Caller,
    dialect: &str,
    kind: SourceKind,
    source_id: &str,
    id: Uuid,
) -> Outcome<()> {
    check_plain("the source id", source_id)?;
    if source_id.len() > MAX_SOURCE_ID {
        let text = format!("a source id has at most {MAX_SOURCE_ID} bytes");
        return Err(Error::invalid(text).into());
    }
    diesel::insert_into(source_ids::table)
        .values(NewSourceIdRecord {
            organization_id: caller.organization.into(),
            dialect,
            kind: kind.as_str(),
            source_id,
            id: Key(id),
        })
        .execute(c)
        .map_err(|e| {
            Failure::from(e).when_taken(|| Error::taken("this source id was imported already"))
        })?;
    Ok(())
}

/// How many rows one INSERT carries.
const ROWS_PER_INSERT: usize = 500;
const _: () = assert!(ROWS_PER_INSERT * 5 <= ext::MAX_BINDS);

/// Remembers what cases source ids became. Ids that are mapped already keep what they became first; those
/// that the map cannot hold are passed over.
pub fn remember_cases(
    c: &mut Connection,
    caller: &Caller,
    dialect: &str,
    became: &[(String, Uuid)],
) -> Outcome<()> {
    for some in became.chunks(ROWS_PER_INSERT) {
        let rows: Vec<NewSourceIdRecord<'_>> = some
            .iter()
            .filter(|(source_id, _)| is_mappable(source_id))
            .map(|(source_id, id)| NewSourceIdRecord {
                organization_id: caller.organization.into(),
                dialect,
                kind: SourceKind::Case.as_str(),
                source_id,
                id: Key(*id),
            })
            .collect();
        if !rows.is_empty() {
            diesel::insert_into(source_ids::table)
                .values(&rows)
                .on_conflict_do_nothing()
                .execute(c)?;
        }
    }
    Ok(())
}

/// Remembers by which id what this write has just made goes elsewhere, if it does. A source id that is a
/// number becomes the public number too, where nothing has it yet: whoever knows the thing by it finds it
/// without the map, and later things get higher ones.
///
/// # Errors
/// As [`remember`].
pub fn bind(c: &mut Connection, caller: &Caller, kind: SourceKind, id: Uuid) -> Outcome<()> {
    let Some(assigned) = caller.assigned.as_deref().filter(|assigned| assigned.kind == kind) else {
        return Ok(());
    };
    remember(c, caller, assigned.dialect, kind, &assigned.id, id)?;
    take_number(c, caller, kind, &assigned.id, Key(id))
}

/// Makes a source id that is a number the public number too, where nothing has it yet.
pub fn take_number(
    c: &mut Connection,
    caller: &Caller,
    kind: SourceKind,
    source_id: &str,
    id: Key,
) -> Outcome<()> {
    match source_id.parse::<Number>() {
        Ok(number) if (1..=LARGEST_NUMBER).contains(&number) => {
            renumber(c, caller, kind, id, number)
        }
        _ => Ok(()),
    }
}

/// Gives a row this public number, unless another has it. Only datasets, collections and scoring runs are ever
/// named by a number that came from elsewhere.
fn renumber(
    c: &mut Connection,
    caller: &Caller,
    kind: SourceKind,
    id: Key,
    number: Number,
) -> Outcome<()> {
    let organization = Key::from(caller.organization);
    // A number that is taken undoes this statement, not the write.
    let numbered = c.transaction(|c| match kind {
        SourceKind::Dataset => {
            let row = datasets::table.find((organization, id));
            diesel::update(row).set(datasets::number.eq(number)).execute(c)?;
            dataset_totals::changed(c, organization)?;
            ext::pass_number(c, "datasets", number)
        }
        SourceKind::Collection => {
            let row = collections::table.find((organization, id));
            diesel::update(row).set(collections::number.eq(number)).execute(c)?;
            ext::pass_number(c, "collections", number)
        }
        SourceKind::Run => {
            let row = runs::table.find((organization, id));
            let scoring = row.filter(runs::kind.eq(RunKind::Scoring.as_str()));
            match diesel::update(scoring).set(runs::number.eq(number)).execute(c)? {
                0 => Ok(()),
                _ => ext::pass_number(c, "runs", number),
            }
        }
        SourceKind::Case | SourceKind::Pipeline => Ok(()),
    });
    match numbered {
        Err(DatabaseError(UniqueViolation, _)) => Ok(()),
        numbered => Ok(numbered?),
    }
}

/// Remembers what dataset a source id became, in the place of one that has been deleted.
///
/// # Errors
/// Taken when the one that it became before is still there.
pub fn replace_dataset(
    c: &mut Connection,
    caller: &Caller,
    dialect: &str,
    source_id: &str,
    id: DatasetId,
) -> Outcome<()> {
    let (organization, kind) = (Key::from(caller.organization), SourceKind::Dataset);
    let there = datasets::table
        .filter(datasets::organization_id.eq(organization))
        .filter(datasets::id.eq(source_ids::id))
        .filter(datasets::hidden_at.is_null());
    diesel::delete(
        source_ids::table
            .find((organization, dialect, kind.as_str(), source_id))
            .filter(not(exists(there))),
    )
    .execute(c)?;
    remember(c, caller, dialect, kind, source_id, id.uuid())
}

/// Remembers what run a source id became, unless one that it became before is still there. Whether it is this
/// one that is found by it now.
pub fn remember_run(
    c: &mut Connection,
    caller: &Caller,
    dialect: &str,
    source_id: &str,
    id: Key,
) -> Outcome<bool> {
    let (organization, kind) = (Key::from(caller.organization), SourceKind::Run.as_str());
    let there = runs::table
        .filter(runs::organization_id.eq(organization))
        .filter(runs::id.eq(source_ids::id))
        .filter(runs::kind.ne(DISCARDED));
    diesel::delete(
        source_ids::table.find((organization, dialect, kind, source_id)).filter(not(exists(there))),
    )
    .execute(c)?;
    diesel::insert_into(source_ids::table)
        .values(NewSourceIdRecord { organization_id: organization, dialect, kind, source_id, id })
        .on_conflict_do_nothing()
        .execute(c)?;
    Ok(resolve(c, caller, dialect, SourceKind::Run, source_id)? == Some(id.0))
}

/// Which of these source ids became datasets that the caller sees, and which.
pub fn datasets_of(
    c: &mut Connection,
    caller: &Caller,
    dialect: &str,
    source_ids: &[String],
) -> Outcome<HashMap<String, DatasetId>> {
    let organization = Key::from(caller.organization);
    let mut found = HashMap::new();
    for some in source_ids.chunks(IDS_PER_QUERY) {
        let rows: Vec<(String, Key)> = source_ids::table
            .inner_join(
                datasets::table.on(datasets::organization_id
                    .eq(source_ids::organization_id)
                    .and(datasets::id.eq(source_ids::id))),
            )
            .filter(source_ids::organization_id.eq(organization))
            .filter(source_ids::dialect.eq(dialect))
            .filter(source_ids::kind.eq(SourceKind::Dataset.as_str()))
            .filter(source_ids::source_id.eq_any(some))
            .filter(visible(organization, caller.user.into()))
            .select((source_ids::source_id, datasets::id))
            .load(c)?;
        found.extend(rows.into_iter().map(|(source_id, id)| (source_id, id.into())));
    }
    Ok(found)
}
