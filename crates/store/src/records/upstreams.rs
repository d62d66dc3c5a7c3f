//! Rows about vendors that the gateway runs beside.

use diesel::prelude::*;
use evalstone_core::id::OrganizationId;
use evalstone_core::upstream::{Difference, Miss, NewDifference, NewMiss};

use crate::schema::{differences, miss_pieces, misses};
use crate::types::{Key, Time};

#[derive(Debug, Insertable)]
#[diesel(table_name = misses)]
pub struct NewMissRecord<'a> {
    pub organization_id: Key,
    pub id: Key,
    pub dialect: &'a str,
    pub key_id: Key,
    pub method: &'a str,
    pub target: &'a str,
    pub route: &'a str,
    pub content_type: Option<&'a str>,
    pub content_encoding: Option<&'a str>,
    pub made_kind: Option<&'a str>,
    pub made_id: Option<&'a str>,
    pub bytes: i64,
    pub failed: bool,
    pub reason: &'a str,
    pub tries: i64,
    pub due_at: Time,
}

impl<'a> NewMissRecord<'a> {
    /// The row of a miss that was tried once and is due at this time.
    pub fn of(organization: OrganizationId, new: &'a NewMiss, due_at: Time) -> Self {
        let NewMiss {
            id,
            dialect,
            key,
            method,
            target,
            route,
            content_type,
            content_encoding,
            made,
            bytes,
            reason,
            failed,
        } = new;
        Self {
            organization_id: organization.into(),
            id: Key(*id),
            dialect,
            key_id: (*key).into(),
            method,
            target,
            route,
            content_type: content_type.as_deref(),
            content_encoding: content_encoding.as_deref(),
            made_kind: made.as_ref().map(|made| made.kind.as_str()),
            made_id: made.as_ref().map(|made| made.id.as_str()),
            bytes: i64::try_from(*bytes).unwrap_or(i64::MAX),
            failed: *failed,
            reason,
            tries: 1,
            due_at,
        }
    }
}

#[derive(Debug, Insertable)]
#[diesel(table_name = miss_pieces)]
pub struct NewMissPieceRecord<'a> {
    pub organization_id: Key,
    pub miss_id: Key,
    pub position: i64,
    pub bytes: &'a [u8],
}

#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = misses)]
pub struct MissRecord {
    pub organization_id: Key,
    pub id: Key,
    pub number: i64,
    pub dialect: String,
    pub key_id: Key,
    pub method: String,
    pub target: String,
    pub route: String,
    pub content_type: Option<String>,
    pub content_encoding: Option<String>,
    pub made_kind: Option<String>,
    pub made_id: Option<String>,
    pub bytes: i64,
    pub failed: bool,
    pub reason: String,
    pub tries: i64,
    pub due_at: Time,
    pub created_at: Time,
}

impl From<MissRecord> for Miss {
    fn from(record: MissRecord) -> Self {
        let MissRecord {
            organization_id,
            id,
            number,
            dialect,
            key_id,
            method,
            target,
            route,
            content_type,
            content_encoding,
            made_kind,
            made_id,
            bytes,
            failed,
            reason,
            tries,
            due_at,
            created_at,
        } = record;
        Self {
            organization: organization_id.into(),
            id: id.0,
            number,
            dialect,
            key: key_id.into(),
            method,
            target,
            route,
            content_type,
            content_encoding,
            made: made_kind.zip(made_id),
            bytes: u64::try_from(bytes).unwrap_or_default(),
            failed,
            reason,
            tries,
            due_at: due_at.into(),
            created_at: created_at.into(),
        }
    }
}

#[derive(Debug, Insertable)]
#[diesel(table_name = differences)]
pub struct NewDifferenceRecord<'a> {
    pub organization_id: Key,
    pub dialect: &'a str,
    pub route: &'a str,
    pub pointer: &'a str,
    pub kind: &'a str,
    pub count: i64,
    pub ours: &'a str,
    pub theirs: &'a str,
    pub first_seen_at: Time,
    pub last_seen_at: Time,
}

impl<'a> NewDifferenceRecord<'a> {
    /// The row of differences that were seen at this time.
    pub fn of(organization: OrganizationId, new: &'a NewDifference, at: Time) -> Self {
        let NewDifference { dialect, route, pointer, kind, count, ours, theirs } = new;
        Self {
            organization_id: organization.into(),
            dialect,
            route,
            pointer,
            kind,
            count: *count,
            ours,
            theirs,
            first_seen_at: at,
            last_seen_at: at,
        }
    }
}

#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = differences)]
pub struct DifferenceRecord {
    pub dialect: String,
    pub route: String,
    pub pointer: String,
    pub kind: String,
    pub count: i64,
    pub ours: String,
    pub theirs: String,
    pub first_seen_at: Time,
    pub last_seen_at: Time,
}

impl From<DifferenceRecord> for Difference {
    fn from(record: DifferenceRecord) -> Self {
        let DifferenceRecord {
            dialect,
            route,
            pointer,
            kind,
            count,
            ours,
            theirs,
            first_seen_at,
            last_seen_at,
        } = record;
        Self {
            dialect,
            route,
            pointer,
            kind,
            count,
            ours,
            theirs,
            first_seen_at: first_seen_at.into(),
            last_seen_at: last_seen_at.into(),
        }
    }
}
