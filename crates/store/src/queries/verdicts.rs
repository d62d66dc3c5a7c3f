//! Verdicts: stored as they are reported, many at a time.

use std::collections::BTreeSet;

use diesel::prelude::*;
use evalstone_core::caller::Caller;
use evalstone_core::id::VerdictId;
use evalstone_core::json::RawJson;
use evalstone_core::verdict::{NewVerdict, Verdict};

use super::super::{Connection, ext};
use crate::failure::Outcome;
use crate::records::verdicts::{
    NEW_FIRED_COLUMNS, NEW_VERDICT_COLUMNS, NewFiredRecord, NewVerdictRecord, Reporter,
    VerdictRecord, digest,
};
use crate::schema::guardrails::{fired_detectors, verdicts};
use crate::types::Key;

/// How many rows one INSERT carries: as many as reports commonly come together.
const ROWS_PER_INSERT: usize = 1_000;
const _: () = assert!(ROWS_PER_INSERT * NEW_VERDICT_COLUMNS <= ext::MAX_BINDS);
const _: () = assert!(ROWS_PER_INSERT * NEW_FIRED_COLUMNS <= ext::MAX_BINDS);

/// Stores verdicts, all or none.
pub fn record(c: &mut Connection, caller: &Caller, new: &[NewVerdict]) -> Outcome<()> {
    let reporter =
        Reporter { organization: caller.organization.into(), project: None, environment: None };
    let ids: Vec<Key> = new.iter().map(|_| VerdictId::generate().into()).collect();
    let rows: Vec<NewVerdictRecord<'_>> =
        new.iter().zip(&ids).map(|(new, id)| NewVerdictRecord::of(reporter, *id, new)).collect();
    for chunk in rows.chunks(ROWS_PER_INSERT) {
        diesel::insert_into(verdicts::table).values(chunk).execute(c)?;
    }
    let fired: Vec<NewFiredRecord> =
        new.iter().zip(&ids).flat_map(|(new, id)| fired(reporter.organization, *id, new)).collect();
    for chunk in fired.chunks(ROWS_PER_INSERT) {
        diesel::insert_into(fired_detectors::table).values(chunk).execute(c)?;
    }
    Ok(())
}

fn fired(
    organization_id: Key,
    verdict_id: Key,
    new: &NewVerdict,
) -> impl Iterator<Item = NewFiredRecord> + use<> {
    let keys: BTreeSet<Key> = new.fired.iter().map(|name| digest(name.view())).collect();
    keys.into_iter().map(move |detector_key| NewFiredRecord {
        organization_id,
        detector_key,
        verdict_id,
    })
}

/// The verdict of this name: its own id, or the id of the trace that it was reported with, of which
/// the newest is meant.
pub fn find(c: &mut Connection, caller: &Caller, name: &str) -> Outcome<Option<Verdict>> {
    let Some(id) = named(c, caller, name)? else {
        return Ok(None);
    };
    let row: Option<VerdictRecord> = verdicts::table
        .find((Key::from(caller.organization), id))
        .select(VerdictRecord::as_select())
        .first(c)
        .optional()?;
    Ok(row.map(Verdict::from))
}

/// The key of the verdict of this name.
pub fn named(c: &mut Connection, caller: &Caller, name: &str) -> Outcome<Option<Key>> {
    let own = verdicts::table
        .filter(verdicts::organization_id.eq(Key::from(caller.organization)))
        .select(verdicts::id);
    if let Ok(id) = name.parse::<VerdictId>() {
        let found = own.filter(verdicts::id.eq(Key::from(id))).first(c).optional()?;
        if found.is_some() {
            return Ok(found);
        }
    }
    let reported = digest(RawJson::from_text(name).view());
    let newest = own
        .filter(verdicts::trace_key.eq(reported))
        .order((verdicts::created_at.desc(), verdicts::id.desc()));
    Ok(newest.first(c).optional()?)
}
