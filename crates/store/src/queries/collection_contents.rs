//! The datasets that are in collections.

use diesel::prelude::*;
use evalstone_core::caller::Caller;
use evalstone_core::collection::Member;
use evalstone_core::id::{CollectionId, Number};

use super::super::Connection;
use super::datasets as dataset_queries;
use crate::failure::Outcome;
use crate::records::collections::MemberRecord;
use crate::records::datasets::OwnerColumns;
use crate::schema::{datasets, users};
use crate::types::Key;

/// The next datasets of a collection below the number `before` that the caller sees, newest first.
pub fn members(
    c: &mut Connection,
    caller: &Caller,
    collection: CollectionId,
    before: Number,
    limit: i64,
) -> Outcome<Vec<Member>> {
    let rows: Vec<(MemberRecord, Option<OwnerColumns>)> = datasets::table
        .left_join(
            users::table.on(users::organization_id
                .eq(datasets::organization_id)
                .and(users::id.nullable().eq(datasets::owner_id))),
        )
        .filter(dataset_queries::visible(caller.organization.into(), caller.user.into()))
        .filter(datasets::collection_id.assume_not_null().eq(Key::from(collection)))
        .filter(datasets::number.lt(before))
        .order(datasets::number.desc())
        .limit(limit)
        .select((MemberRecord::as_select(), (users::number, users::email).nullable()))
        .load(c)?;
    Ok(rows.into_iter().map(|(record, owner)| record.into_member(owner)).collect())
}
