//! Scoring runs: metrics over recorded outputs (design §2.5).
//!
//! A run is over rows: the cases of a dataset, or rows that came with the request. Each row belongs
//! to a part of the run, whose metrics all look at it. A gateway works on a run by a lease; what it
//! has scored stays when another takes it over.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::benchmark::Lease;
use crate::case::Case;
use crate::dataset::Owner;
use crate::id::{CaseId, CollectionId, DatasetId, EvaluationId, Number, RunId};
use crate::json::RawObject;
use crate::run::RunStatus;

/// What a scoring run is over.
#[derive(Clone, Debug)]
pub enum Subject {
    /// The cases that a dataset has when the run is made.
    Dataset {
        /// The dataset, which the caller sees.
        dataset: DatasetId,
        /// How many metrics look at each case.
        metrics: i64,
    },
    /// Rows that came with the request.
    Rows {
        /// The rows, in order.
        rows: Vec<NewRow>,
        /// How many evaluations they come to.
        evaluations: i64,
        /// The number of the collection that the run is put into.
        collection: Option<Number>,
    },
}

/// A row that came with a request.
#[derive(Clone, Debug)]
pub struct NewRow {
    /// The part of the run that it belongs to, from 0.
    pub part: i64,
    /// What is scored.
    pub case: Case,
}

/// What a scoring run is called. Two runs of one owner never have equal names.
#[derive(Clone, Debug)]
pub enum RunName {
    /// This, or it is not made.
    Given(String),
    /// This, or with the first of ` (2)`, ` (3)` and so on that is free.
    Made(String),
}

/// A scoring run to be made.
#[derive(Clone, Debug)]
pub struct NewScoring {
    /// The dialect it is made through.
    pub origin: &'static str,
    /// What it is over.
    pub subject: Subject,
    /// What it is called.
    pub name: RunName,
    /// The least score with which it passes, if it is given; 0 to 100.
    pub threshold: Option<i64>,
    /// What its dialect has to know to carry it out.
    pub settings: RawObject,
    /// What the organization must have spent less than, in millionths of a millionth of a unit; no limit
    /// without one.
    pub budget: Option<i64>,
}

/// A scoring run as stored.
#[derive(Clone, Debug)]
pub struct Scoring {
    /// The identifier.
    pub id: RunId,
    /// The public number.
    pub number: Number,
    /// The user who owns it; none when it belongs to the organization as a whole.
    pub owner: Option<Owner>,
    /// Whether the whole organization sees it, or its owner alone.
    pub shared: bool,
    /// What it is called.
    pub name: String,
    /// The dataset whose cases it is over.
    pub dataset: Option<Place<DatasetId>>,
    /// The collection that it is in.
    pub collection: Option<Place<CollectionId>>,
    /// The least score with which it passes, if it was given.
    pub threshold: Option<i64>,
    /// What its dialect has to know to carry it out.
    pub settings: RawObject,
    /// How far it is.
    pub status: RunStatus,
    /// How many evaluations it comes to.
    pub total: i64,
    /// How many of them are done.
    pub completed: i64,
    /// What came of it, a JSON object in its dialect's words, once it has ended.
    pub summary: Option<RawObject>,
    /// When somebody began to work on it.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// Where a run belongs: a dataset or a collection, as runs show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place<I> {
    /// The identifier.
    pub id: I,
    /// The public number.
    pub number: Number,
    /// The name.
    pub name: String,
}

/// A scoring run that a gateway holds.
#[derive(Clone, Debug)]
pub struct ClaimedScoring {
    /// The right to work on it.
    pub lease: Lease,
    /// The least score with which it passes, if it was given.
    pub threshold: Option<i64>,
    /// What its dialect has to know to carry it out.
    pub settings: RawObject,
    /// How often somebody has begun to work on it since the last evaluation came in.
    pub attempts: i64,
}

/// A row that is still to be scored.
#[derive(Clone, Debug)]
pub struct OpenRow {
    /// Its place among the run's rows.
    pub position: i64,
    /// The part of the run that it belongs to.
    pub part: i64,
    /// The stored case, if it is one.
    pub case_id: Option<CaseId>,
    /// What is scored.
    pub case: Case,
}

/// A row with what its part's metrics say of it, in their order.
#[derive(Clone, Debug)]
pub struct ScoredRow {
    /// The row.
    pub row: OpenRow,
    /// The evaluations.
    pub evaluations: Vec<NewScore>,
}

/// What a metric says of a row.
#[derive(Clone, Debug)]
pub struct NewScore {
    /// The metric's short name.
    pub metric: String,
    /// The model that was asked, or would have been.
    pub model: String,
    /// The metric's arguments as they were given; many evaluations share them.
    pub arguments: Option<Arc<RawObject>>,
    /// The least score with which the row passes.
    pub threshold: i64,
    /// What came of it.
    pub outcome: Outcome,
    /// When it was begun.
    pub started_at: DateTime<Utc>,
    /// When it ended.
    pub finished_at: DateTime<Utc>,
}

/// What came of an evaluation.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// The row was scored.
    Scored {
        /// 0 to 100, higher is better.
        score: f64,
        /// Why it is that.
        explanation: String,
        /// What else is known.
        details: Option<RawObject>,
        /// What it cost, in millionths of a millionth of a unit.
        cost: Option<i64>,
    },
    /// The row cannot be scored.
    Failed {
        /// Why.
        explanation: String,
        /// What was spent on it nevertheless, in millionths of a millionth of a unit.
        cost: Option<i64>,
    },
}

/// An evaluation as stored, with the row that it is of.
#[derive(Clone, Debug)]
pub struct StoredScore {
    /// The identifier.
    pub id: EvaluationId,
    /// The public number; a run's evaluations are in the order of their numbers.
    pub number: Number,
    /// The number of the run.
    pub run: Number,
    /// What the metric said.
    pub score: NewScore,
    /// What was scored.
    pub case: Case,
}

/// The successful evaluations of one metric in one run.
#[derive(Clone, Debug, PartialEq)]
pub struct MetricTotal {
    /// The metric's short name.
    pub metric: String,
    /// How many there are.
    pub count: i64,
    /// What their scores add up to.
    pub sum: f64,
}

/// A model's word on a row, kept so that the same question is not paid for twice.
#[derive(Clone, Debug, PartialEq)]
pub struct Judgement {
    /// The digest of metric, arguments, model and row.
    pub digest: [u8; 32],
    /// 0 to 100, higher is better.
    pub score: f64,
    /// Why it is that.
    pub explanation: String,
    /// What else is known.
    pub details: Option<RawObject>,
}
