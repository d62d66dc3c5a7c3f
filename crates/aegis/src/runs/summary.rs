//! What came of a run (contract §4.5): the mean of each metric's successful evaluations, the mean of all.

use evalstone_core::error::{Error, Result};
use evalstone_core::json::{RawObject, View, encode, object};
use evalstone_core::scoring::MetricTotal;

use super::plan::Plan;

/// What came of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    /// The mean of all successful evaluations, if there are any.
    pub result: Option<f64>,
    /// Whether that is the threshold or more; without a result it is not.
    pub is_gte_threshold: bool,
    /// The means of the metrics with successful evaluations, in the plan's order, as a JSON object.
    pub aggregate_results: String,
}

impl Summary {
    /// Sums a run up.
    pub fn of(plan: &Plan, threshold: i64, totals: &[MetricTotal]) -> Self {
        let mut means: Vec<(&str, f64)> = Vec::new();
        for metric in plan.metrics() {
            let total = totals.iter().find(|total| total.metric == metric.name && total.count > 0);
            if let Some(MetricTotal { metric, count, sum }) = total
                && !means.iter().any(|(name, _)| name == metric)
            {
                means.push((metric, sum / *count as f64));
            }
        }
        let (count, sum) =
            totals.iter().fold((0, 0.0), |(n, s), total| (n + total.count, s + total.sum));
        let result = (count > 0).then(|| sum / count as f64);
        let means = means.iter().map(|(name, mean)| format!("{}:{mean}", encode(name)));
        Self {
            result,
            is_gte_threshold: result.is_some_and(|result| result >= threshold as f64),
            aggregate_results: format!("{{{}}}", means.collect::<Vec<_>>().join(",")),
        }
    }

    /// As it is kept with the run.
    pub fn to_json(&self) -> RawObject {
        let Self { result, is_gte_threshold, aggregate_results } = self;
        RawObject::trusted(object(|object| {
            object.nullable("result", *result);
            object.plain("is_gte_threshold", is_gte_threshold);
            object.json("aggregate_results", aggregate_results);
        }))
    }

    /// What is kept there.
    ///
    /// # Errors
    /// A fault when it is no summary.
    pub fn of_json(kept: &RawObject) -> Result<Self> {
        let view = kept.view();
        let parts = (|| {
            let result = match view.get("result").filter(|result| !result.is_null()) {
                Some(result) => Some(result.raw().parse().ok()?),
                None => None,
            };
            Some(Self {
                result,
                is_gte_threshold: view.get("is_gte_threshold").and_then(View::as_bool)?,
                aggregate_results: view.get("aggregate_results")?.raw().to_owned(),
            })
        })();
        parts.ok_or_else(|| Error::fault("the summary of a scoring run is none"))
    }
}

#[cfg(test)]
mod tests {
    use super::super::plan::{Extras, Part, PlannedMetric, RunType};
    use super::*;

    fn plan() -> Plan {
        let metric = |name: &str| PlannedMetric {
            name: name.to_owned(),
            threshold: 70,
            model: "gpt-4o".to_owned(),
            arguments: None,
            reasoning_level: None,
        };
        let metrics = ["rouge", "bleu", "ans_corr", "bleu"].map(metric).to_vec();
        let parts = vec![Part { rows: 2, metrics, reasoning_level: None }];
        let (run_type, model) = (RunType::Custom, "gpt-4o".to_owned());
        Plan { run_type, model, parts, extras: Extras::default() }
    }

    fn total(metric: &str, count: i64, sum: f64) -> MetricTotal {
        MetricTotal { metric: metric.to_owned(), count, sum }
    }

    #[test]
    fn means_are_over_successful_evaluations_alone() {
        let totals = [total("ans_corr", 0, 0.0), total("bleu", 4, 100.0), total("rouge", 1, 100.0)];
        let summary = Summary::of(&plan(), 40, &totals);
        let expected = Summary {
            result: Some(40.0),
            is_gte_threshold: true,
            aggregate_results: "{\"rouge\":100,\"bleu\":25}".to_owned(),
        };
        assert_eq!(summary, expected);
        let kept = summary.to_json();
        assert_eq!(
            kept.as_str(),
            r#"{"result":40,"is_gte_threshold":true,"aggregate_results":{"rouge":100,"bleu":25}}"#
        );
        assert_eq!(Summary::of_json(&kept).expect("a summary"), expected);
        assert!(!Summary::of(&plan(), 41, &totals).is_gte_threshold);
    }

    #[test]
    fn without_a_success_there_is_no_result_and_it_has_not_passed() {
        let summary = Summary::of(&plan(), 0, &[total("bleu", 0, 0.0)]);
        assert_eq!((summary.result, summary.is_gte_threshold), (None, false));
        assert_eq!(summary.aggregate_results, "{}");
        assert_eq!(Summary::of_json(&summary.to_json()).expect("a summary"), summary);
    }
}
