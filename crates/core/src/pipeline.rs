//! Pipelines: what datasets are made for.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::id::{DatasetId, Number, PipelineId};
use crate::text::Slug;

/// A system under test. Every dataset belongs to one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pipeline {
    /// The identifier.
    pub id: PipelineId,
    /// The public number.
    pub number: Number,
    /// The short name; unique in the organization.
    pub slug: String,
    /// The name that people read.
    pub display_name: Option<String>,
    /// The folder it lies in, kept as given: folders have no resource of their own.
    pub folder: Option<Uuid>,
    /// The one dataset that stands for this pipeline's quality, if one was chosen.
    pub golden_dataset: Option<DatasetId>,
    /// When it was archived, if it is.
    pub archived_at: Option<DateTime<Utc>>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed, if ever.
    pub updated_at: Option<DateTime<Utc>>,
}

/// A pipeline to be made.
#[derive(Clone, Debug)]
pub struct NewPipeline {
    /// Its id, when it is given from outside; a new one when none is.
    pub id: Option<PipelineId>,
    /// The short name.
    pub slug: Slug,
    /// The name that people read.
    pub display_name: Option<String>,
    /// The folder.
    pub folder: Option<Uuid>,
}

/// What to change of a pipeline; `None` leaves a field as it is.
#[derive(Clone, Debug, Default)]
pub struct PipelineChange {
    /// The new name, or null.
    pub display_name: Option<Option<String>>,
    /// The new folder, or null.
    pub folder: Option<Option<Uuid>>,
    /// Whether it is archived.
    pub archived: Option<bool>,
}

impl PipelineChange {
    /// Whether nothing is to be changed.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.display_name.is_none() && self.folder.is_none() && self.archived.is_none()
    }
}

/// Which pipelines a list shows. All conditions hold together.
#[derive(Clone, Debug, Default)]
pub struct PipelineFilter {
    /// Conditions on the slug.
    pub slug: Vec<SlugCondition>,
    /// Only those in this folder; `Some(None)` means in no folder.
    pub folder: Option<Option<Uuid>>,
}

/// One condition on a slug.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlugCondition {
    /// How the slug is compared.
    pub comparison: SlugComparison,
    /// Whether letter case is ignored.
    pub ignore_case: bool,
}

/// How a slug is compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SlugComparison {
    /// It is this text.
    Is(String),
    /// It has this text somewhere.
    Contains(String),
    /// It begins with this text.
    StartsWith(String),
    /// It ends with this text.
    EndsWith(String),
    /// It is one of these.
    In(Vec<String>),
    /// It is none of these.
    NotIn(Vec<String>),
}
