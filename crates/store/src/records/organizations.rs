//! Rows of organizations and users.

use diesel::prelude::*;
use evalstone_core::caller::Role;
use evalstone_core::error::{Error, Result};
use evalstone_core::organization::{Organization, User};

use crate::schema::{organizations, users};
use crate::types::{Key, Time};

#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = organizations)]
pub struct OrganizationRecord {
    pub id: Key,
    pub number: i64,
    pub slug: String,
    pub name: String,
    pub personal: bool,
    pub default_pipeline_id: Key,
    pub created_at: Time,
    pub updated_at: Option<Time>,
}

impl From<OrganizationRecord> for Organization {
    fn from(record: OrganizationRecord) -> Self {
        let OrganizationRecord {
            id,
            number,
            slug,
            name,
            personal,
            default_pipeline_id,
            created_at,
            updated_at,
        } = record;
        Self {
            id: id.into(),
            number,
            slug,
            name,
            personal,
            default_pipeline: default_pipeline_id.into(),
            created_at: created_at.into(),
            updated_at: updated_at.map(Into::into),
        }
    }
}

#[derive(Debug, Insertable)]
#[diesel(table_name = organizations)]
pub struct NewOrganizationRecord<'a> {
    pub id: Key,
    pub slug: &'a str,
    pub name: &'a str,
    pub personal: bool,
    pub default_pipeline_id: Key,
}

#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = users)]
pub struct UserRecord {
    pub id: Key,
    pub number: i64,
    pub email: String,
    pub role: String,
    pub service: bool,
    pub created_at: Time,
}

impl TryFrom<UserRecord> for User {
    type Error = Error;

    fn try_from(record: UserRecord) -> Result<Self> {
        let UserRecord { id, number, email, role, service, created_at } = record;
        Ok(Self {
            id: id.into(),
            number,
            email,
            role: role_of(&role)?,
            service,
            created_at: created_at.into(),
        })
    }
}

#[derive(Debug, Insertable)]
#[diesel(table_name = users)]
pub struct NewUserRecord<'a> {
    pub organization_id: Key,
    pub id: Key,
    pub email: &'a str,
    pub role: &'a str,
    pub service: bool,
}

/// The role that a column's word names; the table's check lets no other in.
pub fn role_of(word: &str) -> Result<Role> {
    Role::from_word(word)
        .ok_or_else(|| Error::fault(format!("unknown role {word:?} in the database")))
}
