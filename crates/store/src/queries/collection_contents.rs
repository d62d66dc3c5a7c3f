//! What is in collections.

use diesel::prelude::*;
use evalstone_core::caller::Caller;
use evalstone_core::collection::{Collection, Member};
use evalstone_core::scoring::Scoring;

use super::super::Connection;
use super::{datasets as dataset_queries, scorings};
use crate::collections::Contents;
use crate::failure::Outcome;
use crate::records::collections::MemberRecord;
use crate::records::datasets::OwnerColumns;
use crate::schema::{datasets, runs, users};
use crate::types::Key;

/// A collection with what the caller sees in it, newest first.
pub fn with_contents(
    c: &mut Connection,
    caller: &Caller,
    collection: Collection,
) -> Outcome<Contents> {
    let id = Key::from(collection.id);
    let (members, runs) = (members_of(c, caller, id)?, runs_of(c, caller, id)?);
    Ok(Contents { collection, members, runs })
}

fn members_of(c: &mut Connection, caller: &Caller, collection: Key) -> Outcome<Vec<Member>> {
    let rows: Vec<(MemberRecord, Option<OwnerColumns>)> = datasets::table
        .left_join(
            users::table.on(users::organization_id
                .eq(datasets::organization_id)
                .and(users::id.nullable().eq(datasets::owner_id))),
        )
        .filter(dataset_queries::visible(caller.organization.into(), caller.user.into()))
        .filter(datasets::collection_id.assume_not_null().eq(collection))
        .order(datasets::number.desc())
        .select((MemberRecord::as_select(), (users::number, users::email).nullable()))
        .load(c)?;
    Ok(rows.into_iter().map(|(record, owner)| record.into_member(owner)).collect())
}

fn runs_of(c: &mut Connection, caller: &Caller, collection: Key) -> Outcome<Vec<Scoring>> {
    let query = scorings::shown(caller)
        .filter(runs::collection_id.assume_not_null().eq(collection))
        .order(runs::number.desc());
    scorings::load(c, caller, query)
}
