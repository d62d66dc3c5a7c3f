//! Calls that a vendor has carried out and the gateway has not yet.

use chrono::{DateTime, Utc};
use diesel::dsl::{exists, min};
use diesel::prelude::*;
use evalstone_core::error::Error;
use evalstone_core::id::{Number, OrganizationId};
use evalstone_core::upstream::{Miss, NewMiss};
use uuid::Uuid;

use super::super::Connection;
use crate::failure::Outcome;
use crate::misses::Backlog;
use crate::records::upstreams::{MissRecord, NewMissPieceRecord, NewMissRecord};
use crate::schema::{miss_pieces, misses};
use crate::types::{Key, Time};

/// Keeps a call with its body, whose pieces are read while it is written.
pub fn insert(
    c: &mut Connection,
    organization: OrganizationId,
    new: &NewMiss,
    due_at: DateTime<Utc>,
    body: impl Iterator<Item = std::io::Result<Vec<u8>>>,
) -> Outcome<()> {
    let row = NewMissRecord::of(organization, new, due_at.into());
    diesel::insert_into(misses::table).values(row).execute(c)?;
    for (position, piece) in (0_i64..).zip(body) {
        let bytes = piece.map_err(Error::fault)?;
        diesel::insert_into(miss_pieces::table)
            .values(NewMissPieceRecord {
                organization_id: organization.into(),
                miss_id: Key(new.id),
                position,
                bytes: &bytes,
            })
            .execute(c)?;
    }
    Ok(())
}

/// Whether a call of this organization and dialect waits.
pub fn any_waits(c: &mut Connection, organization: OrganizationId, dialect: &str) -> Outcome<bool> {
    let waiting = misses::table
        .filter(misses::organization_id.eq(Key::from(organization)))
        .filter(misses::dialect.eq(dialect))
        .filter(misses::failed.eq(false));
    Ok(diesel::select(exists(waiting)).get_result(c)?)
}

/// Takes the first waiting call of each organization and dialect that is due, for whoever asks alone until
/// `until`.
pub fn claim(c: &mut Connection, until: DateTime<Utc>) -> Outcome<Vec<Miss>> {
    let first: Vec<(Key, String, Option<Number>)> = misses::table
        .filter(misses::failed.eq(false))
        .group_by((misses::organization_id, misses::dialect))
        .select((misses::organization_id, misses::dialect, min(misses::number)))
        .load(c)?;
    let mut claimed = Vec::new();
    for (organization, _, number) in first {
        let target = misses::table
            .filter(misses::organization_id.eq(organization))
            .filter(misses::number.eq(number.unwrap_or_default()))
            .filter(misses::failed.eq(false))
            .filter(misses::due_at.le(Time(Utc::now())));
        let row: Option<MissRecord> = diesel::update(target)
            .set((misses::due_at.eq(Time(until)), misses::tries.eq(misses::tries + 1)))
            .returning(MissRecord::as_returning())
            .get_result(c)
            .optional()?;
        claimed.extend(row.map(Miss::from));
    }
    Ok(claimed)
}

/// A piece of a call's body; none after the last.
pub fn piece(
    c: &mut Connection,
    organization: OrganizationId,
    id: Uuid,
    position: i64,
) -> Outcome<Option<Vec<u8>>> {
    let piece = miss_pieces::table.find((Key::from(organization), Key(id), position));
    Ok(piece.select(miss_pieces::bytes).first(c).optional()?)
}

/// Forgets a call that has been carried out.
pub fn done(c: &mut Connection, organization: OrganizationId, id: Uuid) -> Outcome<()> {
    diesel::delete(misses::table.find((Key::from(organization), Key(id)))).execute(c)?;
    Ok(())
}

/// Writes down why a call could not be carried out, and when it is tried again; never, without a time.
/// Says whether it is still there.
pub fn postpone(
    c: &mut Connection,
    organization: OrganizationId,
    id: Uuid,
    reason: &str,
    due_at: Option<DateTime<Utc>>,
) -> Outcome<bool> {
    let target = misses::table.find((Key::from(organization), Key(id)));
    let changed = diesel::update(target)
        .set((
            misses::reason.eq(reason),
            misses::failed.eq(due_at.is_none()),
            due_at.map(|due_at| misses::due_at.eq(Time(due_at))),
        ))
        .execute(c)?;
    Ok(changed > 0)
}

/// The calls of an organization that have not been carried out, in their order.
pub fn list(c: &mut Connection, organization: OrganizationId) -> Outcome<Vec<Miss>> {
    let rows: Vec<MissRecord> = misses::table
        .filter(misses::organization_id.eq(Key::from(organization)))
        .order(misses::number)
        .select(MissRecord::as_select())
        .load(c)?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// Makes all calls of an organization due, those that had failed too. Says how many there are.
pub fn retry(c: &mut Connection, organization: OrganizationId) -> Outcome<usize> {
    let target = misses::table.filter(misses::organization_id.eq(Key::from(organization)));
    Ok(diesel::update(target)
        .set((misses::failed.eq(false), misses::due_at.eq(Time(Utc::now()))))
        .execute(c)?)
}

/// How many calls wait, and how many have failed, in all organizations.
pub fn backlog(c: &mut Connection) -> Outcome<Vec<Backlog>> {
    let rows: Vec<(String, bool, i64)> = misses::table
        .group_by((misses::dialect, misses::failed))
        .select((misses::dialect, misses::failed, diesel::dsl::count_star()))
        .load(c)?;
    Ok(rows
        .into_iter()
        .map(|(dialect, failed, count)| Backlog { dialect, failed, count })
        .collect())
}
