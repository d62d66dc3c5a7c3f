//! Test cases (contract §3.3).

use std::borrow::Cow;
use std::fmt::Write as _;

use evalstone_core::error::Result;
use evalstone_core::id::{CaseId, DatasetId, PipelineId};
use evalstone_core::json::{RawObject, encode};

use super::body::Body;
use super::ids::{Given, GivenDataset, PipelineChoice};
use super::query::Query;
use super::timestamp::Timestamp;
use super::values::{filled_text, object, text};

/// A test case.
#[derive(Debug)]
pub struct TestCase<'a> {
    /// UUID.
    pub id: CaseId,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed, or else made.
    pub updated_at: Timestamp,
    /// What the user's code receives.
    pub inputs: Cow<'a, RawObject>,
    /// What it should give.
    pub expected_outputs: Option<&'a RawObject>,
    /// UUID of its dataset.
    pub dataset_id: DatasetId,
    /// The name; not unique.
    pub name: Cow<'a, str>,
    /// UUID of its dataset's pipeline.
    pub pipeline_id: PipelineId,
    /// When it was archived, if it is.
    pub archived_at: Option<Timestamp>,
    /// When it was deleted, if it is.
    pub deleted_at: Option<Timestamp>,
}

impl TestCase<'_> {
    /// Appends the object's JSON, every byte of the payloads as it is.
    pub fn write(&self, json: &mut String) {
        let Self {
            id,
            created_at,
            updated_at,
            inputs,
            expected_outputs,
            dataset_id,
            name,
            pipeline_id,
            archived_at,
            deleted_at,
        } = self;
        let inputs = inputs.as_str();
        let expected_outputs = expected_outputs.map_or("null", RawObject::as_str);
        let name = encode(name);
        let (archived_at, deleted_at) = (nullable(*archived_at), nullable(*deleted_at));
        // Writing into a String cannot fail.
        let _ = write!(
            json,
            r#"{{"id":"{id}","createdAt":"{created_at}","updatedAt":"{updated_at}","inputs":{inputs},"expectedOutputs":{expected_outputs},"datasetId":"{dataset_id}","name":{name},"pipelineId":"{pipeline_id}","archivedAt":{archived_at},"deletedAt":{deleted_at}}}"#
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

fn nullable(at: Option<Timestamp>) -> String {
    at.map_or_else(|| "null".to_owned(), |at| format!("\"{at}\""))
}

/// The body of `POST /v4/test-cases`. No other key may be in it.
#[derive(Debug)]
pub struct NewTestCase {
    /// The dataset that it is added to.
    pub dataset_id: GivenDataset,
    /// The name.
    pub name: String,
    /// What the user's code receives.
    pub inputs: RawObject,
    /// What it should give: `{}` when left out, none when null.
    pub expected_outputs: Option<RawObject>,
}

impl NewTestCase {
    const FIELDS: [&'static str; 4] = ["datasetId", "name", "inputs", "expectedOutputs"];

    /// Reads a body.
    ///
    /// # Errors
    /// Invalid, with everything that is wrong.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        let mut body = Body::parse(bytes)?;
        let dataset_id = body.required("datasetId", Given::read);
        let name = body.required("name", filled_text);
        let inputs = body.required("inputs", object);
        let expected = body.nullable("expectedOutputs", object);
        body.refuse_keys_but(&Self::FIELDS);
        let expected_outputs = expected.unwrap_or_else(|| Some(RawObject::empty()));
        let made = dataset_id.zip(name).zip(inputs).map(|((dataset_id, name), inputs)| Self {
            dataset_id,
            name,
            inputs,
            expected_outputs,
        });
        body.finish(made)
    }
}

/// A test case as another server's list shows it. Other keys are passed over.
#[derive(Debug)]
pub struct ListedTestCase {
    /// Its id there.
    pub id: Option<String>,
    /// The dataset's id there.
    pub dataset_id: Option<String>,
    /// The name.
    pub name: Option<String>,
    /// What the user's code receives.
    pub inputs: RawObject,
    /// What it should give.
    pub expected_outputs: Option<RawObject>,
}

impl ListedTestCase {
    /// Reads an element of a list.
    ///
    /// # Errors
    /// Invalid, with everything that is wrong.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        let mut body = Body::parse(bytes)?;
        let id = body.nullable("id", text).flatten();
        let dataset_id = body.nullable("datasetId", text).flatten();
        let name = body.nullable("name", text).flatten();
        let inputs = body.required("inputs", object);
        let expected_outputs = body.nullable("expectedOutputs", object).flatten();
        body.finish(inputs.map(|inputs| Self { id, dataset_id, name, inputs, expected_outputs }))
    }
}

/// The query of `GET /v4/test-cases`.
#[derive(Debug)]
pub struct TestCaseQuery {
    /// Only those of this dataset.
    pub dataset_id: Option<GivenDataset>,
    /// Only those of this pipeline's datasets.
    pub pipeline: PipelineChoice,
}

impl TestCaseQuery {
    /// Reads a query string.
    ///
    /// # Errors
    /// Invalid, with everything that is wrong.
    pub fn parse(text: &str) -> Result<Self> {
        let mut query = Query::parse(text);
        let dataset_id = query.value("datasetId", Given::parse);
        let pipeline = query.pipeline();
        query.finish(Self { dataset_id, pipeline })
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    const DATASET: &str = "B2C3D4E5-F6A7-8901-2345-67890ABCDEF1";

    fn refusal(body: &str) -> String {
        NewTestCase::parse(body.as_bytes()).expect_err(body).message().to_owned()
    }

    #[test]
    fn a_test_case_has_the_ten_keys_in_their_order() {
        let at = Timestamp(DateTime::UNIX_EPOCH);
        let id = "123e4567-e89b-12d3-a456-426614174000";
        let test_case = TestCase {
            id: id.parse().expect("a UUID"),
            created_at: at,
            updated_at: at,
            inputs: Cow::Owned(RawObject::trusted(r#"{ "a": 1.0, "a":"\ud800" }"#.to_owned())),
            expected_outputs: None,
            dataset_id: id.parse().expect("a UUID"),
            name: Cow::Borrowed("\"n\""),
            pipeline_id: id.parse().expect("a UUID"),
            archived_at: None,
            deleted_at: Some(at),
        };
        let time = "1970-01-01T00:00:00.000Z";
        assert_eq!(
            test_case.to_json(),
            format!(
                r#"{{"id":"{id}","createdAt":"{time}","updatedAt":"{time}","inputs":{{ "a": 1.0, "a":"\ud800" }},"expectedOutputs":null,"datasetId":"{id}","name":"\"n\"","pipelineId":"{id}","archivedAt":null,"deletedAt":"{time}"}}"#
            )
        );
    }

    #[test]
    fn expected_outputs_are_empty_unless_given() {
        for (sent, stored) in [
            ("", Some("{}")),
            (r#","expectedOutputs":null"#, None),
            (r#","expectedOutputs": { "b":1, "a":2 }"#, Some(r#"{ "b":1, "a":2 }"#)),
        ] {
            let body = format!(r#"{{"datasetId":"{DATASET}","name":"n","inputs":{{}}{sent}}}"#);
            let made = NewTestCase::parse(body.as_bytes()).expect(&body);
            assert_eq!(made.expected_outputs.as_ref().map(RawObject::as_str), stored);
            assert_eq!(made.dataset_id.id.to_string(), DATASET.to_lowercase());
            let missing = made.dataset_id.missing();
            assert_eq!(missing.message(), format!("Resource with ID '{DATASET}' not found"));
        }
    }

    #[test]
    fn what_is_missing_wrong_or_unknown_is_told() {
        assert_eq!(
            refusal("{}"),
            "Invalid parameters: 'datasetId' field is required; 'name' field is required; \
             'inputs' field is required"
        );
        assert_eq!(
            refusal(
                r#"{"datasetId": "default", "name": "", "inputs": [], "expectedOutputs": 1, "id": 2}"#
            ),
            "Invalid parameters: 'datasetId' must be a UUID; 'name' must not be empty; 'inputs' \
             must be an object, but it is an array; 'expectedOutputs' must be an object, but it is \
             a number; 'id' is not a known field"
        );
        assert_eq!(
            refusal(r#"{"datasetId": 1, "name": null, "inputs": null}"#),
            "Invalid parameters: 'datasetId' must be a string, but it is a number; 'name' must be \
             a string, but it is null; 'inputs' must be an object, but it is null"
        );
    }

    #[test]
    fn the_query_of_a_list() {
        let query = TestCaseQuery::parse("").expect("valid");
        assert!(query.dataset_id.is_none() && query.pipeline.id.is_none());
        assert_eq!(
            TestCaseQuery::parse("datasetId=default&pipelineId=x").expect_err("refused").message(),
            "Invalid parameters: 'datasetId' must be a UUID; 'pipelineId' must be a UUID"
        );
    }
}
