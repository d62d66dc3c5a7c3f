//! Organizations and their users (design §2.2).

use chrono::{DateTime, Utc};

use crate::caller::Role;
use crate::id::{ApiKeyId, EnvironmentId, Number, OrganizationId, PipelineId, ProjectId, UserId};
use crate::key::KeyKind;

/// A tenant: everything else belongs to exactly one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organization {
    /// The identifier.
    pub id: OrganizationId,
    /// The public number.
    pub number: Number,
    /// The short name that may stand for the id in paths; unique.
    pub slug: String,
    /// The name that people read.
    pub name: String,
    /// Whether it stands for a single person without an organization.
    pub personal: bool,
    /// The pipeline of datasets that name none.
    pub default_pipeline: PipelineId,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed, if ever.
    pub updated_at: Option<DateTime<Utc>>,
}

/// A person or service that owns keys and datasets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// The identifier.
    pub id: UserId,
    /// The public number.
    pub number: Number,
    /// The e-mail address; unique in the organization.
    pub email: String,
    /// The role in the organization.
    pub role: Role,
    /// Whether this is the organization's one service user, which keys without a user belong to.
    pub service: bool,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// A key as it is listed: everything but the key itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKey {
    /// The identifier.
    pub id: ApiKeyId,
    /// The public number.
    pub number: Number,
    /// The e-mail address of the key's user.
    pub email: String,
    /// What it may do.
    pub kind: KeyKind,
    /// The one project that it is for; none for a key of the whole organization.
    pub project: Option<ProjectId>,
    /// The one environment of that project that it is for, if it is for one only.
    pub environment: Option<EnvironmentId>,
    /// Its first characters.
    pub prefix: String,
    /// When it stops working, if ever.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was last used, as far as that has been written down yet.
    pub last_used_at: Option<DateTime<Utc>>,
    /// When it was revoked, if it was.
    pub revoked_at: Option<DateTime<Utc>>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it got its present value, if that is not its first.
    pub rotated_at: Option<DateTime<Utc>>,
}

/// Which keys of an organization are meant. What is none does not matter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KeyFilter {
    /// Those for this project alone.
    pub project: Option<ProjectId>,
    /// Those of this kind.
    pub kind: Option<KeyKind>,
}
