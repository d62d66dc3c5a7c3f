//! A run with all that came of it, as it is moved between places (design §2.5): everything that is
//! known of it but for the ids, which each place gives anew or keeps beside it.
//!
//! A [`RunCopy`] is the run itself, its [`RunPart`]s are what it was over and what came of it, in the
//! order in which they are written: the rows, then the evaluations, then the spans of its traces.

mod write;

use chrono::{DateTime, Utc};

use crate::case::Case;
use crate::id::{DatasetId, Number, PipelineId, RunId};
use crate::json::{RawJson, RawObject};
use crate::run::{RunKind, RunStatus};
use crate::trace::{Span, SpanId, TraceId};

/// A run without its parts.
#[derive(Clone, Debug)]
pub struct RunCopy {
    /// Its kind.
    pub kind: RunKind,
    /// The dialect that it was made through, where that is moved.
    pub origin: Option<String>,
    /// Whether the whole organization sees it.
    pub shared: bool,
    /// What it is called.
    pub name: Option<String>,
    /// How far it is.
    pub status: RunStatus,
    /// Whatever its client wants to remember of it.
    pub metadata: Option<RawObject>,
    /// The least score with which it passes, 0 to 100.
    pub threshold: Option<i64>,
    /// What its dialect has to know to carry it out.
    pub settings: Option<RawObject>,
    /// The policy that it was against.
    pub policy: Option<RawObject>,
    /// What the policy's version is called.
    pub policy_version: Option<String>,
    /// The bundle that the policy was taken from.
    pub bundle: Option<String>,
    /// How many evaluations it comes to.
    pub total: i64,
    /// How many of them are done.
    pub completed: i64,
    /// What came of it, in its dialect's words.
    pub summary: Option<RawObject>,
    /// Why it was given up, if it was.
    pub failure: Option<String>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When somebody began to work on it.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
}

/// A part of a run.
#[derive(Clone, Debug)]
pub enum RunPart {
    /// What was scored, where several evaluations are of one thing.
    Row(RowCopy),
    /// What came of one case.
    Evaluation(Box<EvaluationCopy>),
    /// A span of a trace that an evaluation points at.
    Span(Box<SpanCopy>),
}

/// A row of a run.
#[derive(Clone, Debug)]
pub struct RowCopy {
    /// Its place among the run's rows, from 1.
    pub position: i64,
    /// The part of the run's settings that it belongs to, from 0.
    pub part: i64,
    /// The case as it was scored. Its name does not count.
    pub case: Case,
}

/// An evaluation: whatever any kind of run keeps of one.
#[derive(Clone, Debug)]
pub struct EvaluationCopy {
    /// The place of the row that it is of, where it is of one.
    pub row: Option<i64>,
    /// Its place in its run, where those of its kind have one.
    pub position: Option<i64>,
    /// Who judged, where a case is judged once by each.
    pub scorer: Option<String>,
    /// The name of the case, or the metric's short name.
    pub name: String,
    /// The case's stage.
    pub stage: Option<String>,
    /// What the system under test received.
    pub inputs: Option<RawJson>,
    /// What it answered.
    pub output: Option<RawJson>,
    /// What a good answer is.
    pub expected: Option<RawJson>,
    /// What was carried along with the case.
    pub metadata: Option<RawObject>,
    /// Why it failed.
    pub error: Option<String>,
    /// The trace that shows how it ran.
    pub trace: Option<TraceId>,
    /// The span of that trace that reported it.
    pub span: Option<SpanId>,
    /// The decision.
    pub decision: Option<String>,
    /// The rules that fired, a JSON array of strings.
    pub rule_hits: Option<RawJson>,
    /// The score, 0 to 100. One that is no number counts as none: JSON has no word for it.
    pub score: Option<f64>,
    /// Whether the case passed.
    pub passed: Option<bool>,
    /// How long it took, in milliseconds.
    pub latency_ms: Option<i64>,
    /// The least score with which it passes.
    pub threshold: Option<i64>,
    /// The model that judged.
    pub model: Option<String>,
    /// The metric's arguments.
    pub arguments: Option<RawObject>,
    /// Why the score is what it is.
    pub explanation: Option<String>,
    /// What else is known.
    pub details: Option<RawJson>,
    /// What it cost, in millionths of a millionth of a unit.
    pub cost: Option<i64>,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it ended.
    pub finished_at: DateTime<Utc>,
    /// When it was reported, where that is told.
    pub reported_at: Option<DateTime<Utc>>,
}

/// A span with what it was found to be.
#[derive(Clone, Debug)]
pub struct SpanCopy {
    /// The span.
    pub span: Span,
    /// Whether it carries a mark of a dialect.
    pub marked: bool,
    /// Whether it names a pipeline. Where it is moved to, that is the pipeline of the run.
    pub names_pipeline: bool,
    /// Whether it reports an evaluation of the run.
    pub reports: bool,
}

/// A run that is stored as it is, with what came of it elsewhere.
#[derive(Clone, Debug)]
pub struct NewRunCopy {
    /// Its id. A run of ours that has it must not be another one.
    pub id: RunId,
    /// The dialect it comes through.
    pub origin: &'static str,
    /// Its id there, if that is kept in the id map.
    pub source_id: Option<String>,
    /// The dataset that it is over. It need not be there (any more).
    pub dataset: Option<DatasetId>,
    /// The pipeline that ran; that of the dataset, else the default one, when none is given.
    pub pipeline: Option<PipelineId>,
    /// What it is.
    pub run: RunCopy,
}

/// A stored run as it is moved.
#[derive(Clone, Debug)]
pub struct StoredRunCopy {
    /// The identifier.
    pub id: RunId,
    /// The public number.
    pub number: Number,
    /// The dataset that it is over, which may be gone by now.
    pub dataset: Option<DatasetId>,
    /// The pipeline that ran.
    pub pipeline: PipelineId,
    /// What it is.
    pub run: RunCopy,
}

impl RunCopy {
    /// A shared run of which nothing else is known.
    #[must_use]
    pub const fn of(kind: RunKind, status: RunStatus, created_at: DateTime<Utc>) -> Self {
        Self {
            kind,
            origin: None,
            shared: true,
            name: None,
            status,
            metadata: None,
            threshold: None,
            settings: None,
            policy: None,
            policy_version: None,
            bundle: None,
            total: 0,
            completed: 0,
            summary: None,
            failure: None,
            created_at,
            started_at: None,
            finished_at: None,
        }
    }
}

impl EvaluationCopy {
    /// An evaluation of which nothing else is known.
    #[must_use]
    pub const fn of(name: String, started_at: DateTime<Utc>, finished_at: DateTime<Utc>) -> Self {
        Self {
            row: None,
            position: None,
            scorer: None,
            name,
            stage: None,
            inputs: None,
            output: None,
            expected: None,
            metadata: None,
            error: None,
            trace: None,
            span: None,
            decision: None,
            rule_hits: None,
            score: None,
            passed: None,
            latency_ms: None,
            threshold: None,
            model: None,
            arguments: None,
            explanation: None,
            details: None,
            cost: None,
            started_at,
            finished_at,
            reported_at: None,
        }
    }
}
