//! Runs (contract §3.15) and evaluations (§3.12) as they are answered.

use chrono::{DateTime, Utc};
use evalstone_core::id::Number;
use evalstone_core::json::{self, ObjectWriter};

use super::write_time;

/// A run. The fields after `evaluations` are ours: the vendor's answer does not tell where a run is,
/// nor how far.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// The number.
    pub id: Number,
    /// The owner's e-mail address; none for a run of the organization as a whole.
    pub user: Option<String>,
    /// `Dataset`, `Custom` or `Single`.
    pub run_type: String,
    /// The name of the dataset that it is over.
    pub dataset: Option<String>,
    /// The name of the collection that it is in.
    pub data_collection: Option<String>,
    /// How many different metrics look at its rows.
    pub number_of_metrics: i64,
    /// The mean of its successful evaluations, once it has ended and if there are any.
    pub result: Option<f64>,
    /// The least result with which it passes.
    pub threshold: i64,
    /// The model that judges where none is named nearer.
    pub model_slug: String,
    /// What it is called.
    pub alias: String,
    /// The means of the metrics, as a JSON object.
    pub aggregate_results: String,
    /// When it was begun.
    pub started_at: DateTime<Utc>,
    /// When it ended, if it has.
    pub finished_at: Option<DateTime<Utc>>,
    /// Whether it passed, once it has ended.
    pub is_gte_threshold: Option<bool>,
    /// The organization's number when it is shared.
    pub org_id: Option<Number>,
    /// The number of the collection that it is in.
    pub data_collection_id: Option<Number>,
    /// The number of the dataset that it is over.
    pub dataset_id: Option<Number>,
    /// How many evaluations are done.
    pub completed: i64,
    /// How many it comes to.
    pub total: i64,
}

impl Run {
    /// Writes the run up to its first evaluation.
    pub fn write_head(&self, out: &mut String) {
        let mut object = ObjectWriter::open(out);
        self.write_first(&mut object);
        object.key("evaluations").push('[');
    }

    /// Writes what follows the last evaluation.
    pub fn write_tail(&self, out: &mut String) {
        out.push(']');
        let mut object = ObjectWriter::resume(out);
        self.write_last(&mut object);
        object.close();
    }

    /// Writes the run without its evaluations.
    pub fn write(&self, out: &mut String) {
        let mut object = ObjectWriter::open(out);
        self.write_first(&mut object);
        self.write_last(&mut object);
        object.close();
    }

    fn write_first(&self, object: &mut ObjectWriter<'_>) {
        object.plain("id", self.id);
        object.nullable_text("user", self.user.as_deref());
        object.text("run_type", &self.run_type);
        object.text("run_source", "API");
        object.nullable_text("dataset", self.dataset.as_deref());
        object.nullable_text("data_collection", self.data_collection.as_deref());
        object.plain("number_of_metrics", self.number_of_metrics);
        object.nullable("result", self.result);
        object.plain("threshold", self.threshold);
        object.text("model_slug", &self.model_slug);
        object.text("alias", &self.alias);
        object.json("aggregate_results", &self.aggregate_results);
        write_time(object.key("started_at"), Some(self.started_at));
        write_time(object.key("finished_at"), self.finished_at);
        object.nullable("is_gte_threshold", self.is_gte_threshold);
    }

    fn write_last(&self, object: &mut ObjectWriter<'_>) {
        object.nullable("org_id", self.org_id);
        object.nullable("data_collection_id", self.data_collection_id);
        object.nullable("dataset_id", self.dataset_id);
        let progress = json::object(|progress| {
            progress.plain("completed", self.completed);
            progress.plain("total", self.total);
        });
        object.json("progress", &progress);
    }
}

/// An evaluation.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluation {
    /// The number.
    pub id: Number,
    /// The number of its run.
    pub run_id: Number,
    /// The model that was asked, or would have been.
    pub model_slug: String,
    /// The metric's arguments as they were given, as JSON.
    pub metric_args: Option<String>,
    /// Whether the row could be scored.
    pub is_success: bool,
    /// Whether the row passed.
    pub is_gte_threshold: bool,
    /// The least score with which it passes.
    pub threshold: i64,
    /// The row's fields as JSON, in the vendor's order: prompt, input, context, output, golden answer.
    pub fields: [Option<String>; 5],
    /// When it was begun.
    pub started_at: DateTime<Utc>,
    /// The score.
    pub result: Option<f64>,
    /// Why it is that, or why there is none.
    pub explanation: String,
    /// What it cost, as a decimal number.
    pub evaluation_cost: Option<String>,
    /// When it ended.
    pub finished_at: DateTime<Utc>,
    /// The metric.
    pub metric_shortname: String,
    /// What else is known, as JSON.
    pub eval_metadata: Option<String>,
    /// What the client calls the row, as JSON. Only rows of those who say so have it.
    pub external_id: Option<String>,
}

impl Evaluation {
    /// The names of a row's fields.
    pub const FIELDS: [&str; 5] = ["prompt", "input", "context", "output", "golden_answer"];

    /// Writes the evaluation.
    pub fn write(&self, out: &mut String) {
        let mut object = ObjectWriter::open(out);
        object.plain("id", self.id);
        object.plain("run_id", self.run_id);
        object.text("model_slug", &self.model_slug);
        object.nullable_json("metric_args", self.metric_args.as_deref());
        object.plain("is_success", self.is_success);
        object.plain("is_gte_threshold", self.is_gte_threshold);
        object.plain("threshold", self.threshold);
        for (name, value) in Self::FIELDS.into_iter().zip(&self.fields) {
            object.nullable_json(name, value.as_deref());
        }
        write_time(object.key("started_at"), Some(self.started_at));
        object.nullable("result", self.result);
        object.text("explanation", &self.explanation);
        object.nullable_text("evaluation_cost", self.evaluation_cost.as_deref());
        write_time(object.key("finished_at"), Some(self.finished_at));
        object.text("metric_shortname", &self.metric_shortname);
        object.nullable_json("eval_metadata", self.eval_metadata.as_deref());
        if let Some(external_id) = &self.external_id {
            object.json("external_id", external_id);
        }
        object.close();
    }
}
