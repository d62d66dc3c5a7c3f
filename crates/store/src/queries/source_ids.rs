//! The id map: which of our rows an imported thing became (design §2.1).

use diesel::prelude::*;
use evalstone_core::caller::Caller;
use evalstone_core::error::Error;
use evalstone_core::text::check_plain;
use uuid::Uuid;

use super::super::Connection;
use crate::failure::{Failure, Outcome};
use crate::records::cases::NewSourceIdRecord;
use crate::schema::source_ids;
use crate::source_ids::SourceKind;
use crate::types::Key;

/// The longest source id in bytes: it stands in an index whose keys are limited.
const MAX_SOURCE_ID: usize = 1024;

/// The id of ours that this source id became.
pub fn resolve(
    c: &mut Connection,
    caller: &Caller,
    dialect: &str,
    kind: SourceKind,
    source_id: &str,
) -> Outcome<Option<Uuid>> {
    // Postgres cannot even be asked for U+0000.
    if source_id.len() > MAX_SOURCE_ID || source_id.contains('\0') {
        return Ok(None);
    }
    let id: Option<Key> = source_ids::table
        .find((Key::from(caller.organization), dialect, kind.as_str(), source_id))
        .select(source_ids::id)
        .first(c)
        .optional()?;
    Ok(id.map(|key| key.0))
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
