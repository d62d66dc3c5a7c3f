//! Rows of API keys.

use diesel::prelude::*;
use evalstone_core::error::{Error, Result};
use evalstone_core::key::KeyKind;

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

/// The key kind that a column's word names; the table's check lets no other in.
pub fn key_kind_of(word: &str) -> Result<KeyKind> {
    KeyKind::from_word(word)
        .ok_or_else(|| Error::fault(format!("unknown key kind {word:?} in the database")))
}
