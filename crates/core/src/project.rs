//! Projects: what policies are published for, and the environments in which they take effect
//! (ZNYX contract §1.3, §2.4).

use chrono::{DateTime, Utc};

use crate::id::{EnvironmentId, Number, ProjectId};

/// The environments that every project starts with, in the order in which policies move on.
pub const ENVIRONMENTS: [&str; 3] = ["dev", "staging", "prod"];

/// A project of an organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Project {
    /// The identifier.
    pub id: ProjectId,
    /// The public number.
    pub number: Number,
    /// The name that people read, any text.
    pub name: String,
    /// The short name that may stand for the id; unique in the organization.
    pub slug: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// Where a project's policies take effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Environment {
    /// The identifier.
    pub id: EnvironmentId,
    /// The public number.
    pub number: Number,
    /// The project that it belongs to.
    pub project: ProjectId,
    /// The name, which may stand for the id; unique in the project.
    pub name: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}
