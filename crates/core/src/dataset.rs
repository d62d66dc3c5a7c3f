//! Datasets: what every dialect shares of them (design §2.3).

use chrono::{DateTime, Utc};

use crate::case::{Case, Origin};
use crate::id::{CaseId, DatasetId, Number, PipelineId, UserId};
use crate::json::RawJson;
use crate::lens::slots::Slots;

/// A dataset as stored.
#[derive(Clone, Debug)]
pub struct Dataset {
    /// The identifier.
    pub id: DatasetId,
    /// The public number.
    pub number: Number,
    /// The pipeline it belongs to.
    pub pipeline: PipelineId,
    /// The user who owns it; none when it belongs to the organization as a whole, or was not asked for
    /// ([`Beside`]).
    pub owner: Option<Owner>,
    /// The e-mail address of whoever made it, kept when the owner is gone.
    pub author_email: String,
    /// Whether the whole organization sees it, or its owner alone.
    pub shared: bool,
    /// The name. Only some dialects ask that it be unique.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// Free text: the theme, on which lists filter.
    pub category: Option<String>,
    /// Free text: who made it, as the client says.
    pub creator: Option<String>,
    /// Where its cases come from: `customer`, or a catalogue's word.
    pub source: String,
    /// Whether it is offered as an open benchmark.
    pub public: bool,
    /// The dialect it was made through.
    pub origin: String,
    /// How many cases it has.
    pub case_count: i64,
    /// How many of its cases fill each well-known field.
    pub slots: SlotCounts,
    /// Changes with every change of the dataset or its cases.
    pub version: i64,
    /// The number of the collection that it is in, if it is in one and that was asked for.
    pub collection: Option<Number>,
    /// When it was archived, if it is.
    pub archived_at: Option<DateTime<Utc>>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed, if ever.
    pub updated_at: Option<DateTime<Utc>>,
    /// What the asking dialect alone knows of it, if anything was said and that was asked for.
    pub facet: Option<RawJson>,
}

/// What is asked of datasets beside their own rows. A list that shows less comes faster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Beside {
    /// Nothing.
    Nothing,
    /// What this dialect alone knows of them.
    Facet(&'static str),
    /// The same, their owners and the collections that they are in.
    All(&'static str),
}

impl Beside {
    /// The dialect whose facets are asked for, if any are.
    #[must_use]
    pub const fn facet(self) -> Option<&'static str> {
        match self {
            Self::Nothing => None,
            Self::Facet(dialect) | Self::All(dialect) => Some(dialect),
        }
    }
}

/// A dataset's owner, as dialects show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// The user.
    pub id: UserId,
    /// The user's public number.
    pub number: Number,
    /// The user's e-mail address.
    pub email: String,
}

/// How many cases fill each well-known field.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SlotCounts {
    /// Cases with instructions.
    pub prompt: i64,
    /// Cases with a user's message.
    pub input: i64,
    /// Cases with retrieved passages.
    pub context: i64,
    /// Cases with a recorded answer.
    pub output: i64,
    /// Cases with a model answer.
    pub golden_answer: i64,
}

impl SlotCounts {
    /// Counts one more case.
    pub fn add(&mut self, slots: Slots) {
        let Slots { prompt, input, context, output, golden_answer } = slots;
        self.prompt += i64::from(prompt);
        self.input += i64::from(input);
        self.context += i64::from(context);
        self.output += i64::from(output);
        self.golden_answer += i64::from(golden_answer);
    }

    /// Counts one case less.
    pub fn remove(&mut self, slots: Slots) {
        let Slots { prompt, input, context, output, golden_answer } = slots;
        self.prompt -= i64::from(prompt);
        self.input -= i64::from(input);
        self.context -= i64::from(context);
        self.output -= i64::from(output);
        self.golden_answer -= i64::from(golden_answer);
    }

    /// Adds another count to this one.
    pub const fn merge(&mut self, other: Self) {
        let Self { prompt, input, context, output, golden_answer } = other;
        self.prompt += prompt;
        self.input += input;
        self.context += context;
        self.output += output;
        self.golden_answer += golden_answer;
    }
}

/// A dataset to be made.
#[derive(Clone, Debug)]
pub struct NewDataset {
    /// Its id, when it is given from outside; a new one when none is.
    pub id: Option<DatasetId>,
    /// The dialect it is made through.
    pub origin: &'static str,
    /// The pipeline; the organization's default one when `None`.
    pub pipeline: Option<PipelineId>,
    /// Whether the whole organization sees it.
    pub shared: bool,
    /// The name.
    pub name: String,
    /// Set by dialects whose names are unique ([`crate::name_key`]).
    pub name_key: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// The theme.
    pub category: Option<String>,
    /// Who made it, as the client says.
    pub creator: Option<String>,
    /// Where its cases come from.
    pub source: String,
    /// Whether it is offered as an open benchmark.
    pub public: bool,
    /// Whether it becomes its pipeline's golden dataset.
    pub golden: bool,
    /// What this dialect alone knows of it.
    pub facet: Option<RawJson>,
}

impl NewDataset {
    /// The bytes of its texts.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let Self { name, description, category, creator, source, facet, .. } = self;
        let text = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        let facet = facet.as_ref().map_or(0, |facet| facet.as_str().len());
        name.len() + source.len() + text(description) + text(category) + text(creator) + facet
    }
}

/// What to change of a dataset; `None` leaves a field as it is.
#[derive(Clone, Debug, Default)]
pub struct DatasetChange {
    /// The new name.
    pub name: Option<String>,
    /// The new description, or null.
    pub description: Option<Option<String>>,
    /// The new theme, or null.
    pub category: Option<Option<String>>,
    /// Whether it is offered as an open benchmark.
    pub public: Option<bool>,
    /// Whether it is its pipeline's golden dataset.
    pub golden: Option<bool>,
    /// Whether it is archived.
    pub archived: Option<bool>,
    /// What the changing dialect alone knows of it from now on, or nothing.
    pub facet: Option<Option<RawJson>>,
}

impl DatasetChange {
    /// Whether nothing is to be changed.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        let Self { name, description, category, public, golden, archived, facet } = self;
        name.is_none()
            && description.is_none()
            && category.is_none()
            && public.is_none()
            && golden.is_none()
            && archived.is_none()
            && facet.is_none()
    }
}

/// Which of the datasets that the caller can see a list shows. All conditions hold together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct DatasetFilter {
    /// Only those of one of these categories, if any is named.
    pub categories: Vec<String>,
    /// Only those of this source.
    pub source: Option<String>,
    /// Only those of this pipeline.
    pub pipeline: Option<WhichPipeline>,
    /// Archived ones too.
    pub archived: bool,
    /// Only those whose name has this text, in any letter case.
    pub search: Option<String>,
    /// Only the caller's own, or only those that others share.
    pub ownership: Option<Ownership>,
}

/// A pipeline by one of its ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WhichPipeline {
    /// The one that has this id here.
    Ours(PipelineId),
    /// The one that had this id where it came from, or else the one that has it here.
    Called {
        /// The dialect that it came from.
        dialect: &'static str,
        /// Its id there or here.
        id: PipelineId,
    },
}

/// Whose datasets a list shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ownership {
    /// The caller's own.
    Own,
    /// Those that somebody else shares with the organization.
    SharedByOthers,
}

/// A part of a list: `limit` rows after the first `offset`.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    /// How many rows to pass over.
    pub offset: i64,
    /// How many rows to give at the most; `None` gives all.
    pub limit: Option<i64>,
}

/// A case to be stored, with where it came from.
#[derive(Clone, Debug)]
pub struct NewCase {
    /// Its id, when it is given from outside; a new one when none is.
    pub id: Option<CaseId>,
    /// The case.
    pub case: Case,
    /// Where it came from.
    pub origin: Origin,
}

impl NewCase {
    /// The bytes of its texts.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.case.bytes() + self.origin.bytes()
    }
}

/// A case as stored.
#[derive(Clone, Debug)]
pub struct StoredCase {
    /// The identifier.
    pub id: CaseId,
    /// The public number; a dataset's cases are in the order of their numbers.
    pub number: Number,
    /// The dataset it belongs to.
    pub dataset: DatasetId,
    /// The dataset's pipeline.
    pub pipeline: PipelineId,
    /// The case.
    pub case: Case,
    /// Where it came from.
    pub origin: Origin,
    /// When it was stored.
    pub created_at: DateTime<Utc>,
}

/// What adding cases came to.
#[derive(Clone, Copy, Debug)]
pub struct Added {
    /// The dataset.
    pub dataset: DatasetId,
    /// How many cases were added.
    pub added: i64,
    /// How many the dataset has now.
    pub case_count: i64,
}

/// Which cases a list shows. All conditions hold together.
#[derive(Clone, Debug, Default)]
pub struct CaseFilter {
    /// Only those of this dataset.
    pub dataset: Option<DatasetId>,
    /// Only those of this pipeline's datasets.
    pub pipeline: Option<PipelineId>,
}

/// How a request names a dataset or case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reference {
    /// By our UUID.
    Id(uuid::Uuid),
    /// By our public number.
    Number(Number),
    /// By some other text, which can only be the id that an import's source gave it.
    Source(String),
}

impl Reference {
    /// The reference that a path segment makes where ids are UUIDs: whatever is no UUID can only
    /// be a source's id.
    #[must_use]
    pub fn of_text(text: &str) -> Self {
        text.parse::<DatasetId>()
            .map_or_else(|_| Self::Source(text.to_owned()), |id| Self::Id(id.uuid()))
    }
}

/// The text that a source would have given as the id.
impl std::fmt::Display for Reference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Id(id) => id.fmt(f),
            Self::Number(number) => number.fmt(f),
            Self::Source(text) => text.fmt(f),
        }
    }
}
