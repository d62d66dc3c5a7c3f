//! How a vendor's answers differ from ours.

use chrono::Utc;
use diesel::prelude::*;
use evalstone_core::id::OrganizationId;
use evalstone_core::upstream::{Difference, NewDifference};

use super::super::Connection;
use crate::failure::Outcome;
use crate::records::upstreams::{DifferenceRecord, NewDifferenceRecord};
use crate::schema::differences;
use crate::types::{Key, Time};

/// Counts differences; of those at one place the first example stays.
pub fn count(
    c: &mut Connection,
    organization: OrganizationId,
    new: &[NewDifference],
) -> Outcome<()> {
    let now = Time(Utc::now());
    for new in new {
        diesel::insert_into(differences::table)
            .values(NewDifferenceRecord::of(organization, new, now))
            .on_conflict((
                differences::organization_id,
                differences::dialect,
                differences::route,
                differences::pointer,
                differences::kind,
            ))
            .do_update()
            .set((
                differences::count.eq(differences::count + new.count),
                differences::last_seen_at.eq(now),
            ))
            .execute(c)?;
    }
    Ok(())
}

/// The differences of an organization, in the order of dialects, routes and places.
pub fn list(c: &mut Connection, organization: OrganizationId) -> Outcome<Vec<Difference>> {
    let rows: Vec<DifferenceRecord> = differences::table
        .filter(differences::organization_id.eq(Key::from(organization)))
        .order((differences::dialect, differences::route, differences::pointer, differences::kind))
        .select(DifferenceRecord::as_select())
        .load(c)?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// Forgets the differences of an organization.
pub fn clear(c: &mut Connection, organization: OrganizationId) -> Outcome<()> {
    diesel::delete(
        differences::table.filter(differences::organization_id.eq(Key::from(organization))),
    )
    .execute(c)?;
    Ok(())
}
