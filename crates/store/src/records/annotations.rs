//! Rows of annotations.

use diesel::prelude::*;
use evalstone_core::annotation::{Annotated, Annotation, Label};
use evalstone_core::error::{Error, Result};
use evalstone_core::json::RawJson;

use crate::schema::guardrails::{annotations, guardrail_traces};
use crate::types::{Key, Time};

#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = annotations)]
pub struct AnnotationRecord {
    pub id: Key,
    pub number: i64,
    pub guardrail_trace_id: Key,
    pub label: String,
    pub detector: Option<String>,
    pub notes: Option<String>,
    pub author: Option<String>,
    pub created_at: Time,
}

impl TryFrom<AnnotationRecord> for Annotation {
    type Error = Error;

    fn try_from(record: AnnotationRecord) -> Result<Self> {
        let AnnotationRecord {
            id,
            number,
            guardrail_trace_id,
            label,
            detector,
            notes,
            author,
            created_at,
        } = record;
        let label = Label::from_word(&label)
            .ok_or_else(|| Error::fault(format!("unknown label {label:?} in the database")))?;
        Ok(Self {
            id: id.into(),
            number,
            trace: guardrail_trace_id.into(),
            label,
            detector,
            notes,
            author,
            created_at: created_at.into(),
        })
    }
}

#[derive(Debug, Insertable)]
#[diesel(table_name = annotations, treat_none_as_default_value = false)]
pub struct NewAnnotationRecord<'a> {
    pub organization_id: Key,
    pub id: Key,
    pub guardrail_trace_id: Key,
    pub label: &'a str,
    pub detector: Option<&'a str>,
    pub notes: Option<&'a str>,
    pub author: Option<&'a str>,
}

/// What an annotated trace says that a case can be made of.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = guardrail_traces)]
pub struct SubjectRecord {
    pub context: String,
    pub decision: String,
    pub rule_hit_ids: Option<String>,
    pub input_text: Option<String>,
}

impl SubjectRecord {
    /// The trace with its annotation.
    pub fn annotated(self, annotation: Annotation) -> Annotated {
        let Self { context, decision, rule_hit_ids, input_text } = self;
        Annotated {
            annotation,
            context,
            decision: RawJson::trusted(decision),
            rule_hit_ids: rule_hit_ids.map(RawJson::trusted),
            input_text: input_text.map(RawJson::trusted),
        }
    }
}
