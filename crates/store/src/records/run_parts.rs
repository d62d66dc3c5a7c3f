//! Rows of what came of runs, as it is moved between places.

use diesel::prelude::*;
use evalstone_core::error::Result;
use evalstone_core::id::{CaseId, EvaluationId};
use evalstone_core::json::{RawJson, RawObject};
use evalstone_core::run::RunKind;
use evalstone_core::run_copy::{EvaluationCopy, RowCopy, SpanCopy};
use evalstone_core::scoring::OpenRow;
use evalstone_core::trace::Span;

use super::run_copies::kept;
use super::runs::{span_of, trace_of};
use super::scorings::RowRecord;
use super::spans::{NewSpanRecord, SpanRecord};
use crate::schema::{evaluations, spans};
use crate::types::{Key, Time};

/// The part that a row of a run is, with the case that it is of.
pub fn row_of(record: RowRecord) -> (Option<CaseId>, RowCopy) {
    let OpenRow { position, part, case_id, case } = record.into();
    (case_id, RowCopy { position, part, case })
}

/// A verdict is always of a case: where nobody knows any more which it was, it is one that is gone.
fn case_of(kind: RunKind, case: Option<CaseId>) -> Option<Key> {
    match kind {
        RunKind::Benchmark => Some(case.unwrap_or_else(CaseId::generate).into()),
        RunKind::Experiment | RunKind::Scoring => case.map(Into::into),
    }
}

#[derive(Debug, Insertable)]
#[diesel(table_name = evaluations, treat_none_as_default_value = false)]
pub struct NewEvaluationCopyRecord<'a> {
    pub organization_id: Key,
    pub id: Key,
    pub run_id: Key,
    pub case_id: Option<Key>,
    pub name: &'a str,
    pub inputs: Option<&'a str>,
    pub output: Option<&'a str>,
    pub expected: Option<&'a str>,
    pub error: Option<&'a str>,
    pub trace_id: Option<&'a [u8]>,
    pub span_id: Option<&'a [u8]>,
    pub started_at: Time,
    pub finished_at: Time,
    pub created_at: Time,
    pub scorer: Option<&'a str>,
    pub position: Option<i64>,
    pub stage: Option<&'a str>,
    pub metadata: Option<&'a str>,
    pub decision: Option<&'a str>,
    pub rule_hits: Option<&'a str>,
    pub score: Option<f64>,
    pub passed: Option<bool>,
    pub latency_ms: Option<i64>,
    pub details: Option<&'a str>,
    pub row_position: Option<i64>,
    pub threshold: Option<i64>,
    pub model: Option<&'a str>,
    pub arguments: Option<&'a str>,
    pub explanation: Option<&'a str>,
    pub cost: Option<i64>,
}

/// How many columns a [`NewEvaluationCopyRecord`] binds.
pub const NEW_EVALUATION_COPY_COLUMNS: usize = 30;

impl<'a> NewEvaluationCopyRecord<'a> {
    /// The row of an evaluation of a run of this kind that is written down at `now`.
    pub fn of(
        (organization_id, run_id): (Key, Key),
        kind: RunKind,
        case: Option<CaseId>,
        new: &'a EvaluationCopy,
        now: Time,
    ) -> Self {
        let EvaluationCopy {
            row,
            position,
            scorer,
            name,
            stage,
            inputs,
            output,
            expected,
            metadata,
            error,
            trace,
            span,
            decision,
            rule_hits,
            score,
            passed,
            latency_ms,
            threshold,
            model,
            arguments,
            explanation,
            details,
            cost,
            started_at,
            finished_at,
            reported_at,
        } = new;
        Self {
            organization_id,
            id: EvaluationId::generate().into(),
            run_id,
            case_id: case_of(kind, case),
            name,
            inputs: inputs.as_ref().map(RawJson::as_str),
            output: output.as_ref().map(RawJson::as_str),
            expected: expected.as_ref().map(RawJson::as_str),
            error: error.as_deref(),
            trace_id: trace.as_ref().map(|trace| trace.0.as_slice()),
            span_id: span.as_ref().map(|span| span.0.as_slice()),
            started_at: kept(*started_at),
            finished_at: kept(*finished_at),
            created_at: reported_at.map_or(now, kept),
            scorer: scorer.as_deref(),
            position: *position,
            stage: stage.as_deref(),
            metadata: metadata.as_ref().map(RawObject::as_str),
            decision: decision.as_deref(),
            rule_hits: rule_hits.as_ref().map(RawJson::as_str),
            score: *score,
            passed: *passed,
            latency_ms: *latency_ms,
            details: details.as_ref().map(RawJson::as_str),
            row_position: *row,
            threshold: *threshold,
            model: model.as_deref(),
            arguments: arguments.as_ref().map(RawObject::as_str),
            explanation: explanation.as_deref(),
            cost: *cost,
        }
    }
}

#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = evaluations)]
pub struct EvaluationCopyRecord {
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
    pub created_at: Time,
    pub scorer: Option<String>,
    pub position: Option<i64>,
    pub stage: Option<String>,
    pub metadata: Option<String>,
    pub decision: Option<String>,
    pub rule_hits: Option<String>,
    pub score: Option<f64>,
    pub passed: Option<bool>,
    pub latency_ms: Option<i64>,
    pub details: Option<String>,
    pub row_position: Option<i64>,
    pub threshold: Option<i64>,
    pub model: Option<String>,
    pub arguments: Option<String>,
    pub explanation: Option<String>,
    pub cost: Option<i64>,
}

impl EvaluationCopyRecord {
    /// The part that it is, with the case that it is of. When it was reported is told of what somebody
    /// reported; of the rest it is when it came to be written down.
    pub fn into_copy(self) -> Result<(Option<CaseId>, EvaluationCopy)> {
        let Self {
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
            created_at,
            scorer,
            position,
            stage,
            metadata,
            decision,
            rule_hits,
            score,
            passed,
            latency_ms,
            details,
            row_position,
            threshold,
            model,
            arguments,
            explanation,
            cost,
        } = self;
        let copy = EvaluationCopy {
            row: row_position,
            position,
            reported_at: scorer.is_some().then(|| created_at.into()),
            scorer,
            name,
            stage,
            inputs: inputs.map(RawJson::trusted),
            output: output.map(RawJson::trusted),
            expected: expected.map(RawJson::trusted),
            metadata: metadata.map(RawObject::trusted),
            error,
            trace: trace_id.map(trace_of).transpose()?,
            span: span_id.map(span_of).transpose()?,
            decision,
            rule_hits: rule_hits.map(RawJson::trusted),
            score,
            passed,
            latency_ms,
            threshold,
            model,
            arguments: arguments.map(RawObject::trusted),
            explanation,
            details: details.map(RawJson::trusted),
            cost,
            started_at: started_at.into(),
            finished_at: finished_at.into(),
        };
        Ok((case_id.map(Into::into), copy))
    }
}

/// The row of a span of a run of this pipeline.
pub fn span_record<'a>(
    (organization, run): (Key, Key),
    pipeline: Key,
    new: &'a SpanCopy,
) -> NewSpanRecord<'a> {
    let SpanCopy { span, marked, names_pipeline, reports } = new;
    let pipeline = names_pipeline.then_some(pipeline);
    NewSpanRecord::of(organization, span, *marked, pipeline, reports.then_some(run))
}

/// A span with what it was found to belong to.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = spans)]
pub struct SpanCopyRecord {
    #[diesel(embed)]
    pub span: SpanRecord,
    pub marked: bool,
    pub pipeline_id: Option<Key>,
    pub run_id: Option<Key>,
}

impl SpanCopyRecord {
    /// The span as a part of this run.
    pub fn into_copy(self, run: Key) -> Result<SpanCopy> {
        let Self { span, marked, pipeline_id, run_id } = self;
        Ok(SpanCopy {
            span: Span::try_from(span)?,
            marked,
            names_pipeline: pipeline_id.is_some(),
            reports: run_id == Some(run),
        })
    }
}
