//! Rows of attempts.

use diesel::prelude::*;

use crate::schema::attempts;
use crate::types::{Key, Time};

#[derive(Debug, Insertable)]
#[diesel(table_name = attempts, treat_none_as_default_value = false)]
pub struct NewAttemptRecord {
    pub organization_id: Key,
    pub fingerprint: Key,
    pub id: Key,
    pub named: bool,
    pub content: Option<Key>,
    pub tries: i32,
    pub note: String,
    pub expires_at: Time,
}
