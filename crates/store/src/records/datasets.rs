//! Rows of datasets and their facets.

use diesel::prelude::*;
use evalstone_core::case::Case;
use evalstone_core::dataset::{Dataset, Owner, SlotCounts};
use evalstone_core::json::RawJson;
use evalstone_core::lens::slots::case_slots;

use crate::schema::{dataset_facets, datasets};
use crate::types::{Key, Time};

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
    /// The dataset with its owner, its collection's number and the asking dialect's facet, which other
    /// tables hold.
    pub fn into_dataset(
        self,
        owner: Option<OwnerColumns>,
        collection: Option<i64>,
        facet: Option<String>,
    ) -> Dataset {
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
            collection,
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
    pub case_count: i64,
    pub prompts: i64,
    pub inputs: i64,
    pub contexts: i64,
    pub outputs: i64,
    pub golden_answers: i64,
}

impl NewDatasetRecord<'_> {
    /// The row of a dataset that has these cases from the beginning.
    pub fn with_cases<'c>(self, cases: impl Iterator<Item = &'c Case>) -> Self {
        let (mut case_count, mut slots) = (0, SlotCounts::default());
        for case in cases {
            case_count += 1;
            slots.add(case_slots(case));
        }
        let SlotCounts { prompt, input, context, output, golden_answer } = slots;
        Self {
            case_count,
            prompts: prompt,
            inputs: input,
            contexts: context,
            outputs: output,
            golden_answers: golden_answer,
            ..self
        }
    }
}

#[derive(Debug, Insertable)]
#[diesel(table_name = dataset_facets)]
pub struct NewFacetRecord<'a> {
    pub organization_id: Key,
    pub dataset_id: Key,
    pub dialect: &'a str,
    pub body: &'a str,
}
