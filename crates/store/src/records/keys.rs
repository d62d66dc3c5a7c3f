//! Rows of API keys.

use diesel::prelude::*;
use evalstone_core::error::{Error, Result};
use evalstone_core::key::KeyKind;
use evalstone_core::organization::ApiKey;
use evalstone_core::project::RuntimeKey;

use crate::schema::api_keys;
use crate::types::{Key, Time};

#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = api_keys)]
pub struct ApiKeyRecord {
    pub id: Key,
    pub number: i64,
    pub kind: String,
    pub hash: Vec<u8>,
    pub prefix: String,
    pub expires_at: Option<Time>,
    pub last_used_at: Option<Time>,
    pub revoked_at: Option<Time>,
    pub created_at: Time,
    pub project_id: Option<Key>,
    pub environment_id: Option<Key>,
    pub rotated_at: Option<Time>,
}

impl ApiKeyRecord {
    /// The key of the user with this e-mail address.
    pub fn of(self, email: String) -> Result<ApiKey> {
        let Self {
            id,
            number,
            kind,
            hash: _,
            prefix,
            expires_at,
            last_used_at,
            revoked_at,
            created_at,
            project_id,
            environment_id,
            rotated_at,
        } = self;
        Ok(ApiKey {
            id: id.into(),
            number,
            email,
            kind: key_kind_of(&kind)?,
            project: project_id.map(Into::into),
            environment: environment_id.map(Into::into),
            prefix,
            expires_at: expires_at.map(Into::into),
            last_used_at: last_used_at.map(Into::into),
            revoked_at: revoked_at.map(Into::into),
            created_at: created_at.into(),
            rotated_at: rotated_at.map(Into::into),
        })
    }
}

#[derive(Debug, Insertable)]
#[diesel(table_name = api_keys, treat_none_as_default_value = false)]
pub struct NewApiKeyRecord<'a> {
    pub organization_id: Key,
    pub id: Key,
    pub user_id: Key,
    pub kind: &'a str,
    pub hash: &'a [u8],
    pub prefix: &'a str,
    pub expires_at: Option<Time>,
}

/// A key that is made for a request.
#[derive(Debug, Insertable)]
#[diesel(table_name = api_keys, treat_none_as_default_value = false)]
pub struct IssuedKeyRecord<'a> {
    pub organization_id: Key,
    pub id: Key,
    pub user_id: Key,
    pub kind: &'a str,
    pub hash: &'a [u8],
    pub prefix: &'a str,
    pub expires_at: Time,
    pub created_at: Time,
    pub project_id: Option<Key>,
    pub environment_id: Option<Key>,
}

/// How long a key has been good for what.
#[derive(Debug, Clone, Copy, Queryable, Selectable)]
#[diesel(table_name = api_keys)]
pub struct KeyTimesRecord {
    pub created_at: Time,
    pub rotated_at: Option<Time>,
    pub expires_at: Option<Time>,
}

/// A runtime key of an environment.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = api_keys)]
pub struct RuntimeKeyRecord {
    pub project_id: Option<Key>,
    pub environment_id: Option<Key>,
    pub prefix: String,
    pub expires_at: Option<Time>,
}

impl RuntimeKeyRecord {
    /// The key and the project that it is for; none when it is for no environment.
    pub fn placed(self) -> Option<(Key, RuntimeKey)> {
        let Self { project_id, environment_id, prefix, expires_at } = self;
        let environment = environment_id?.into();
        let expires_at = expires_at.map(Into::into);
        Some((project_id?, RuntimeKey { environment, prefix, expires_at }))
    }
}

/// The key kind that a column's word names; the table's check lets no other in.
pub fn key_kind_of(word: &str) -> Result<KeyKind> {
    KeyKind::from_word(word)
        .ok_or_else(|| Error::fault(format!("unknown key kind {word:?} in the database")))
}
