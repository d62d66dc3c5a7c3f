//! Datasets (seed; contract §3.2).

use evalstone_core::error::Result;
use evalstone_core::id::{DatasetId, PipelineId};
use evalstone_core::json::ObjectWriter;

use super::body::Body;
use super::ids::{GivenPipeline, PipelineChoice};
use super::query::{self, Query};
use super::timestamp::Timestamp;
use super::values::{boolean, filled_text, text};

/// A dataset. Whether it is golden shows in its pipeline only.
#[derive(Debug)]
pub struct Dataset<'a> {
    /// UUID.
    pub id: DatasetId,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed, or else made.
    pub updated_at: Timestamp,
    /// The name; not unique.
    pub name: &'a str,
    /// What it is for.
    pub description: Option<&'a str>,
    /// When it was archived, if it is.
    pub archived_at: Option<Timestamp>,
    /// UUID of its pipeline.
    pub pipeline_id: PipelineId,
}

impl Dataset<'_> {
    /// Appends the object's JSON.
    pub fn write(&self, json: &mut String) {
        let Self { id, created_at, updated_at, name, description, archived_at, pipeline_id } = self;
        let mut object = ObjectWriter::open(json);
        object.bare("id", id);
        object.bare("createdAt", created_at);
        object.bare("updatedAt", updated_at);
        object.text("name", name);
        object.nullable_text("description", *description);
        object.nullable_bare("archivedAt", *archived_at);
        object.bare("pipelineId", pipeline_id);
        object.close();
    }

    /// The object's JSON.
    pub fn to_json(&self) -> String {
        let mut json = String::new();
        self.write(&mut json);
        json
    }
}

/// The body of `POST /v4/datasets`.
#[derive(Debug)]
pub struct NewDataset {
    /// The name.
    pub name: String,
    /// The key must be there; its value may be null.
    pub description: Option<String>,
    /// Whether it becomes its pipeline's golden dataset.
    pub is_golden: bool,
    /// Its pipeline.
    pub pipeline: PipelineChoice,
}

impl NewDataset {
    /// Reads a body.
    ///
    /// # Errors
    /// Invalid, with everything that is wrong.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        let mut body = Body::parse(bytes)?;
        let name = body.required("name", filled_text);
        let description = body.required_nullable("description", text);
        let is_golden = body.optional("isGolden", boolean).unwrap_or(false);
        let slug = body.optional("pipelineSlug", text);
        let id = body.optional("pipelineId", GivenPipeline::read);
        let pipeline = PipelineChoice { id, slug };
        let made = name.zip(description);
        body.finish(made.map(|(name, description)| Self { name, description, is_golden, pipeline }))
    }
}

/// The body of `POST /v4/datasets/{id}`: what is not there stays as it is.
#[derive(Debug)]
pub struct DatasetUpdate {
    /// The new name.
    pub name: Option<String>,
    /// The new description, or null.
    pub description: Option<Option<String>>,
    /// Whether it is its pipeline's golden dataset.
    pub is_golden: Option<bool>,
    /// Whether it is archived.
    pub is_archived: Option<bool>,
}

impl DatasetUpdate {
    /// Reads a body.
    ///
    /// # Errors
    /// Invalid, with everything that is wrong.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        let mut body = Body::parse(bytes)?;
        let made = Self {
            name: body.optional("name", filled_text),
            description: body.nullable("description", text),
            is_golden: body.optional("isGolden", boolean),
            is_archived: body.optional("isArchived", boolean),
        };
        body.finish(Some(made))
    }
}

/// The query of `GET /v4/datasets`.
#[derive(Debug)]
pub struct DatasetQuery {
    /// Only those of this pipeline.
    pub pipeline: PipelineChoice,
    /// Archived ones too.
    pub archived: bool,
}

impl DatasetQuery {
    /// Reads a query string.
    ///
    /// # Errors
    /// Invalid, with everything that is wrong.
    pub fn parse(text: &str) -> Result<Self> {
        let mut query = Query::parse(text);
        let pipeline = query.pipeline();
        let archived = query.value("archived", query::boolean).unwrap_or(false);
        query.finish(Self { pipeline, archived })
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    #[test]
    fn a_dataset_has_the_keys_of_the_seed_in_their_order() {
        let at = Timestamp(DateTime::UNIX_EPOCH);
        let dataset = Dataset {
            id: "01a22b1b-4df0-760a-aa4f-7f3fa56d8fe8".parse().expect("an id"),
            created_at: at,
            updated_at: at,
            name: "n\u{1}\"\u{2028}",
            description: None,
            archived_at: None,
            pipeline_id: "01a22b1b-4e0a-730a-bf51-25a54d0ddf59".parse().expect("an id"),
        };
        assert_eq!(
            dataset.to_json(),
            "{\"id\":\"01a22b1b-4df0-760a-aa4f-7f3fa56d8fe8\",\"createdAt\":\"1970-01-01T00:00:00.000Z\",\
             \"updatedAt\":\"1970-01-01T00:00:00.000Z\",\"name\":\"n\\u0001\\\"\u{2028}\",\
             \"description\":null,\"archivedAt\":null,\
             \"pipelineId\":\"01a22b1b-4e0a-730a-bf51-25a54d0ddf59\"}"
        );
    }

    #[test]
    fn a_new_dataset_needs_a_name_and_the_description_key() {
        let refusal =
            |body: &str| NewDataset::parse(body.as_bytes()).expect_err(body).message().to_owned();
        assert_eq!(
            refusal("{}"),
            "Invalid parameters: 'name' field is required; 'description' field is required"
        );
        assert_eq!(
            refusal(
                r#"{"name": "", "description": 1, "isGolden": null, "pipelineSlug": null, "pipelineId": "Default"}"#
            ),
            "Invalid parameters: 'name' must not be empty; 'description' must be a string, but it \
             is a number; 'isGolden' must be a boolean, but it is null; 'pipelineSlug' must be a \
             string, but it is null; 'pipelineId' must be a UUID"
        );
        let body = br#"{"name": "n", "description": null, "pipelineId": "default", "more": 1}"#;
        let NewDataset { name, description, is_golden, pipeline } =
            NewDataset::parse(body).expect("valid");
        assert_eq!((name.as_str(), description, is_golden), ("n", None, false));
        assert!(matches!(pipeline.id, Some(GivenPipeline::Default)));
        assert_eq!(pipeline.slug, None);
    }

    #[test]
    fn an_update_tells_null_from_nothing() {
        let update = |body: &str| DatasetUpdate::parse(body.as_bytes());
        let nothing = update(r#"{"unknown": 1}"#).expect("valid");
        assert_eq!(nothing.description, None);
        assert!(
            nothing.name.is_none() && nothing.is_golden.is_none() && nothing.is_archived.is_none()
        );
        assert_eq!(update(r#"{"description": null}"#).expect("valid").description, Some(None));
        for body in [
            r#"{"name": null}"#,
            r#"{"name": ""}"#,
            r#"{"isGolden": null}"#,
            r#"{"isArchived": 1}"#,
        ] {
            assert!(update(body).is_err(), "{body}");
        }
    }

    #[test]
    fn the_query_of_a_list() {
        let query = |text: &str| DatasetQuery::parse(text);
        let all = query("unknown=1&pipelineid=x").expect("valid");
        assert!(!all.archived && all.pipeline.id.is_none() && all.pipeline.slug.is_none());
        assert!(query("archived=false&archived=true").expect("valid").archived);
        assert_eq!(
            query("archived=1&pipelineId=&pipelineSlug=").expect_err("refused").message(),
            "Invalid parameters: 'pipelineId' must be a UUID; 'pipelineSlug' must not be empty; \
             'archived' must be true or false"
        );
    }
}
