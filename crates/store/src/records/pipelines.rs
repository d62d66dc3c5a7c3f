//! Rows of pipelines.

use diesel::prelude::*;
use evalstone_core::pipeline::Pipeline;

use crate::schema::pipelines;
use crate::types::{Key, Time};

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
