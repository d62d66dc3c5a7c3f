//! What runs are asked for (contract §3.12 to §3.14), as it was sent.
//!
//! What the vendor's clients send without its being documented (`reasoning_level`, `project_id`,
//! `external_id`) is kept as it is, whatever it is.

use evalstone_core::json::{Kind, RawJson, RawObject, View};
use evalstone_kit::pydantic::Place;

use super::problem::Rule;
use crate::body::{Body, Reader, members, nullable};
use crate::errors::Failure;

/// The bounds of thresholds.
const THRESHOLDS: (i64, i64) = (0, 100);

/// The longest alias, in characters.
pub const LONGEST_ALIAS: usize = 255;

/// The body of `POST /evaluate`.
#[derive(Clone, Debug)]
pub struct EvaluateBody {
    /// The metric.
    pub metric: MetricBody,
    /// What is scored.
    pub row: RowBody,
}

/// The body of `POST /runs/dataset`.
#[derive(Clone, Debug)]
pub struct DatasetRunBody {
    /// The dataset's number.
    pub dataset_id: i128,
    /// What replaces the thresholds of the dataset's metrics.
    pub threshold: Option<i64>,
    /// The model that judges.
    pub model_slug: Option<String>,
    /// Arguments by metric ids, on top of the dataset's own.
    pub metric_args: Option<RawObject>,
    /// Whether the answer waits for the run's end.
    pub is_blocking: bool,
    /// What the run is called.
    pub alias: Option<String>,
}

/// The body of `POST /runs/custom`.
#[derive(Clone, Debug)]
pub struct CustomRunBody {
    /// The threshold of the run, and of metrics that have none nearer.
    pub threshold: Option<i64>,
    /// The model that judges where none is named nearer.
    pub model_slug: Option<String>,
    /// Whether the answer waits for the run's end.
    pub is_blocking: bool,
    /// The number of the collection that the run is put into.
    pub data_collection_id: Option<i128>,
    /// What the run is called.
    pub alias: Option<String>,
    /// Kept as it is.
    pub reasoning_level: Option<RawJson>,
    /// Kept as it is.
    pub project_id: Option<RawJson>,
    /// Rows with the metrics that look at them.
    pub evaluations: Vec<EvaluationBody>,
}

/// Rows with the metrics that look at them.
#[derive(Clone, Debug)]
pub struct EvaluationBody {
    /// The metrics.
    pub metrics: Vec<MetricBody>,
    /// The threshold of metrics that have none of their own.
    pub threshold: Option<i64>,
    /// The model of metrics that name none.
    pub model_slug: Option<String>,
    /// Kept as it is.
    pub reasoning_level: Option<RawJson>,
    /// The rows.
    pub data: Vec<RowBody>,
}

/// A metric, named alone or with what holds for it alone.
#[derive(Clone, Debug)]
pub struct MetricBody {
    /// The short name.
    pub metric: String,
    /// Its arguments.
    pub metric_args: Option<RawObject>,
    /// Its threshold.
    pub threshold: Option<i64>,
    /// Its model.
    pub model_slug: Option<String>,
    /// Kept as it is.
    pub reasoning_level: Option<RawJson>,
}

/// A row: any JSON in each field, null for none.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RowBody {
    /// Kept as it is.
    pub external_id: Option<RawJson>,
    /// The fields in the vendor's order: prompt, input, context, output, golden answer.
    pub fields: [Option<RawJson>; 5],
}

impl EvaluateBody {
    /// Reads the body.
    ///
    /// # Errors
    /// All schema problems, in the order in which the vendor declares the fields.
    pub fn read(body: &Body) -> Result<Self, Failure> {
        let mut reader = Reader::default();
        let read = Self::of(&mut reader, body);
        reader.finished(read)
    }

    fn of(reader: &mut Reader, body: &Body) -> Option<Self> {
        let model = reader.body(body)?;
        let [metric, slug, threshold, arguments] =
            members(model, ["metric_shortname", "model_slug", "threshold", "metric_args"]);
        let at = |name| Place::BODY.key(name);
        let metric = reader.required(&at("metric_shortname"), model, metric);
        let metric = metric.and_then(|value| reader.text(&at("metric_shortname"), value));
        let model_slug = text(reader, &at("model_slug"), slug);
        let threshold = bounded(reader, &at("threshold"), threshold);
        let metric_args = dict(reader, &at("metric_args"), arguments);
        let fields = FIELDS.map(|name| {
            let value = nullable(members(model, [name])[0])?;
            if value.kind() == Kind::String {
                return Some(RawJson::from_view(value));
            }
            reader.problem(Rule::StringType, &at(name), value);
            None
        });
        let metric = MetricBody {
            metric: metric?,
            metric_args,
            threshold,
            model_slug,
            reasoning_level: None,
        };
        Some(Self { metric, row: RowBody { external_id: None, fields } })
    }
}

/// The five fields of a row, in the vendor's order.
const FIELDS: [&str; 5] = ["prompt", "input", "context", "output", "golden_answer"];

impl DatasetRunBody {
    /// Reads the body.
    ///
    /// # Errors
    /// All schema problems, in the order in which the vendor declares the fields.
    pub fn read(body: &Body) -> Result<Self, Failure> {
        let mut reader = Reader::default();
        let read = Self::of(&mut reader, body);
        reader.finished(read)
    }

    fn of(reader: &mut Reader, body: &Body) -> Option<Self> {
        let model = reader.body(body)?;
        let [dataset, threshold, slug, arguments, blocking, alias] = members(
            model,
            ["dataset_id", "threshold", "model_slug", "metric_args", "is_blocking", "alias"],
        );
        let at = |name| Place::BODY.key(name);
        let dataset = reader.required(&at("dataset_id"), model, dataset);
        let dataset_id = dataset.and_then(|value| reader.integer(&at("dataset_id"), value));
        Some(Self {
            threshold: bounded(reader, &at("threshold"), threshold),
            model_slug: text(reader, &at("model_slug"), slug),
            metric_args: dict(reader, &at("metric_args"), arguments),
            is_blocking: flag(reader, &at("is_blocking"), blocking),
            alias: alias_of(reader, alias),
            dataset_id: dataset_id?,
        })
    }
}

impl CustomRunBody {
    /// Reads the body.
    ///
    /// # Errors
    /// All schema problems, in the order in which the vendor declares the fields.
    pub fn read(body: &Body) -> Result<Self, Failure> {
        let mut reader = Reader::default();
        let read = Self::of(&mut reader, body);
        reader.finished(read)
    }

    fn of(reader: &mut Reader, body: &Body) -> Option<Self> {
        let model = reader.body(body)?;
        let [threshold, slug, blocking, collection, alias, level, project, evaluations] = members(
            model,
            [
                "threshold",
                "model_slug",
                "is_blocking",
                "data_collection_id",
                "alias",
                "reasoning_level",
                "project_id",
                "evaluations",
            ],
        );
        let at = |name| Place::BODY.key(name);
        let threshold = bounded(reader, &at("threshold"), threshold);
        let model_slug = text(reader, &at("model_slug"), slug);
        let is_blocking = flag(reader, &at("is_blocking"), blocking);
        let place = at("data_collection_id");
        let data_collection_id =
            nullable(collection).and_then(|value| reader.integer(&place, value));
        let alias = alias_of(reader, alias);
        let place = at("evaluations");
        let evaluations = reader.required(&place, model, evaluations);
        let evaluations = evaluations.and_then(|value| reader.list(&place, value))?;
        let evaluations: Vec<Option<EvaluationBody>> = evaluations
            .enumerate()
            .map(|(index, value)| EvaluationBody::of(reader, &place.index(index), value))
            .collect();
        Some(Self {
            threshold,
            model_slug,
            is_blocking,
            data_collection_id,
            alias,
            reasoning_level: kept(level),
            project_id: kept(project),
            evaluations: evaluations.into_iter().collect::<Option<_>>()?,
        })
    }
}

impl EvaluationBody {
    fn of(reader: &mut Reader, place: &Place<'_>, value: View<'_>) -> Option<Self> {
        let model = reader.model(place, value)?;
        let [metrics, threshold, slug, level, data] =
            members(model, ["metrics", "threshold", "model_slug", "reasoning_level", "data"]);
        let at = place.key("metrics");
        let metrics = reader.required(&at, model, metrics);
        let metrics = metrics.and_then(|value| reader.list(&at, value));
        let metrics: Option<Vec<Option<MetricBody>>> = metrics.map(|items| {
            let items = items.enumerate();
            items.map(|(index, item)| MetricBody::of(reader, &at.index(index), item)).collect()
        });
        let threshold = bounded(reader, &place.key("threshold"), threshold);
        let model_slug = text(reader, &place.key("model_slug"), slug);
        let at = place.key("data");
        let data = reader.required(&at, model, data);
        let data = data.and_then(|value| reader.list(&at, value));
        let data: Option<Vec<Option<RowBody>>> = data.map(|items| {
            let items = items.enumerate();
            items.map(|(index, item)| RowBody::of(reader, &at.index(index), item)).collect()
        });
        Some(Self {
            metrics: metrics?.into_iter().collect::<Option<_>>()?,
            threshold,
            model_slug,
            reasoning_level: kept(level),
            data: data?.into_iter().collect::<Option<_>>()?,
        })
    }
}

impl MetricBody {
    fn of(reader: &mut Reader, place: &Place<'_>, value: View<'_>) -> Option<Self> {
        if value.kind() == Kind::String {
            let metric = reader.text(place, value)?;
            return Some(Self {
                metric,
                metric_args: None,
                threshold: None,
                model_slug: None,
                reasoning_level: None,
            });
        }
        let model = reader.model(place, value)?;
        let [metric, arguments, threshold, slug, level] =
            members(model, ["metric", "metric_args", "threshold", "model_slug", "reasoning_level"]);
        let at = place.key("metric");
        let metric = reader.required(&at, model, metric);
        let metric = metric.and_then(|value| reader.text(&at, value));
        Some(Self {
            metric_args: dict(reader, &place.key("metric_args"), arguments),
            threshold: bounded(reader, &place.key("threshold"), threshold),
            model_slug: text(reader, &place.key("model_slug"), slug),
            reasoning_level: kept(level),
            metric: metric?,
        })
    }
}

impl RowBody {
    fn of(reader: &mut Reader, place: &Place<'_>, value: View<'_>) -> Option<Self> {
        Some(Self::shown(reader.model(place, value)?))
    }

    /// The row that an object shows, be it one of a request or an evaluation.
    pub fn shown(model: View<'_>) -> Self {
        let [external_id] = members(model, ["external_id"]);
        let fields = members(model, FIELDS).map(kept);
        Self { external_id: kept(external_id), fields }
    }
}

/// A value that is kept as it is; null is none.
fn kept(value: Option<View<'_>>) -> Option<RawJson> {
    nullable(value).map(RawJson::from_view)
}

fn text(reader: &mut Reader, place: &Place<'_>, value: Option<View<'_>>) -> Option<String> {
    nullable(value).and_then(|value| reader.text(place, value))
}

fn dict(reader: &mut Reader, place: &Place<'_>, value: Option<View<'_>>) -> Option<RawObject> {
    nullable(value).and_then(|value| reader.dict(place, value))
}

fn bounded(reader: &mut Reader, place: &Place<'_>, value: Option<View<'_>>) -> Option<i64> {
    nullable(value).and_then(|value| reader.whole(place, value, THRESHOLDS))
}

fn flag(reader: &mut Reader, place: &Place<'_>, value: Option<View<'_>>) -> bool {
    value.and_then(|value| reader.boolean(place, value)).unwrap_or(false)
}

/// An alias without blanks around it; one of nothing else counts as none.
fn alias_of(reader: &mut Reader, value: Option<View<'_>>) -> Option<String> {
    let place = Place::BODY.key("alias");
    let alias = nullable(value).and_then(|value| reader.short(&place, value, LONGEST_ALIAS))?;
    Some(alias.trim().to_owned()).filter(|alias| !alias.is_empty())
}
