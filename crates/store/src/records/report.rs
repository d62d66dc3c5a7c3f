//! Rows of what people are shown of runs.

use diesel::prelude::*;
use evalstone_core::error::{Error, Result};
use evalstone_core::json::RawJson;
use evalstone_core::report::{Excerpt, Row, RowKey, SpanExcerpt, WholeSpan};
use evalstone_core::trace::SpanId;

use super::runs::{span_of, trace_of};
use crate::types::{Key, Time};

/// A text's beginning and the bytes of the whole.
type Cut = (Option<String>, Option<i32>);

fn excerpt((text, bytes): Cut) -> Option<Excerpt> {
    let bytes = u64::try_from(bytes?).unwrap_or_default();
    Some(Excerpt { text: text?, bytes })
}

/// An evaluation with its payloads cut off.
#[derive(Debug, Queryable)]
pub struct RowRecord {
    pub case_id: Option<Key>,
    pub name: Option<String>,
    pub inputs: Cut,
    pub output: Cut,
    pub expected: Cut,
    pub error: Cut,
    pub trace_id: Vec<u8>,
    pub span_id: Vec<u8>,
    pub started_at: Time,
    pub finished_at: Time,
}

impl TryFrom<RowRecord> for Row {
    type Error = Error;

    fn try_from(record: RowRecord) -> Result<Self> {
        let RowRecord {
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
            key: RowKey { trace: trace_of(trace_id)?, span: span_of(span_id)? },
            case: case_id.map(Into::into),
            name: name.unwrap_or_default(),
            inputs: excerpt(inputs),
            output: excerpt(output),
            expected: excerpt(expected),
            error: excerpt(error),
            started_at: started_at.into(),
            finished_at: finished_at.into(),
        })
    }
}

/// A span without what may be long of it.
#[derive(Debug, Queryable)]
pub struct SpanHeadRecord {
    pub span_id: Vec<u8>,
    pub name: Option<String>,
    pub start_ns: i64,
    pub end_ns: i64,
    pub failed: bool,
    pub body_bytes: Option<i32>,
    pub resource_bytes: Option<i32>,
    pub scope_bytes: Option<i32>,
}

impl TryFrom<SpanHeadRecord> for SpanExcerpt {
    type Error = Error;

    fn try_from(record: SpanHeadRecord) -> Result<Self> {
        let SpanHeadRecord {
            span_id,
            name,
            start_ns,
            end_ns,
            failed,
            body_bytes,
            resource_bytes,
            scope_bytes,
        } = record;
        let bytes = [body_bytes, resource_bytes, scope_bytes].into_iter().flatten();
        Ok(Self {
            id: span_of(span_id)?,
            name: name.unwrap_or_default(),
            start_ns,
            end_ns,
            failed,
            bytes: bytes.filter_map(|bytes| u64::try_from(bytes).ok()).sum(),
            whole: None,
        })
    }
}

/// What may be long of a span.
#[derive(Debug, Queryable)]
pub struct WholeSpanRecord {
    pub span_id: Vec<u8>,
    pub body: String,
    pub resource: String,
    pub scope: String,
}

impl TryFrom<WholeSpanRecord> for (SpanId, WholeSpan) {
    type Error = Error;

    fn try_from(record: WholeSpanRecord) -> Result<Self> {
        let WholeSpanRecord { span_id, body, resource, scope } = record;
        let whole = WholeSpan {
            body: RawJson::trusted(body),
            resource: RawJson::trusted(resource),
            scope: RawJson::trusted(scope),
        };
        Ok((span_of(span_id)?, whole))
    }
}
