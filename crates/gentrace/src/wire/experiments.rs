//! Experiments (contract §3.4).

use std::fmt::Write as _;

use evalstone_core::error::Result;
use evalstone_core::id::{PipelineId, RunId};
use evalstone_core::json::{RawObject, View, encode};

use super::body::Body;
use super::ids::GivenPipeline;
use super::problems::quoted;
use super::query::Query;
use super::timestamp::Timestamp;
use super::values::{object, text};

/// An experiment. Its status is not shown.
#[derive(Debug)]
pub struct Experiment {
    /// UUID.
    pub id: RunId,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed, or else made.
    pub updated_at: Timestamp,
    /// The name; not unique.
    pub name: Option<String>,
    /// UUID of its pipeline.
    pub pipeline_id: PipelineId,
    /// Whatever the client wants to remember of it.
    pub metadata: Option<RawObject>,
    /// The path of the page that shows it. The SDKs append it to the gateway's host and print it.
    pub resource_path: String,
}

impl Experiment {
    /// Appends the object's JSON, every byte of the metadata as it is.
    pub fn write(&self, json: &mut String) {
        let Self { id, created_at, updated_at, name, pipeline_id, metadata, resource_path } = self;
        let name = name.as_deref().map_or_else(|| "null".to_owned(), encode);
        let metadata = metadata.as_ref().map_or("null", RawObject::as_str);
        let resource_path = encode(resource_path);
        // Writing into a String cannot fail.
        let _ = write!(
            json,
            r#"{{"id":"{id}","createdAt":"{created_at}","updatedAt":"{updated_at}","name":{name},"pipelineId":"{pipeline_id}","metadata":{metadata},"resourcePath":{resource_path}}}"#
        );
    }

    /// The object's JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut json = String::new();
        self.write(&mut json);
        json
    }
}

/// The body of `POST /v4/experiments`. No other key may be in it.
#[derive(Debug)]
pub struct NewExperiment {
    /// The pipeline that runs.
    pub pipeline_id: GivenPipeline,
    /// The name.
    pub name: Option<String>,
    /// Whatever the client wants to remember of it.
    pub metadata: Option<RawObject>,
}

impl NewExperiment {
    const FIELDS: [&'static str; 3] = ["pipelineId", "name", "metadata"];

    /// Reads a body.
    ///
    /// # Errors
    /// Invalid, with everything that is wrong.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        let mut body = Body::parse(bytes)?;
        let pipeline_id = body.required("pipelineId", GivenPipeline::read);
        let name = body.optional("name", text);
        let metadata = body.optional("metadata", object);
        body.refuse_keys_but(&Self::FIELDS);
        body.finish(pipeline_id.map(|pipeline_id| Self { pipeline_id, name, metadata }))
    }
}

/// How far an experiment is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// The user's code runs.
    Generating,
    /// It has ended.
    Evaluating,
}

impl Status {
    fn read(field: &str, value: View<'_>) -> Result<Self, String> {
        match text(field, value)?.as_str() {
            "GENERATING" => Ok(Self::Generating),
            "EVALUATING" => Ok(Self::Evaluating),
            other => Err(format!(
                "'{field}' must be GENERATING or EVALUATING, but it is {}",
                quoted(other)
            )),
        }
    }
}

/// The body of `POST /v4/experiments/{id}`: what is not there stays as it is, and keys that are not
/// known, such as the `errorMessage` of an interrupted run, are ignored.
#[derive(Debug)]
pub struct ExperimentUpdate {
    /// The new name, or null.
    pub name: Option<Option<String>>,
    /// The new metadata, or null. It replaces the old one whole.
    pub metadata: Option<Option<RawObject>>,
    /// How far the experiment is.
    pub status: Option<Status>,
}

impl ExperimentUpdate {
    /// Reads a body.
    ///
    /// # Errors
    /// Invalid, with everything that is wrong.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        let mut body = Body::parse(bytes)?;
        let made = Self {
            name: body.nullable("name", text),
            metadata: body.nullable("metadata", object),
            status: body.optional("status", Status::read),
        };
        body.finish(Some(made))
    }
}

/// The query of `GET /v4/experiments`.
#[derive(Debug)]
pub struct ExperimentQuery {
    /// Only those of this pipeline.
    pub pipeline_id: Option<GivenPipeline>,
}

impl ExperimentQuery {
    /// Reads a query string.
    ///
    /// # Errors
    /// Invalid, with everything that is wrong.
    pub fn parse(text: &str) -> Result<Self> {
        let mut query = Query::parse(text);
        let pipeline_id = query.value("pipelineId", GivenPipeline::parse);
        query.finish(Self { pipeline_id })
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    const ID: &str = "123e4567-e89b-12d3-a456-426614174000";

    fn experiment(name: Option<&str>, metadata: Option<&str>) -> Experiment {
        let at = Timestamp(DateTime::UNIX_EPOCH);
        Experiment {
            id: ID.parse().expect("a UUID"),
            created_at: at,
            updated_at: at,
            name: name.map(str::to_owned),
            pipeline_id: ID.parse().expect("a UUID"),
            metadata: metadata.map(|text| RawObject::trusted(text.to_owned())),
            resource_path: "/t/o".to_owned(),
        }
    }

    #[test]
    fn an_experiment_has_the_seven_keys_in_their_order() {
        let time = "1970-01-01T00:00:00.000Z";
        for (made, name, metadata) in [
            (experiment(None, None), "null", "null"),
            (
                experiment(Some("\"n\""), Some(r#"{ "a": 1.0, "a":"\ud800" }"#)),
                r#""\"n\"""#,
                r#"{ "a": 1.0, "a":"\ud800" }"#,
            ),
        ] {
            assert_eq!(
                made.to_json(),
                format!(
                    r#"{{"id":"{ID}","createdAt":"{time}","updatedAt":"{time}","name":{name},"pipelineId":"{ID}","metadata":{metadata},"resourcePath":"/t/o"}}"#
                )
            );
        }
    }

    #[test]
    fn a_new_experiment_needs_a_pipeline_and_knows_three_keys() {
        let refusal = |body: &str| {
            NewExperiment::parse(body.as_bytes()).expect_err(body).message().to_owned()
        };
        assert_eq!(refusal("{}"), "Invalid parameters: 'pipelineId' field is required");
        assert_eq!(
            refusal(
                r#"{"pipelineId": "Default", "name": null, "metadata": [], "status": "EVALUATING"}"#
            ),
            "Invalid parameters: 'pipelineId' must be a UUID; 'name' must be a string, but it is \
             null; 'metadata' must be an object, but it is an array; 'status' is not a known field"
        );
        let made = NewExperiment::parse(br#"{"pipelineId": "default", "name": ""}"#);
        let NewExperiment { pipeline_id, name, metadata } = made.expect("valid");
        assert!(matches!(pipeline_id, GivenPipeline::Default));
        assert_eq!((name.as_deref(), metadata), (Some(""), None));
    }

    #[test]
    fn an_update_tells_null_from_nothing_and_ignores_what_it_does_not_know() {
        let update = |body: &str| ExperimentUpdate::parse(body.as_bytes());
        let ExperimentUpdate { name, metadata, status } =
            update(r#"{"status": "EVALUATING", "errorMessage": "SIGINT"}"#).expect("valid");
        assert_eq!((name, metadata, status), (None, None, Some(Status::Evaluating)));
        let ExperimentUpdate { name, metadata, status } =
            update(r#"{"name": null, "metadata": null, "status": "GENERATING"}"#).expect("valid");
        assert_eq!((name, metadata, status), (Some(None), Some(None), Some(Status::Generating)));
        for body in [
            r#"{"status": null}"#,
            r#"{"status": "evaluating"}"#,
            r#"{"status": 1}"#,
            r#"{"name": 1}"#,
            r#"{"metadata": "x"}"#,
        ] {
            assert!(update(body).is_err(), "{body}");
        }
    }

    #[test]
    fn the_query_of_a_list() {
        let query = |text: &str| ExperimentQuery::parse(text);
        assert!(query("unknown=1").expect("valid").pipeline_id.is_none());
        let default = query("pipelineId=default").expect("valid").pipeline_id;
        assert!(matches!(default, Some(GivenPipeline::Default)));
        assert_eq!(
            query("pipelineId=x").expect_err("refused").message(),
            "Invalid parameters: 'pipelineId' must be a UUID"
        );
    }
}
