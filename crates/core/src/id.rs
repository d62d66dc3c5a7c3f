//! Identifiers: a UUID typed by what it names, and the public number beside it (design §2.1).

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::str::FromStr;

use uuid::Uuid;

/// A public number: positive, from a database sequence, small enough for JavaScript (design §2.1).
pub type Number = i64;

/// The UUID of one thing of kind `K`. Two kinds cannot be mixed up.
pub struct Id<K> {
    uuid: Uuid,
    kind: PhantomData<fn() -> K>,
}

impl<K> Id<K> {
    /// A new identifier: UUID version 7, so that later ones sort later.
    #[must_use]
    pub fn generate() -> Self {
        Self::from_uuid(Uuid::now_v7())
    }

    /// The identifier with this UUID, of whatever version (imports keep theirs).
    #[must_use]
    pub const fn from_uuid(uuid: Uuid) -> Self {
        Self { uuid, kind: PhantomData }
    }

    /// The UUID itself.
    #[must_use]
    pub const fn uuid(self) -> Uuid {
        self.uuid
    }
}

impl<K> Clone for Id<K> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K> Copy for Id<K> {}

impl<K> PartialEq for Id<K> {
    fn eq(&self, other: &Self) -> bool {
        self.uuid == other.uuid
    }
}

impl<K> Eq for Id<K> {}

impl<K> PartialOrd for Id<K> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<K> Ord for Id<K> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.uuid.cmp(&other.uuid)
    }
}

impl<K> Hash for Id<K> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.uuid.hash(state);
    }
}

impl<K> fmt::Debug for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.uuid, f)
    }
}

/// Lower case with hyphens.
impl<K> fmt::Display for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.uuid, f)
    }
}

/// The hyphenated form only, in either letter case: the 32-digit, braced and URN spellings would
/// give one row several addresses.
impl<K> FromStr for Id<K> {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() != 36 {
            return Err(NotAnId);
        }
        Uuid::try_parse(text).map(Self::from_uuid).map_err(|_| NotAnId)
    }
}

/// The text is not a hyphenated UUID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a UUID")]
pub struct NotAnId;

/// Marks identifiers of organizations.
pub enum OrganizationTag {}
/// Marks identifiers of users.
pub enum UserTag {}
/// Marks identifiers of API keys.
pub enum ApiKeyTag {}
/// Marks identifiers of projects.
pub enum ProjectTag {}
/// Marks identifiers of environments.
pub enum EnvironmentTag {}
/// Marks identifiers of bundles.
pub enum BundleTag {}
/// Marks identifiers of pipelines.
pub enum PipelineTag {}
/// Marks identifiers of collections.
pub enum CollectionTag {}
/// Marks identifiers of datasets.
pub enum DatasetTag {}
/// Marks identifiers of cases.
pub enum CaseTag {}

/// Marks identifiers of runs.
pub enum RunTag {}
/// Marks identifiers of evaluations.
pub enum EvaluationTag {}
/// Marks identifiers of guardrails' traces.
pub enum GuardrailTraceTag {}
/// Marks identifiers of annotations.
pub enum AnnotationTag {}

/// An organization's identifier.
pub type OrganizationId = Id<OrganizationTag>;
/// A user's identifier.
pub type UserId = Id<UserTag>;
/// An API key's identifier.
pub type ApiKeyId = Id<ApiKeyTag>;
/// A project's identifier.
pub type ProjectId = Id<ProjectTag>;
/// An environment's identifier.
pub type EnvironmentId = Id<EnvironmentTag>;
/// A bundle's identifier.
pub type BundleId = Id<BundleTag>;
/// A pipeline's identifier.
pub type PipelineId = Id<PipelineTag>;
/// A collection's identifier.
pub type CollectionId = Id<CollectionTag>;
/// A dataset's identifier.
pub type DatasetId = Id<DatasetTag>;
/// A case's identifier.
pub type CaseId = Id<CaseTag>;
/// A run's identifier.
pub type RunId = Id<RunTag>;
/// An evaluation's identifier.
pub type EvaluationId = Id<EvaluationTag>;
/// A guardrail's trace's identifier.
pub type GuardrailTraceId = Id<GuardrailTraceTag>;
/// An annotation's identifier.
pub type AnnotationId = Id<AnnotationTag>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_hyphenated_spelling_is_an_id() {
        let text = "123E4567-e89b-12d3-a456-426614174000";
        let id: DatasetId = text.parse().expect("hyphenated");
        assert_eq!(id.to_string(), text.to_lowercase());
        for other in [
            "123e4567e89b12d3a456426614174000",
            "{123e4567-e89b-12d3-a456-426614174000}",
            "urn:uuid:123e4567-e89b-12d3-a456-426614174000",
            "123e4567-e89b-12d3-a456-42661417400g",
            "",
        ] {
            assert_eq!(other.parse::<DatasetId>(), Err(NotAnId), "{other}");
        }
    }
}
