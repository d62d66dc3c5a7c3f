//! A collection with what is in it (contract §3.7, §3.8).

use chrono::{DateTime, Utc};
use evalstone_core::id::Number;
use evalstone_core::json::ObjectWriter;

use super::dataset::{User, write_user};
use super::write_time;

/// A collection; what is in it is written between its head and its tail.
#[derive(Clone, Debug, PartialEq)]
pub struct Collection {
    /// The number.
    pub id: Number,
    /// The owner; none for a collection of the organization as a whole.
    pub user: Option<User>,
    /// The name.
    pub name: String,
    /// The organization's number when it is shared.
    pub org_id: Option<Number>,
    /// The e-mail address of whoever made it.
    pub author_email: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed; at first the time when it was made.
    pub updated_at: Option<DateTime<Utc>>,
}

impl Collection {
    /// Writes the collection up to its first dataset.
    pub fn write_head(&self, out: &mut String) {
        let Self { id, user, name, org_id, author_email, created_at: _, updated_at: _ } = self;
        let mut object = ObjectWriter::open(out);
        object.plain("id", id);
        write_user(user.as_ref(), object.key("user"));
        object.text("name", name);
        object.nullable("org_id", *org_id);
        object.text("author_email", author_email);
        object.key("datasets").push('[');
    }

    /// What follows the last dataset.
    pub const AFTER_DATASETS: &str = "],\"runs\":[";

    /// Writes what follows the last run.
    pub fn write_tail(&self, out: &mut String) {
        out.push(']');
        let mut object = ObjectWriter::resume(out);
        write_time(object.key("created_at"), Some(self.created_at));
        write_time(object.key("updated_at"), self.updated_at);
        object.close();
    }
}

/// How every run was made that a key made: `API`, which is the only source there is.
const RUN_SOURCE_ID: i64 = 1;

/// A run as its collection lists it: by ids where a run of its own says names.
#[derive(Clone, Debug, PartialEq)]
pub struct CollectionRun {
    /// The number.
    pub id: Number,
    /// The owner; none for a run of the organization as a whole.
    pub user: Option<User>,
    /// The id of how it came about.
    pub run_type_id: i64,
    /// The number of the dataset that it is over.
    pub dataset_id: Option<Number>,
    /// The number of the collection.
    pub data_collection_id: Option<Number>,
    /// The organization's number when it is shared.
    pub org_id: Option<Number>,
    /// What it is called.
    pub alias: String,
    /// How many different metrics look at its rows.
    pub number_of_metrics: i64,
    /// The mean of its successful evaluations, once it has ended and if there are any.
    pub result: Option<f64>,
    /// The least result with which it passes.
    pub threshold: i64,
    /// The model that judges where none is named nearer.
    pub model_slug: String,
    /// The means of the metrics, as a JSON object.
    pub aggregate_results: String,
    /// Whether it passed, once it has ended.
    pub is_gte_threshold: Option<bool>,
    /// When it was begun.
    pub started_at: DateTime<Utc>,
    /// When it ended, if it has.
    pub finished_at: Option<DateTime<Utc>>,
}

impl CollectionRun {
    /// Writes the run.
    pub fn write(&self, out: &mut String) {
        let Self {
            id,
            user,
            run_type_id,
            dataset_id,
            data_collection_id,
            org_id,
            alias,
            number_of_metrics,
            result,
            threshold,
            model_slug,
            aggregate_results,
            is_gte_threshold,
            started_at,
            finished_at,
        } = self;
        let mut object = ObjectWriter::open(out);
        object.plain("id", id);
        write_user(user.as_ref(), object.key("user"));
        object.plain("run_type_id", run_type_id);
        object.plain("run_source_id", RUN_SOURCE_ID);
        // Which key made a run is not kept.
        object.json("api_key_id", "null");
        object.nullable("dataset_id", *dataset_id);
        object.nullable("data_collection_id", *data_collection_id);
        object.nullable("org_id", *org_id);
        object.text("alias", alias);
        object.plain("number_of_metrics", number_of_metrics);
        object.nullable("result", *result);
        object.plain("threshold", threshold);
        object.text("model_slug", model_slug);
        object.json("aggregate_results", aggregate_results);
        object.nullable("is_gte_threshold", *is_gte_threshold);
        write_time(object.key("started_at"), Some(*started_at));
        write_time(object.key("finished_at"), *finished_at);
        object.close();
    }
}
