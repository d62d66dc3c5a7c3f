//! Rows of benchmarks and their verdicts.

use diesel::prelude::*;
use evalstone_core::benchmark::{
    Benchmark, NewVerdict, Regression, SCORER, StoredVerdict, Verdict, VerdictLine,
};
use evalstone_core::case::Case;
use evalstone_core::dataset::StoredCase;
use evalstone_core::error::{Error, Result};
use evalstone_core::id::EvaluationId;
use evalstone_core::json::{RawJson, RawObject};

use super::runs::status_of;
use crate::schema::{evaluations, runs};
use crate::types::{Key, Time};

#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = runs)]
pub struct BenchmarkRecord {
    pub id: Key,
    pub number: i64,
    pub dataset_id: Option<Key>,
    pub policy_version: Option<String>,
    pub bundle_id: Option<String>,
    pub status: String,
    pub until_number: Option<i64>,
    pub total: i64,
    pub completed: i64,
    pub summary: Option<String>,
    pub failure: Option<String>,
    pub started_at: Option<Time>,
    pub finished_at: Option<Time>,
    pub created_at: Time,
}

impl TryFrom<BenchmarkRecord> for Benchmark {
    type Error = Error;

    fn try_from(record: BenchmarkRecord) -> Result<Self> {
        let BenchmarkRecord {
            id,
            number,
            dataset_id,
            policy_version,
            bundle_id,
            status,
            until_number,
            total,
            completed,
            summary,
            failure,
            started_at,
            finished_at,
            created_at,
        } = record;
        let dataset = dataset_id.ok_or_else(|| Error::fault("a benchmark without a dataset"))?;
        let status = status_of(&status)?;
        Ok(Self {
            id: id.into(),
            number,
            dataset: dataset.into(),
            policy_version,
            bundle: bundle_id,
            status,
            until: until_number.unwrap_or_default(),
            total,
            completed,
            summary: summary.map(RawObject::trusted),
            failure,
            started_at: started_at.map(Into::into),
            finished_at: finished_at.map(Into::into),
            created_at: created_at.into(),
        })
    }
}

#[derive(Debug, Insertable)]
#[diesel(table_name = runs, treat_none_as_default_value = false)]
pub struct NewBenchmarkRecord<'a> {
    pub organization_id: Key,
    pub id: Key,
    pub kind: &'a str,
    pub pipeline_id: Key,
    pub owner_id: Option<Key>,
    pub shared: bool,
    pub status: &'a str,
    pub origin: &'a str,
    pub dataset_id: Key,
    pub runner: &'a str,
    pub policy: Option<&'a str>,
    pub policy_version: Option<&'a str>,
    pub bundle_id: Option<&'a str>,
    pub until_number: Option<i64>,
    pub total: i64,
}

/// What whoever works on a benchmark is told of it.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = runs)]
pub struct ClaimedRecord {
    pub organization_id: Key,
    pub id: Key,
    pub dataset_id: Option<Key>,
    pub policy: Option<String>,
    pub policy_version: Option<String>,
    pub bundle_id: Option<String>,
    pub total: i64,
    pub attempts: i64,
}

#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = evaluations)]
pub struct VerdictRecord {
    pub id: Key,
    pub case_id: Option<Key>,
    pub name: String,
    pub stage: Option<String>,
    pub inputs: Option<String>,
    pub output: Option<String>,
    pub expected: Option<String>,
    pub metadata: Option<String>,
    pub decision: Option<String>,
    pub score: Option<f64>,
    pub rule_hits: Option<String>,
    pub details: Option<String>,
    pub latency_ms: Option<i64>,
    pub passed: Option<bool>,
    pub created_at: Time,
}

impl TryFrom<VerdictRecord> for StoredVerdict {
    type Error = Error;

    fn try_from(record: VerdictRecord) -> Result<Self> {
        let VerdictRecord {
            id,
            case_id,
            name,
            stage,
            inputs,
            output,
            expected,
            metadata,
            decision,
            score,
            rule_hits,
            details,
            latency_ms,
            passed,
            created_at,
        } = record;
        let whole = || Error::fault("a verdict in the database is not whole");
        Ok(Self {
            id: id.into(),
            case_id: case_id.ok_or_else(whole)?.into(),
            case: Case {
                name: Some(name).filter(|name| !name.is_empty()),
                stage,
                inputs: RawObject::trusted(inputs.ok_or_else(whole)?),
                output: output.map(RawJson::trusted),
                expected: expected.map(RawObject::trusted),
                metadata: metadata.map(RawObject::trusted),
            },
            verdict: Verdict {
                decision: decision.ok_or_else(whole)?,
                score: score.ok_or_else(whole)?,
                rule_hits: RawJson::trusted(rule_hits.ok_or_else(whole)?),
                detectors: details.map(RawJson::trusted),
                latency_ms: latency_ms.ok_or_else(whole)?,
            },
            passed,
            created_at: created_at.into(),
        })
    }
}

#[derive(Debug, Insertable)]
#[diesel(table_name = evaluations, treat_none_as_default_value = false)]
pub struct NewVerdictRecord<'a> {
    pub organization_id: Key,
    pub id: Key,
    pub run_id: Key,
    pub case_id: Key,
    pub scorer: &'a str,
    pub position: i64,
    pub name: &'a str,
    pub stage: Option<&'a str>,
    pub inputs: &'a str,
    pub output: Option<&'a str>,
    pub expected: Option<&'a str>,
    pub metadata: Option<&'a str>,
    pub decision: &'a str,
    pub score: f64,
    pub rule_hits: &'a str,
    pub details: Option<&'a str>,
    pub latency_ms: i64,
    pub passed: Option<bool>,
    pub started_at: Time,
    pub finished_at: Time,
}

/// How many columns a [`NewVerdictRecord`] binds.
pub const NEW_VERDICT_COLUMNS: usize = 20;

impl<'a> NewVerdictRecord<'a> {
    /// The row of a verdict that came in at `now`.
    pub fn of(organization: Key, run: Key, new: &'a NewVerdict, now: Time) -> Self {
        let NewVerdict { case, verdict, passed } = new;
        let StoredCase { id, number, dataset: _, pipeline: _, case, origin: _, created_at: _ } =
            case;
        let Case { name, stage, inputs, output, expected, metadata } = case;
        let Verdict { decision, score, rule_hits, detectors, latency_ms } = verdict;
        let took = chrono::TimeDelta::milliseconds((*latency_ms).clamp(0, i64::from(i32::MAX)));
        Self {
            organization_id: organization,
            id: EvaluationId::generate().into(),
            run_id: run,
            case_id: (*id).into(),
            scorer: SCORER,
            position: *number,
            name: name.as_deref().unwrap_or_default(),
            stage: stage.as_deref(),
            inputs: inputs.as_str(),
            output: output.as_ref().map(RawJson::as_str),
            expected: expected.as_ref().map(RawObject::as_str),
            metadata: metadata.as_ref().map(RawObject::as_str),
            decision,
            score: *score,
            rule_hits: rule_hits.as_str(),
            details: detectors.as_ref().map(RawJson::as_str),
            latency_ms: *latency_ms,
            passed: *passed,
            started_at: Time(now.0 - took),
            finished_at: now,
        }
    }
}

/// What a summary wants to know of a verdict.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = evaluations)]
pub struct VerdictLineRecord {
    pub position: Option<i64>,
    pub decision: Option<String>,
    pub score: Option<f64>,
    pub passed: Option<bool>,
    pub latency_ms: Option<i64>,
    pub expected: Option<String>,
}

impl TryFrom<VerdictLineRecord> for VerdictLine {
    type Error = Error;

    fn try_from(record: VerdictLineRecord) -> Result<Self> {
        let VerdictLineRecord { position, decision, score, passed, latency_ms, expected } = record;
        let whole = || Error::fault("a verdict in the database is not whole");
        Ok(Self {
            position: position.ok_or_else(whole)?,
            decision: decision.ok_or_else(whole)?,
            score: score.ok_or_else(whole)?,
            passed,
            latency_ms: latency_ms.ok_or_else(whole)?,
            expected: expected.map(RawObject::trusted),
        })
    }
}

/// A case that one run got right and another does not.
#[derive(Debug, Queryable)]
pub struct RegressionRecord {
    pub case_id: Option<Key>,
    pub expected: Option<String>,
    pub base: Option<String>,
    pub candidate: Option<String>,
}

impl TryFrom<RegressionRecord> for Regression {
    type Error = Error;

    fn try_from(record: RegressionRecord) -> Result<Self> {
        let RegressionRecord { case_id, expected, base, candidate } = record;
        let whole = || Error::fault("a verdict in the database is not whole");
        Ok(Self {
            case: case_id.ok_or_else(whole)?.into(),
            expected: expected.map(RawObject::trusted),
            base: base.ok_or_else(whole)?,
            candidate: candidate.ok_or_else(whole)?,
        })
    }
}
