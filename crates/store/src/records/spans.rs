//! Rows of spans.

use diesel::prelude::*;
use evalstone_core::error::{Error, Result};
use evalstone_core::json::RawJson;
use evalstone_core::trace::Span;

use super::runs::{span_of, trace_of};
use crate::schema::spans;
use crate::types::Key;

#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = spans)]
pub struct SpanRecord {
    pub trace_id: Vec<u8>,
    pub span_id: Vec<u8>,
    pub parent_id: Option<Vec<u8>>,
    pub name: String,
    pub start_ns: i64,
    pub end_ns: i64,
    pub failed: bool,
    pub body: String,
    pub resource: String,
    pub scope: String,
}

impl TryFrom<SpanRecord> for Span {
    type Error = Error;

    fn try_from(record: SpanRecord) -> Result<Self> {
        let SpanRecord {
            trace_id,
            span_id,
            parent_id,
            name,
            start_ns,
            end_ns,
            failed,
            body,
            resource,
            scope,
        } = record;
        Ok(Self {
            trace: trace_of(trace_id)?,
            id: span_of(span_id)?,
            parent: parent_id.map(span_of).transpose()?,
            name,
            start_ns,
            end_ns,
            failed,
            body: RawJson::trusted(body),
            resource: RawJson::trusted(resource),
            scope: RawJson::trusted(scope),
        })
    }
}

#[derive(Debug, Insertable)]
#[diesel(table_name = spans, treat_none_as_default_value = false)]
pub struct NewSpanRecord<'a> {
    pub organization_id: Key,
    pub trace_id: &'a [u8],
    pub span_id: &'a [u8],
    pub parent_id: Option<&'a [u8]>,
    pub name: &'a str,
    pub start_ns: i64,
    pub end_ns: i64,
    pub failed: bool,
    pub marked: bool,
    pub pipeline_id: Option<Key>,
    pub run_id: Option<Key>,
    pub body: &'a str,
    pub resource: &'a str,
    pub scope: &'a str,
}

/// How many columns a [`NewSpanRecord`] binds.
pub const NEW_SPAN_COLUMNS: usize = 14;

impl<'a> NewSpanRecord<'a> {
    /// The row of a span with what it was found to belong to.
    pub fn of(
        organization: Key,
        span: &'a Span,
        marked: bool,
        pipeline: Option<Key>,
        run: Option<Key>,
    ) -> Self {
        let Span { trace, id, parent, name, start_ns, end_ns, failed, body, resource, scope } =
            span;
        Self {
            organization_id: organization,
            trace_id: &trace.0,
            span_id: &id.0,
            parent_id: parent.as_ref().map(|parent| parent.0.as_slice()),
            name,
            start_ns: *start_ns,
            end_ns: *end_ns,
            failed: *failed,
            marked,
            pipeline_id: pipeline,
            run_id: run,
            body: body.as_str(),
            resource: resource.as_str(),
            scope: scope.as_str(),
        }
    }
}
