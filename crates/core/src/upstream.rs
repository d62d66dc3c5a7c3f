//! What is kept of a vendor that the gateway runs beside: calls that only the vendor has carried out, and
//! how its answers differ from ours.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::id::{ApiKeyId, Number, OrganizationId};
use crate::source::Assigned;

/// A call that a vendor has carried out and the gateway could not yet. Credentials are not in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewMiss {
    /// Its own id, under which it is carried out once, however often that is tried.
    pub id: Uuid,
    /// The dialect.
    pub dialect: &'static str,
    /// The organization's key that the call came with.
    pub key: ApiKeyId,
    /// The method.
    pub method: String,
    /// The path with its query, as it came: with the vendor's ids.
    pub target: String,
    /// The method and the path's pattern, for people.
    pub route: String,
    /// The body's content type.
    pub content_type: Option<String>,
    /// How the body is packed.
    pub content_encoding: Option<String>,
    /// What the vendor has made, if something.
    pub made: Option<Assigned>,
    /// How long the body is, in bytes.
    pub bytes: u64,
    /// Why it could not be carried out.
    pub reason: String,
    /// Whether trying again would not help until somebody changes something.
    pub failed: bool,
}

/// A miss that was kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Miss {
    /// Its organization.
    pub organization: OrganizationId,
    /// Its own id.
    pub id: Uuid,
    /// Its place in the order.
    pub number: Number,
    /// The dialect's name.
    pub dialect: String,
    /// The organization's key that the call came with.
    pub key: ApiKeyId,
    /// The method.
    pub method: String,
    /// The path with its query, as it came.
    pub target: String,
    /// The method and the path's pattern.
    pub route: String,
    /// The body's content type.
    pub content_type: Option<String>,
    /// How the body is packed.
    pub content_encoding: Option<String>,
    /// The kind's word and the id of what the vendor has made, if something.
    pub made: Option<(String, String)>,
    /// How long the body is, in bytes.
    pub bytes: u64,
    /// Whether it is not tried any more of its own accord.
    pub failed: bool,
    /// Why it could not be carried out the last time.
    pub reason: String,
    /// How often it was tried.
    pub tries: i64,
    /// When it is tried again.
    pub due_at: DateTime<Utc>,
    /// When it came.
    pub created_at: DateTime<Utc>,
}

/// Some differences of one kind, at one place of the answers to one route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewDifference {
    /// The dialect.
    pub dialect: &'static str,
    /// The method and the path's pattern.
    pub route: String,
    /// A JSON pointer with `[]` for positions; empty for the answer as a whole.
    pub pointer: String,
    /// The kind's word.
    pub kind: &'static str,
    /// How many.
    pub count: i64,
    /// What one of them was here, shortened.
    pub ours: String,
    /// What it was there, shortened.
    pub theirs: String,
}

/// Differences as they are counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The dialect's name.
    pub dialect: String,
    /// The method and the path's pattern.
    pub route: String,
    /// A JSON pointer with `[]` for positions.
    pub pointer: String,
    /// The kind's word.
    pub kind: String,
    /// How many there were.
    pub count: i64,
    /// What the first of them was here, shortened.
    pub ours: String,
    /// What it was there, shortened.
    pub theirs: String,
    /// When the first was seen.
    pub first_seen_at: DateTime<Utc>,
    /// When the last was seen.
    pub last_seen_at: DateTime<Utc>,
}
