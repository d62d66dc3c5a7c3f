//! Runs, their rows and evaluations.

use evalstone_core::caller::Caller;
use evalstone_core::case::{Case, key};
use evalstone_core::dataset::Owner;
use evalstone_core::error::Result;
use evalstone_core::json::{ObjectBuilder, RawJson, RawObject, View};
use evalstone_core::lens::Text;
use evalstone_core::lens::record::RecordReading;
use evalstone_core::scoring::{NewRow, NewScore, Outcome, Scoring, StoredScore};
use evalstone_evals::scoring::Cost;

use super::org_id;
use crate::runs::Summary;
use crate::runs::plan::{Plan, RunType};
use crate::wire::request::{CustomRunBody, RowBody};
use crate::wire::run::{Evaluation, Run};

/// The member of a row's metadata that holds what its client calls it.
const EXTERNAL_ID: &str = "external_id";

/// A row that came with a request as a case. Unlike in a file, an empty text is a value: a client that
/// sends one means it.
pub fn case(row: &RowBody) -> Case {
    let RowBody { external_id, fields } = row;
    let [prompt, input, context, output, golden_answer] = fields;
    let one = |key: &str, value: &Option<RawJson>| {
        let value = value.as_ref()?;
        Some(ObjectBuilder::new().member(key, value.view()).build())
    };
    let inputs = [(key::PROMPT, prompt), (key::INPUT, input), (key::CONTEXT, context)];
    let inputs =
        inputs.into_iter().fold(ObjectBuilder::new(), |builder, (key, value)| match value {
            Some(value) => builder.member(key, value.view()),
            None => builder,
        });
    Case {
        name: None,
        stage: None,
        inputs: inputs.build(),
        output: output.clone(),
        expected: one(key::GOLDEN_ANSWER, golden_answer),
        metadata: one(EXTERNAL_ID, external_id),
    }
}

/// The rows of a run, each with the part that it belongs to.
pub fn rows(body: &CustomRunBody) -> Vec<NewRow> {
    let parts = body.evaluations.iter().zip(0..);
    parts
        .flat_map(|(part, index)| {
            part.data.iter().map(move |row| NewRow { part: index, case: case(row) })
        })
        .collect()
}

/// A run as it is answered to this caller.
///
/// # Errors
/// A fault when what is stored is no run of this dialect's.
pub fn run(scoring: Scoring, caller: &Caller) -> Result<Run> {
    let Scoring {
        id: _,
        number,
        owner,
        shared,
        name,
        dataset,
        collection,
        threshold,
        settings,
        status: _,
        total,
        completed,
        summary,
        started_at,
        finished_at,
        created_at,
    } = scoring;
    let plan = Plan::of_settings(&settings)?;
    let summary = summary.as_ref().map(Summary::of_json).transpose()?;
    let (result, passed, means) = match summary {
        Some(Summary { result, is_gte_threshold, aggregate_results }) => {
            (result, Some(is_gte_threshold), aggregate_results)
        }
        None => (None, None, "{}".to_owned()),
    };
    let number_of_metrics = plan.number_of_metrics();
    let threshold = threshold.unwrap_or_else(|| plan.mean_threshold());
    let (dataset_id, dataset) = dataset.map(|place| (place.number, place.name)).unzip();
    let (data_collection_id, data_collection) =
        collection.map(|place| (place.number, place.name)).unzip();
    Ok(Run {
        id: number,
        user: owner.map(|Owner { id: _, number: _, email }| email),
        run_type: plan.run_type.as_str().to_owned(),
        dataset,
        data_collection,
        number_of_metrics,
        result,
        threshold,
        model_slug: plan.model,
        alias: name,
        aggregate_results: means,
        started_at: started_at.unwrap_or(created_at),
        finished_at,
        is_gte_threshold: passed,
        org_id: org_id(shared, caller),
        data_collection_id,
        dataset_id,
        completed,
        total,
    })
}

/// How the fields of evaluated rows are shown: those of records as records show them, as texts; what came
/// with a request as it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// As texts.
    Texts,
    /// As values.
    Values,
}

impl Shown {
    /// How those of a run are shown that came about so.
    pub const fn of(run_type: RunType) -> Self {
        match run_type {
            RunType::Dataset => Self::Texts,
            RunType::Custom | RunType::Single => Self::Values,
        }
    }
}

/// An evaluation.
pub fn evaluation(stored: StoredScore, shown: Shown) -> Evaluation {
    let StoredScore { id: _, number, run, score, case } = stored;
    let NewScore { metric, model, arguments, threshold, outcome, started_at, finished_at } = score;
    let fields = match shown {
        Shown::Texts => fields(&case).map(|text| text.map(|text| text.token().into_owned())),
        Shown::Values => given(&case).map(|value| value.map(|value| value.raw().to_owned())),
    };
    let external_id = case.metadata.as_ref().and_then(|metadata| metadata.view().get(EXTERNAL_ID));
    let is_success = matches!(outcome, Outcome::Scored { .. });
    let (result, explanation, details, cost) = match outcome {
        Outcome::Scored { score, explanation, details, cost } => {
            (Some(score), explanation, details, cost)
        }
        Outcome::Failed { explanation, cost } => (None, explanation, None, cost),
    };
    Evaluation {
        id: number,
        run_id: run,
        model_slug: model,
        metric_args: arguments.map(|arguments| arguments.as_str().to_owned()),
        is_success,
        is_gte_threshold: result.is_some_and(|result| result >= threshold as f64),
        threshold,
        fields,
        started_at,
        result,
        explanation,
        evaluation_cost: cost.map(|cost| Cost(cost.unsigned_abs()).to_string()),
        finished_at,
        metric_shortname: metric,
        eval_metadata: details.map(RawObject::into_string),
        external_id: external_id.map(View::raw).map(str::to_owned),
    }
}

/// A row's fields in the vendor's order.
pub fn fields(case: &Case) -> [Option<Text<'_>>; 5] {
    let RecordReading { prompt, input, context, output, golden_answer } = RecordReading::of(case);
    [prompt, input, context, output, golden_answer]
}

/// The fields of a row that came with a request, as they were spelled: what [`case`] made of them.
fn given(case: &Case) -> [Option<View<'_>>; 5] {
    let Case { name: _, stage: _, inputs, output, expected, metadata: _ } = case;
    let input = |key| inputs.view().get(key);
    let golden_answer =
        expected.as_ref().and_then(|expected| expected.view().get(key::GOLDEN_ANSWER));
    let output = output.as_ref().map(RawJson::view);
    [input(key::PROMPT), input(key::INPUT), input(key::CONTEXT), output, golden_answer]
}
