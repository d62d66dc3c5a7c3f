//! Runs and their evaluations (design §2.5): one model for every way of running a dataset.

use chrono::{DateTime, Utc};

use crate::id::{CaseId, EvaluationId, Number, PipelineId, RunId};
use crate::json::{RawJson, RawObject};
use crate::trace::{SpanId, TraceId};

/// What kind of run it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunKind {
    /// The user's code ran, and spans report it.
    Experiment,
    /// Cases against a guardrail policy ([`crate::benchmark`]).
    Benchmark,
    /// Metrics over recorded outputs ([`crate::scoring`]).
    Scoring,
}

impl RunKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Experiment, Self::Benchmark, Self::Scoring];

    /// The word in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Experiment => "experiment",
            Self::Benchmark => "benchmark",
            Self::Scoring => "scoring",
        }
    }

    /// The kind of that word, if there is one.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// How far a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunStatus {
    /// Nobody works on it yet.
    Queued,
    /// Results are still produced.
    Running,
    /// It has come to its end. Reports of an experiment may still arrive.
    Completed,
    /// It was given up, for a reason that is kept with it.
    Failed,
}

impl RunStatus {
    /// Every status.
    pub const ALL: [Self; 4] = [Self::Queued, Self::Running, Self::Completed, Self::Failed];

    /// The word in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Completed => "completed",
            Self::Failed => "failed",
        }
    }

    /// The status of that word, if there is one.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == word)
    }
}

/// A run as stored.
#[derive(Clone, Debug)]
pub struct Run {
    /// The identifier.
    pub id: RunId,
    /// The public number.
    pub number: Number,
    /// The pipeline that ran.
    pub pipeline: PipelineId,
    /// The name, if it was given one.
    pub name: Option<String>,
    /// How far it is.
    pub status: RunStatus,
    /// Whatever the client wants to remember of it.
    pub metadata: Option<RawObject>,
    /// The dialect it was made through.
    pub origin: String,
    /// When the user's code ended, as far as it was said.
    pub finished_at: Option<DateTime<Utc>>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed, if ever.
    pub updated_at: Option<DateTime<Utc>>,
}

/// A run to be made.
#[derive(Clone, Debug)]
pub struct NewRun {
    /// Its id, when it is given from outside; a new one when none is.
    pub id: Option<RunId>,
    /// Its kind.
    pub kind: RunKind,
    /// The dialect it is made through.
    pub origin: &'static str,
    /// The pipeline that runs.
    pub pipeline: PipelineId,
    /// The name.
    pub name: Option<String>,
    /// Whatever the client wants to remember of it.
    pub metadata: Option<RawObject>,
}

/// What to change of a run; `None` leaves a field as it is.
#[derive(Clone, Debug, Default)]
pub struct RunChange {
    /// The new name, or null.
    pub name: Option<Option<String>>,
    /// The new metadata, or null. It replaces the old one whole.
    pub metadata: Option<Option<RawObject>>,
    /// How far it is now.
    pub status: Option<RunStatus>,
}

impl RunChange {
    /// Whether nothing is to be changed.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        let Self { name, metadata, status } = self;
        name.is_none() && metadata.is_none() && status.is_none()
    }
}

/// Which runs of one kind a list shows.
#[derive(Clone, Debug)]
pub struct RunFilter {
    /// Their kind.
    pub kind: RunKind,
    /// Only those of this pipeline.
    pub pipeline: Option<PipelineId>,
}

/// What a test span says of one case in one run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEvaluation {
    /// The run's id, as the sender says it.
    pub run: RunId,
    /// The stored case that was run, as the sender says it; a local one has none.
    pub case: Option<CaseId>,
    /// The case's name.
    pub name: String,
    /// What the user's code received.
    pub inputs: Option<RawJson>,
    /// What it returned; nothing when it failed.
    pub output: Option<RawJson>,
    /// Why it failed, if it did.
    pub error: Option<String>,
}

/// An evaluation as stored: one case in one run, with a snapshot of what was evaluated.
#[derive(Clone, Debug)]
pub struct Evaluation {
    /// The identifier.
    pub id: EvaluationId,
    /// The public number.
    pub number: Number,
    /// The stored case, if it was one.
    pub case: Option<CaseId>,
    /// The case's name.
    pub name: String,
    /// What the user's code received.
    pub inputs: Option<RawJson>,
    /// What it returned.
    pub output: Option<RawJson>,
    /// What a good answer was when it ran.
    pub expected: Option<RawJson>,
    /// Why it failed, if it did.
    pub error: Option<String>,
    /// The trace that shows how it ran.
    pub trace: TraceId,
    /// The span of the trace that reported it.
    pub span: SpanId,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it ended.
    pub finished_at: DateTime<Utc>,
}
