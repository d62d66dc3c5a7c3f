//! Benchmarks: runs of a dataset's cases against a guardrail policy (design §2.5).
//!
//! Somebody works on a benchmark by a lease. A lease that lapses is taken over by the next who asks;
//! whatever was reported until then stays.

use std::time::Duration;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::case::Case;
use crate::dataset::StoredCase;
use crate::id::{CaseId, DatasetId, EvaluationId, Number, OrganizationId, RunId};
use crate::json::{RawJson, RawObject};
use crate::run::RunStatus;

/// The scorer of verdicts, as evaluations name it: a case has one in each benchmark.
pub const SCORER: &str = "policy";

/// Who works on a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Runner {
    /// A gateway, which calls the configured runtime.
    Gateway,
    /// A runtime that asks for work.
    Runtime,
    /// A gateway that scores rows ([`crate::scoring`]).
    Scorer,
}

impl Runner {
    /// The word in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Gateway => "gateway",
            Self::Runtime => "runtime",
            Self::Scorer => "scorer",
        }
    }
}

/// A benchmark to be started.
#[derive(Clone, Debug)]
pub struct NewBenchmark {
    /// The dialect it is started through.
    pub origin: &'static str,
    /// Its dataset, which the caller sees.
    pub dataset: DatasetId,
    /// Who is to work on it first.
    pub runner: Runner,
    /// The policy; none when it is the runtime's own, which nobody here knows.
    pub policy: Option<RawObject>,
    /// What the policy's version is called.
    pub policy_version: Option<String>,
    /// The bundle that the policy was taken from.
    pub bundle: Option<String>,
    /// Stages whose cases are left out.
    pub except_stages: &'static [&'static str],
}

/// A benchmark as stored, without its policy.
#[derive(Clone, Debug)]
pub struct Benchmark {
    /// The identifier.
    pub id: RunId,
    /// The public number.
    pub number: Number,
    /// The dataset, which may be gone by now.
    pub dataset: DatasetId,
    /// What the policy's version is called.
    pub policy_version: Option<String>,
    /// The bundle that the policy was taken from.
    pub bundle: Option<String>,
    /// How far it is.
    pub status: RunStatus,
    /// The number of the last case that it is over: what was added later is no part of it.
    pub until: Number,
    /// How many cases it has to evaluate.
    pub total: i64,
    /// How many of them were evaluated.
    pub completed: i64,
    /// What came of it, a JSON object, once it has ended.
    pub summary: Option<RawObject>,
    /// Why it was given up, if it was.
    pub failure: Option<String>,
    /// When somebody began to work on it.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// Which benchmarks a list shows.
#[derive(Clone, Debug, Default)]
pub struct BenchmarkFilter {
    /// Only those of this dataset.
    pub dataset: Option<DatasetId>,
    /// Only those of this status.
    pub status: Option<RunStatus>,
}

/// The right to work on a run, for as long as it is renewed in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lease {
    /// The organization.
    pub organization: OrganizationId,
    /// The run.
    pub run: RunId,
    /// Who holds it.
    pub worker: Uuid,
    /// How long it lasts from each sign of life on.
    pub term: Duration,
}

/// A benchmark that somebody may work on now.
#[derive(Clone, Debug)]
pub struct Claimed {
    /// The right to.
    pub lease: Lease,
    /// The dataset.
    pub dataset: DatasetId,
    /// The policy; none when it is the runtime's own.
    pub policy: Option<RawObject>,
    /// What the policy's version is called.
    pub policy_version: Option<String>,
    /// The bundle that the policy was taken from.
    pub bundle: Option<String>,
    /// How many cases it has.
    pub total: i64,
    /// How often somebody has begun to work on it since the last verdict came in, this time counted.
    pub attempts: i64,
}

/// What a runtime made of a case.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// The decision, such as `BLOCK`; `ERROR` when there is none.
    pub decision: String,
    /// The risk, 0 to 100.
    pub score: f64,
    /// The rules that fired, a JSON array of strings.
    pub rule_hits: RawJson,
    /// What each detector said, a JSON array, if that was told.
    pub detectors: Option<RawJson>,
    /// How long it took, in milliseconds.
    pub latency_ms: i64,
}

/// A verdict on a case, to be stored with a snapshot of the case.
#[derive(Clone, Debug)]
pub struct NewVerdict {
    /// The case, as it was evaluated.
    pub case: StoredCase,
    /// What the runtime made of it.
    pub verdict: Verdict,
    /// Whether that is what was expected; none when nothing was.
    pub passed: Option<bool>,
}

/// A verdict as stored.
#[derive(Clone, Debug)]
pub struct StoredVerdict {
    /// The identifier.
    pub id: EvaluationId,
    /// The case, which may be gone by now.
    pub case_id: CaseId,
    /// The case as it was evaluated.
    pub case: Case,
    /// What the runtime made of it.
    pub verdict: Verdict,
    /// Whether that is what was expected; none when nothing was.
    pub passed: Option<bool>,
    /// When it was reported.
    pub created_at: DateTime<Utc>,
}

/// What a summary wants to know of a verdict.
#[derive(Clone, Debug, PartialEq)]
pub struct VerdictLine {
    /// The case's number, which is its place in the dataset.
    pub position: Number,
    /// The decision.
    pub decision: String,
    /// The risk, 0 to 100.
    pub score: f64,
    /// Whether that is what was expected; none when nothing was.
    pub passed: Option<bool>,
    /// How long it took, in milliseconds.
    pub latency_ms: i64,
    /// What was expected of the case.
    pub expected: Option<RawObject>,
}

/// What reporting verdicts came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reported {
    /// How many were new. The first verdict on a case counts.
    pub accepted: i64,
    /// How many cases have been evaluated now.
    pub completed: i64,
}

/// A case that one benchmark got right and another does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Regression {
    /// The case.
    pub case: CaseId,
    /// What was expected of it.
    pub expected: Option<RawObject>,
    /// The decision of the one.
    pub base: String,
    /// The decision of the other.
    pub candidate: String,
}

/// The cases that one benchmark got right and another does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Regressions {
    /// How many there are.
    pub count: i64,
    /// The first of them, in the order of the one that got them right.
    pub first: Vec<Regression>,
}

/// How a benchmark ends.
#[derive(Clone, Debug)]
pub struct End {
    /// What came of it.
    pub summary: RawObject,
    /// Why it is given up, if it is.
    pub failure: Option<String>,
}
