//! Rows as Diesel reads and writes them, and their turning into domain values. No other crate
//! sees these types.

use diesel::prelude::*;
use evalstone_core::caller::Role;
use evalstone_core::case::{Case, Origin};
use evalstone_core::dataset::{Dataset, NewCase, Owner, SlotCounts, StoredCase};
use evalstone_core::error::{Error, Result};
use evalstone_core::id::{CaseId, DatasetId, PipelineId};
use evalstone_core::json::{RawJson, RawObject};
use evalstone_core::key::KeyKind;
use evalstone_core::metric::Metric;
use evalstone_core::organization::{Organization, User};
use evalstone_core::pipeline::Pipeline;

use crate::schema::{
    api_keys, cases, dataset_facets, datasets, metrics, organizations, pipelines, source_ids, users,
};
use crate::types::{Key, Time};

#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = organizations)]
pub struct OrganizationRecord {
    pub id: Key,
    pub number: i64,
    pub slug: String,
    pub name: String,
    pub personal: bool,
    pub default_pipeline_id: Key,
    pub created_at: Time,
    pub updated_at: Option<Time>,
}

impl From<OrganizationRecord> for Organization {
    fn from(record: OrganizationRecord) -> Self {
        let OrganizationRecord {
            id,
            number,
            slug,
            name,
            personal,
            default_pipeline_id,
            created_at,
            updated_at,
        } = record;
        Self {
            id: id.into(),
            number,
            slug,
            name,
            personal,
            default_pipeline: default_pipeline_id.into(),
            created_at: created_at.into(),
            updated_at: updated_at.map(Into::into),
        }
    }
}

#[derive(Debug, Insertable)]
#[diesel(table_name = organizations)]
pub struct NewOrganizationRecord<'a> {
    pub id: Key,
    pub slug: &'a str,
    pub name: &'a str,
    pub personal: bool,
    pub default_pipeline_id: Key,
}

#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = users)]
pub struct UserRecord {
    pub id: Key,
    pub number: i64,
    pub email: String,
    pub role: String,
    pub service: bool,
    pub created_at: Time,
}

impl TryFrom<UserRecord> for User {
    type Error = Error;

    fn try_from(record: UserRecord) -> Result<Self> {
        let UserRecord { id, number, email, role, service, created_at } = record;
        Ok(Self {
            id: id.into(),
            number,
            email,
            role: role_of(&role)?,
            service,
            created_at: created_at.into(),
        })
    }
}

#[derive(Debug, Insertable)]
#[diesel(table_name = users)]
pub struct NewUserRecord<'a> {
    pub organization_id: Key,
    pub id: Key,
    pub email: &'a str,
    pub role: &'a str,
    pub service: bool,
}

#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = api_keys)]
pub struct ApiKeyRecord {
    pub id: Key,
    pub number: i64,
    pub kind: String,
    pub hash: Vec<u8>,
    pub prefix: String,
    pub expires_at: Option<Time>,
    pub last_used_at: Option<Time>,
    pub revoked_at: Option<Time>,
    pub created_at: Time,
}

#[derive(Debug, Insertable)]
#[diesel(table_name = api_keys, treat_none_as_default_value = false)]
pub struct NewApiKeyRecord<'a> {
    pub organization_id: Key,
    pub id: Key,
    pub user_id: Key,
    pub kind: &'a str,
    pub hash: &'a [u8],
    pub prefix: &'a str,
    pub expires_at: Option<Time>,
}

#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = pipelines)]
pub struct PipelineRecord {
    pub id: Key,
    pub number: i64,
    pub slug: String,
    pub display_name: Option<String>,
    pub folder_id: Option<Key>,
    pub golden_dataset_id: Option<Key>,
    pub archived_at: Option<Time>,
    pub created_at: Time,
    pub updated_at: Option<Time>,
}

impl From<PipelineRecord> for Pipeline {
    fn from(record: PipelineRecord) -> Self {
        let PipelineRecord {
            id,
            number,
            slug,
            display_name,
            folder_id,
            golden_dataset_id,
            archived_at,
            created_at,
            updated_at,
        } = record;
        Self {
            id: id.into(),
            number,
            slug,
            display_name,
            folder: folder_id.map(|key| key.0),
            golden_dataset: golden_dataset_id.map(Into::into),
            archived_at: archived_at.map(Into::into),
            created_at: created_at.into(),
            updated_at: updated_at.map(Into::into),
        }
    }
}

#[derive(Debug, Insertable)]
#[diesel(table_name = pipelines, treat_none_as_default_value = false)]
pub struct NewPipelineRecord<'a> {
    pub organization_id: Key,
    pub id: Key,
    pub slug: &'a str,
    pub display_name: Option<&'a str>,
    pub folder_id: Option<Key>,
}

#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = datasets)]
pub struct DatasetRecord {
    pub id: Key,
    pub number: i64,
    pub pipeline_id: Key,
    pub owner_id: Option<Key>,
    pub author_email: String,
    pub shared: bool,
    pub name: String,
    pub description: Option<String>,
    pub category: Option<String>,
    pub creator: Option<String>,
    pub source: String,
    pub public: bool,
    pub origin: String,
    pub case_count: i64,
    pub prompts: i64,
    pub inputs: i64,
    pub contexts: i64,
    pub outputs: i64,
    pub golden_answers: i64,
    pub version: i64,
    pub archived_at: Option<Time>,
    pub created_at: Time,
    pub updated_at: Option<Time>,
}

/// A user's number and e-mail address, as a dataset's owner is shown.
pub type OwnerColumns = (i64, String);

impl DatasetRecord {
    /// The dataset with its owner and the asking dialect's facet, which other tables hold.
    pub fn into_dataset(self, owner: Option<OwnerColumns>, facet: Option<String>) -> Dataset {
        let Self {
            id,
            number,
            pipeline_id,
            owner_id,
            author_email,
            shared,
            name,
            description,
            category,
            creator,
            source,
            public,
            origin,
            case_count,
            prompts,
            inputs,
            contexts,
            outputs,
            golden_answers,
            version,
            archived_at,
            created_at,
            updated_at,
        } = self;
        let owner =
            owner_id.zip(owner).map(|(id, (number, email))| Owner { id: id.into(), number, email });
        Dataset {
            id: id.into(),
            number,
            pipeline: pipeline_id.into(),
            owner,
            author_email,
            shared,
            name,
            description,
            category,
            creator,
            source,
            public,
            origin,
            case_count,
            slots: SlotCounts {
                prompt: prompts,
                input: inputs,
                context: contexts,
                output: outputs,
                golden_answer: golden_answers,
            },
            version,
            archived_at: archived_at.map(Into::into),
            created_at: created_at.into(),
            updated_at: updated_at.map(Into::into),
            facet: facet.map(RawJson::trusted),
        }
    }
}

#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = datasets, treat_none_as_default_value = false)]
pub struct NewDatasetRecord<'a> {
    pub organization_id: Key,
    pub id: Key,
    pub pipeline_id: Key,
    pub owner_id: Option<Key>,
    pub author_email: &'a str,
    pub shared: bool,
    pub name: &'a str,
    pub name_key: Option<&'a str>,
    pub description: Option<&'a str>,
    pub category: Option<&'a str>,
    pub creator: Option<&'a str>,
    pub source: &'a str,
    pub public: bool,
    pub origin: &'a str,
}

#[derive(Debug, Insertable)]
#[diesel(table_name = dataset_facets)]
pub struct NewFacetRecord<'a> {
    pub organization_id: Key,
    pub dataset_id: Key,
    pub dialect: &'a str,
    pub body: &'a str,
}

#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = cases)]
pub struct CaseRecord {
    pub id: Key,
    pub number: i64,
    pub dataset_id: Key,
    pub name: Option<String>,
    pub stage: Option<String>,
    pub inputs: String,
    pub output: Option<String>,
    pub expected: Option<String>,
    pub metadata: Option<String>,
    pub origin: String,
    pub source_id: Option<String>,
    pub facet: Option<String>,
    pub created_at: Time,
}

impl CaseRecord {
    /// The case with its dataset's pipeline.
    pub fn into_case(self, pipeline: PipelineId) -> StoredCase {
        let Self {
            id,
            number,
            dataset_id,
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
            dataset: DatasetId::from(dataset_id),
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

    /// The bytes of its payloads.
    pub fn bytes(&self) -> usize {
        let optional = [&self.output, &self.expected, &self.metadata];
        self.inputs.len() + optional.into_iter().flatten().map(String::len).sum::<usize>()
    }
}

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

/// How many columns a [`NewCaseRecord`] binds.
pub const NEW_CASE_COLUMNS: usize = 12;

impl<'a> NewCaseRecord<'a> {
    /// The row of a new case.
    pub fn of(organization: Key, dataset: Key, id: CaseId, new: &'a NewCase) -> Self {
        let NewCase { case, origin } = new;
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
#[diesel(table_name = source_ids)]
pub struct NewSourceIdRecord<'a> {
    pub organization_id: Key,
    pub dialect: &'a str,
    pub kind: &'a str,
    pub source_id: &'a str,
    pub id: Key,
}

#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = metrics)]
pub struct MetricRecord {
    pub id: i64,
    pub short_name: String,
    pub category: String,
    pub default_threshold: i64,
    pub arguments: String,
    pub active: bool,
}

impl From<MetricRecord> for Metric {
    fn from(record: MetricRecord) -> Self {
        let MetricRecord { id, short_name, category, default_threshold, arguments, active } =
            record;
        Self {
            id,
            short_name,
            category,
            default_threshold,
            arguments: RawJson::trusted(arguments),
            active,
        }
    }
}

/// The role that a column's word names; the table's check lets no other in.
pub fn role_of(word: &str) -> Result<Role> {
    Role::from_word(word)
        .ok_or_else(|| Error::fault(format!("unknown role {word:?} in the database")))
}

/// The key kind that a column's word names; the table's check lets no other in.
pub fn key_kind_of(word: &str) -> Result<KeyKind> {
    KeyKind::from_word(word)
        .ok_or_else(|| Error::fault(format!("unknown key kind {word:?} in the database")))
}
