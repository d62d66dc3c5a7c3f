//! Organizations (contract §3.5).

use serde::Serialize;

use super::timestamp::Timestamp;

/// An organization.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Organization {
    /// UUID.
    pub id: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed, or else made.
    pub updated_at: Timestamp,
    /// The name that people read.
    pub name: String,
    /// The short name.
    pub slug: String,
    /// UUID of the pipeline of whatever names none.
    pub default_pipeline_id: Option<String>,
}
