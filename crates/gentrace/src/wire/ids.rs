//! Ids as requests give them: UUIDs in either letter case, and the word `default` for a pipeline.

use std::fmt;

use evalstone_core::dataset::Reference;
use evalstone_core::error::Error;
use evalstone_core::id::{CaseTag, DatasetId, DatasetTag, Id, PipelineTag, RunTag};
use evalstone_core::json::View;
use uuid::Uuid;

use super::values::id_text;
use crate::errors::{missing, or_missing};

/// The word that stands for the organization's default pipeline (contract §4).
pub const DEFAULT: &str = "default";

/// An id, with its spelling for the answer that nothing has it.
pub struct Given<K> {
    /// The id.
    pub id: Id<K>,
    spelling: String,
}

/// A dataset's id.
pub type GivenDataset = Given<DatasetTag>;
/// A test case's id.
pub type GivenTestCase = Given<CaseTag>;
/// An experiment's id.
pub type GivenExperiment = Given<RunTag>;

impl<K> fmt::Debug for Given<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.spelling.fmt(f)
    }
}

impl<K> Given<K> {
    /// The id that a text is.
    pub fn parse(field: &str, text: &str) -> Result<Self, String> {
        Ok(Self { id: Id::from_uuid(uuid_of(field, text)?), spelling: text.to_owned() })
    }

    /// The id that a JSON value is; a [`super::body::Read`].
    pub fn read(field: &str, value: View<'_>) -> Result<Self, String> {
        Self::parse(field, &id_text(field, value)?)
    }

    /// The id as the store looks it up.
    #[must_use]
    pub fn reference(&self) -> Reference {
        Reference::Id(self.id.uuid())
    }

    /// The error for an id that nothing has.
    #[must_use]
    pub fn missing(&self) -> Error {
        missing(&self.spelling)
    }
}

/// A pipeline by its id or by the word `default`.
#[derive(Debug)]
pub enum GivenPipeline {
    /// The organization's default one.
    Default,
    /// The one with this id.
    Id(Given<PipelineTag>),
}

impl GivenPipeline {
    /// The pipeline that a text names.
    pub fn parse(field: &str, text: &str) -> Result<Self, String> {
        if text == DEFAULT { Ok(Self::Default) } else { Given::parse(field, text).map(Self::Id) }
    }

    /// The pipeline that a JSON value names; a [`super::body::Read`].
    pub fn read(field: &str, value: View<'_>) -> Result<Self, String> {
        Self::parse(field, &id_text(field, value)?)
    }

    /// The error for a pipeline that does not exist.
    #[must_use]
    pub fn missing(&self) -> Error {
        match self {
            Self::Default => missing(DEFAULT),
            Self::Id(given) => given.missing(),
        }
    }
}

/// How a request names a pipeline, if it does. The vendor calls the two mutually exclusive, yet
/// its own test suites send both (contract §7.1).
#[derive(Debug, Default)]
pub struct PipelineChoice {
    /// `pipelineId`.
    pub id: Option<GivenPipeline>,
    /// `pipelineSlug`.
    pub slug: Option<String>,
}

impl PipelineChoice {
    /// What a domain error means for this choice: only a pipeline can be missing.
    #[must_use]
    pub fn explain(&self, error: Error) -> Error {
        match &self.id {
            Some(given) => or_missing(error, given.missing()),
            None => error,
        }
    }
}

/// The UUID that a text is: hyphenated, in either letter case, of any version.
pub fn uuid_of(field: &str, text: &str) -> Result<Uuid, String> {
    text.parse::<DatasetId>().map(DatasetId::uuid).map_err(|_| format!("'{field}' must be a UUID"))
}
