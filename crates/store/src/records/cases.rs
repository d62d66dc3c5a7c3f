//! Rows of cases, and of the id map.

use diesel::prelude::*;
use evalstone_core::case::{Case, Origin};
use evalstone_core::dataset::{NewCase, StoredCase};
use evalstone_core::id::{CaseId, DatasetId, PipelineId};
use evalstone_core::json::{RawJson, RawObject};
use evalstone_core::scoring::OpenRow;

use crate::schema::{cases, source_ids};
use crate::types::{Key, Time};

#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = cases)]
pub struct CaseRecord {
    pub dataset_id: Key,
    #[diesel(embed)]
    own: OwnCaseRecord,
}

impl CaseRecord {
    /// The case as a row that is to be scored, whose place is its number.
    pub fn into_open_row(self) -> OpenRow {
        // The pipeline does not count in scoring.
        let StoredCase { id, number, dataset: _, pipeline: _, case, origin: _, created_at: _ } =
            self.into_case(PipelineId::from_uuid(uuid::Uuid::nil()));
        let case = Case { metadata: None, ..case };
        OpenRow { position: number, part: 0, case_id: Some(id), case }
    }

    /// The case with its dataset's pipeline.
    pub fn into_case(self, pipeline: PipelineId) -> StoredCase {
        let Self { dataset_id, own } = self;
        own.into_case(dataset_id.into(), pipeline)
    }
}

/// What a case has for itself, for those who read many of one dataset: what is the same in each of them takes its time
/// too.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = cases)]
pub struct OwnCaseRecord {
    id: Key,
    number: i64,
    name: Option<String>,
    stage: Option<String>,
    inputs: String,
    output: Option<String>,
    expected: Option<String>,
    metadata: Option<String>,
    origin: String,
    source_id: Option<String>,
    facet: Option<String>,
    created_at: Time,
}

impl OwnCaseRecord {
    /// The case with its dataset and that one's pipeline.
    pub fn into_case(self, dataset: DatasetId, pipeline: PipelineId) -> StoredCase {
        let Self {
            id,
            number,
            name,
            stage,
            inputs,
            output,
            expected,
            metadata,
            origin,
            source_id,
            facet,
            created_at,
        } = self;
        StoredCase {
            id: CaseId::from(id),
            number,
            dataset,
            pipeline,
            case: Case {
                name,
                stage,
                inputs: RawObject::trusted(inputs),
                output: output.map(RawJson::trusted),
                expected: expected.map(RawObject::trusted),
                metadata: metadata.map(RawObject::trusted),
            },
            origin: Origin { dialect: origin, source_id, facet: facet.map(RawObject::trusted) },
            created_at: created_at.into(),
        }
    }
}

/// A case's key: its organization's and its own.
pub type CaseKey = (Key, Key);

/// The key, the number and the time of an inserted case.
pub type CasePlace = (CaseKey, i64, Time);

#[derive(Debug, Insertable)]
#[diesel(table_name = cases, treat_none_as_default_value = false)]
pub struct NewCaseRecord<'a> {
    pub organization_id: Key,
    pub id: Key,
    pub dataset_id: Key,
    pub name: Option<&'a str>,
    pub stage: Option<&'a str>,
    pub inputs: &'a str,
    pub output: Option<&'a str>,
    pub expected: Option<&'a str>,
    pub metadata: Option<&'a str>,
    pub origin: &'a str,
    pub source_id: Option<&'a str>,
    pub facet: Option<&'a str>,
}

/// The columns of a [`NewCaseRecord`] in its order.
#[diesel::dsl::auto_type(no_type_alias)]
pub fn new_case_columns() -> _ {
    (
        cases::organization_id,
        cases::id,
        cases::dataset_id,
        cases::name,
        cases::stage,
        cases::inputs,
        cases::output,
        cases::expected,
        cases::metadata,
        cases::origin,
        cases::source_id,
        cases::facet,
    )
}

/// How many columns a [`NewCaseRecord`] binds.
pub const NEW_CASE_COLUMNS: usize = 12;

impl<'a> NewCaseRecord<'a> {
    /// The row of a new case.
    pub fn of(organization: Key, dataset: Key, id: CaseId, new: &'a NewCase) -> Self {
        let NewCase { id: _, case, origin } = new;
        let Case { name, stage, inputs, output, expected, metadata } = case;
        let Origin { dialect, source_id, facet } = origin;
        Self {
            organization_id: organization,
            id: id.into(),
            dataset_id: dataset,
            name: name.as_deref(),
            stage: stage.as_deref(),
            inputs: inputs.as_str(),
            output: output.as_ref().map(RawJson::as_str),
            expected: expected.as_ref().map(RawObject::as_str),
            metadata: metadata.as_ref().map(RawObject::as_str),
            origin: dialect,
            source_id: source_id.as_deref(),
            facet: facet.as_ref().map(RawObject::as_str),
        }
    }
}

#[derive(Debug, Insertable)]
#[diesel(table_name = source_ids, treat_none_as_default_value = false)]
pub struct NewSourceIdRecord<'a> {
    pub organization_id: Key,
    pub dialect: &'a str,
    pub kind: &'a str,
    pub source_id: &'a str,
    pub id: Key,
}
