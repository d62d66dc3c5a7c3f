//! Rows of runs and evaluations.

use diesel::prelude::*;
use evalstone_core::error::{Error, Result};
use evalstone_core::json::{RawJson, RawObject};
use evalstone_core::run::{Evaluation, NewEvaluation, Run, RunStatus};
use evalstone_core::trace::{Span, SpanId, TraceId, moment};

use crate::schema::{evaluations, runs};
use crate::types::{Key, Time};

#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = runs)]
pub struct RunRecord {
    pub id: Key,
    pub number: i64,
    pub pipeline_id: Key,
    pub name: Option<String>,
    pub status: String,
    pub metadata: Option<String>,
    pub origin: String,
    pub finished_at: Option<Time>,
    pub created_at: Time,
    pub updated_at: Option<Time>,
}

impl TryFrom<RunRecord> for Run {
    type Error = Error;

    fn try_from(record: RunRecord) -> Result<Self> {
        let RunRecord {
            id,
            number,
            pipeline_id,
            name,
            status,
            metadata,
            origin,
            finished_at,
            created_at,
            updated_at,
        } = record;
        let status = status_of(&status)?;
        Ok(Self {
            id: id.into(),
            number,
            pipeline: pipeline_id.into(),
            name,
            status,
            metadata: metadata.map(RawObject::trusted),
            origin,
            finished_at: finished_at.map(Into::into),
            created_at: created_at.into(),
            updated_at: updated_at.map(Into::into),
        })
    }
}

#[derive(Debug, Insertable)]
#[diesel(table_name = runs, treat_none_as_default_value = false)]
pub struct NewRunRecord<'a> {
    pub organization_id: Key,
    pub id: Key,
    pub kind: &'a str,
    pub pipeline_id: Key,
    pub owner_id: Option<Key>,
    pub shared: bool,
    pub name: Option<&'a str>,
    pub status: &'a str,
    pub metadata: Option<&'a str>,
    pub origin: &'a str,
}

#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = evaluations)]
pub struct EvaluationRecord {
    pub id: Key,
    pub number: i64,
    pub case_id: Option<Key>,
    pub name: String,
    pub inputs: Option<String>,
    pub output: Option<String>,
    pub expected: Option<String>,
    pub error: Option<String>,
    pub trace_id: Option<Vec<u8>>,
    pub span_id: Option<Vec<u8>>,
    pub started_at: Time,
    pub finished_at: Time,
}

impl TryFrom<EvaluationRecord> for Evaluation {
    type Error = Error;

    fn try_from(record: EvaluationRecord) -> Result<Self> {
        let EvaluationRecord {
            id,
            number,
            case_id,
            name,
            inputs,
            output,
            expected,
            error,
            trace_id,
            span_id,
            started_at,
            finished_at,
        } = record;
        Ok(Self {
            id: id.into(),
            number,
            case: case_id.map(Into::into),
            name,
            inputs: inputs.map(RawJson::trusted),
            output: output.map(RawJson::trusted),
            expected: expected.map(RawJson::trusted),
            error,
            trace: trace_of(trace_id.unwrap_or_default())?,
            span: span_of(span_id.unwrap_or_default())?,
            started_at: started_at.into(),
            finished_at: finished_at.into(),
        })
    }
}

/// A run's status from its column.
pub fn status_of(word: &str) -> Result<RunStatus> {
    RunStatus::from_word(word)
        .ok_or_else(|| Error::fault(format!("unknown run status {word:?} in the database")))
}

/// A trace's id from its column.
pub fn trace_of(bytes: Vec<u8>) -> Result<TraceId> {
    bytes
        .try_into()
        .map(TraceId)
        .map_err(|_| Error::fault("a trace id in the database is not 16 bytes"))
}

/// A span's id from its column.
pub fn span_of(bytes: Vec<u8>) -> Result<SpanId> {
    bytes
        .try_into()
        .map(SpanId)
        .map_err(|_| Error::fault("a span id in the database is not 8 bytes"))
}

#[derive(Debug, Insertable)]
#[diesel(table_name = evaluations, treat_none_as_default_value = false)]
pub struct NewEvaluationRecord<'a> {
    pub organization_id: Key,
    pub id: Key,
    pub run_id: Key,
    pub case_id: Option<Key>,
    pub name: &'a str,
    pub inputs: Option<&'a str>,
    pub output: Option<&'a str>,
    pub expected: Option<&'a str>,
    pub error: Option<&'a str>,
    pub trace_id: &'a [u8],
    pub span_id: &'a [u8],
    pub started_at: Time,
    pub finished_at: Time,
}

impl<'a> NewEvaluationRecord<'a> {
    /// The row of what a test span says; `expected` is what its case says now.
    pub fn of(
        organization: Key,
        id: Key,
        span: &'a Span,
        new: &'a NewEvaluation,
        expected: Option<&'a str>,
    ) -> Self {
        let NewEvaluation { run, case, name, inputs, output, error } = new;
        Self {
            organization_id: organization,
            id,
            run_id: (*run).into(),
            case_id: case.map(Into::into),
            name,
            inputs: inputs.as_ref().map(RawJson::as_str),
            output: output.as_ref().map(RawJson::as_str),
            expected,
            error: error.as_deref(),
            trace_id: &span.trace.0,
            span_id: &span.id.0,
            started_at: moment(span.start_ns).into(),
            finished_at: moment(span.end_ns).into(),
        }
    }
}
