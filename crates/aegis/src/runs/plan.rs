//! What a run does: which metrics look at its rows, with which arguments, thresholds and models. It is
//! kept with the run as JSON.

use std::collections::BTreeSet;
use std::sync::Arc;

use evalstone_core::error::{Error, Result};
use evalstone_core::json::{ObjectWriter, RawJson, RawObject, View, object};

/// How many metrics may look at the same rows: each of the catalogue's, and again with another threshold.
const MOST_METRICS: usize = 100;

/// How many bytes the arguments of all evaluations of a run may have, since each shows its own.
const MOST_ARGUMENT_BYTES: u64 = 1 << 30;

/// How a run came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunType {
    /// Over the records of a dataset.
    Dataset,
    /// Over rows that came with the request.
    Custom,
    /// One metric over one row.
    Single,
}

impl RunType {
    const ALL: [Self; 3] = [Self::Dataset, Self::Custom, Self::Single];

    /// The stable id, by which collections' runs say it.
    pub const fn id(self) -> i64 {
        match self {
            Self::Dataset => 1,
            Self::Custom => 2,
            Self::Single => 3,
        }
    }

    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Dataset => "Dataset",
            Self::Custom => "Custom",
            Self::Single => "Single",
        }
    }

    /// How a run with that word on the wire came about, if it is known.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.as_str() == word)
    }
}

/// What a run does.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// How it came about.
    pub run_type: RunType,
    /// The model that judges where none is named nearer.
    pub model: String,
    /// Of each part of its rows the metrics that look at them, in order.
    pub parts: Vec<Part>,
    /// What clients say of it without its being documented, kept as it is.
    pub extras: Extras,
}

/// The metrics that look at some of the rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// How many rows there are; for the records of a dataset one, whatever they are.
    pub rows: i64,
    /// The metrics.
    pub metrics: Vec<PlannedMetric>,
    /// What clients say of it without its being documented, kept as it is.
    pub reasoning_level: Option<RawJson>,
}

/// A metric with what holds for it.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedMetric {
    /// The short name.
    pub name: String,
    /// The least score with which a row passes.
    pub threshold: i64,
    /// The model that judges.
    pub model: String,
    /// Its arguments as they were given.
    pub arguments: Option<Arc<RawObject>>,
    /// What clients say of it without its being documented, kept as it is.
    pub reasoning_level: Option<RawJson>,
}

/// What clients say of a run without its being documented.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Extras {
    /// `reasoning_level`.
    pub reasoning_level: Option<RawJson>,
    /// `project_id`.
    pub project_id: Option<RawJson>,
}

impl Plan {
    /// How many different metrics there are.
    pub fn number_of_metrics(&self) -> i64 {
        let names: BTreeSet<&str> = self.metrics().map(|metric| metric.name.as_str()).collect();
        i64::try_from(names.len()).unwrap_or(i64::MAX)
    }

    /// All metrics of all parts.
    pub fn metrics(&self) -> impl Iterator<Item = &PlannedMetric> {
        self.parts.iter().flat_map(|part| &part.metrics)
    }

    /// How many evaluations it comes to, where its rows are known.
    pub fn evaluations(&self) -> i64 {
        let of = |part: &Part| part.rows * i64::try_from(part.metrics.len()).unwrap_or(i64::MAX);
        self.parts.iter().map(of).sum()
    }

    /// Refuses a plan that comes to more than can be kept.
    ///
    /// # Errors
    /// Invalid, naming the limit.
    pub fn check_size(&self, rows: impl Fn(&Part) -> i64, most: u64) -> Result<()> {
        let mut evaluations: u64 = 0;
        let mut arguments: u64 = 0;
        for part in &self.parts {
            if part.metrics.len() > MOST_METRICS {
                let text = format!("more than {MOST_METRICS} metrics look at the same rows");
                return Err(Error::invalid(text));
            }
            let rows = rows(part).unsigned_abs();
            evaluations =
                evaluations.saturating_add(rows.saturating_mul(part.metrics.len() as u64));
            arguments = arguments.saturating_add(rows.saturating_mul(part.argument_bytes() as u64));
        }
        if evaluations > most {
            let text = format!(
                "the run comes to {evaluations} evaluations, more than {most} \
                 (setting dialects.aegis.runs.evaluations)"
            );
            return Err(Error::invalid(text));
        }
        if arguments > MOST_ARGUMENT_BYTES {
            let text = "the metrics' arguments are too long for so many rows: together they may take 1 GiB";
            return Err(Error::invalid(text));
        }
        Ok(())
    }

    /// The mean of the thresholds of all evaluations, rounded; the even one of two that are as near.
    pub fn mean_threshold(&self) -> i64 {
        let weights = self.parts.iter().flat_map(|part| {
            part.metrics.iter().map(|metric| (part.rows, part.rows * metric.threshold))
        });
        let (count, sum) = weights.fold((0, 0), |(n, s), (rows, total)| (n + rows, s + total));
        if count == 0 { 0 } else { (sum as f64 / count as f64).round_ties_even() as i64 }
    }

    /// The plan as it is kept.
    pub fn to_settings(&self) -> RawObject {
        let Self { run_type, model, parts, extras } = self;
        let Extras { reasoning_level, project_id } = extras;
        RawObject::trusted(object(|object| {
            object.text("run_type", run_type.as_str());
            object.text("model_slug", model);
            object.nullable_json("reasoning_level", reasoning_level.as_ref().map(RawJson::as_str));
            object.nullable_json("project_id", project_id.as_ref().map(RawJson::as_str));
            let parts: Vec<String> = parts.iter().map(Part::to_json).collect();
            object.json("parts", &format!("[{}]", parts.join(",")));
        }))
    }

    /// The plan that is kept there.
    ///
    /// # Errors
    /// A fault when there is none.
    pub fn of_settings(settings: &RawObject) -> Result<Self> {
        let fault = || Error::fault("the settings of a scoring run are no plan");
        let view = settings.view();
        let word = text(view, "run_type").ok_or_else(fault)?;
        let run_type = RunType::from_word(&word);
        let parts = view.get("parts").into_iter().flat_map(View::items).map(Part::of_json);
        Ok(Self {
            run_type: run_type.ok_or_else(fault)?,
            model: text(view, "model_slug").ok_or_else(fault)?,
            parts: parts.collect::<Option<_>>().ok_or_else(fault)?,
            extras: Extras {
                reasoning_level: raw(view, "reasoning_level"),
                project_id: raw(view, "project_id"),
            },
        })
    }
}

impl Part {
    /// How many bytes the arguments of its metrics have.
    pub fn argument_bytes(&self) -> usize {
        let bytes =
            |metric: &PlannedMetric| metric.arguments.as_ref().map_or(0, |a| a.as_str().len());
        self.metrics.iter().map(bytes).sum()
    }

    fn to_json(&self) -> String {
        let Self { rows, metrics, reasoning_level } = self;
        object(|object| {
            object.plain("rows", rows);
            let metrics: Vec<String> = metrics.iter().map(PlannedMetric::to_json).collect();
            object.json("metrics", &format!("[{}]", metrics.join(",")));
            object.nullable_json("reasoning_level", reasoning_level.as_ref().map(RawJson::as_str));
        })
    }

    fn of_json(view: View<'_>) -> Option<Self> {
        let metrics = view.get("metrics")?.items().map(PlannedMetric::of_json);
        Some(Self {
            rows: integer(view, "rows")?,
            metrics: metrics.collect::<Option<_>>()?,
            reasoning_level: raw(view, "reasoning_level"),
        })
    }
}

impl PlannedMetric {
    /// The metric as it is kept.
    pub fn to_json(&self) -> String {
        let Self { name, threshold, model, arguments, reasoning_level } = self;
        object(|object: &mut ObjectWriter<'_>| {
            object.text("shortname", name);
            object.plain("threshold", threshold);
            object.text("model_slug", model);
            object.nullable_json("metric_args", arguments.as_ref().map(|given| given.as_str()));
            object.nullable_json("reasoning_level", reasoning_level.as_ref().map(RawJson::as_str));
        })
    }

    fn of_json(view: View<'_>) -> Option<Self> {
        let arguments = view.get("metric_args").filter(|value| !value.is_null());
        Some(Self {
            name: text(view, "shortname")?,
            threshold: integer(view, "threshold")?,
            model: text(view, "model_slug")?,
            arguments: arguments.map(RawObject::try_from).transpose().ok()?.map(Arc::new),
            reasoning_level: raw(view, "reasoning_level"),
        })
    }
}

fn raw(view: View<'_>, name: &str) -> Option<RawJson> {
    view.get(name).filter(|value| !value.is_null()).map(RawJson::from_view)
}

fn text(view: View<'_>, name: &str) -> Option<String> {
    Some(view.get(name)?.as_text()?.into_owned())
}

fn integer(view: View<'_>, name: &str) -> Option<i64> {
    view.get(name)?.raw().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metric(name: &str, threshold: i64) -> PlannedMetric {
        PlannedMetric {
            name: name.to_owned(),
            threshold,
            model: "gpt-4o".to_owned(),
            arguments: (threshold > 50)
                .then(|| Arc::new(RawObject::trusted("{\"ignore_order\": true}".to_owned()))),
            reasoning_level: (threshold > 80).then(|| RawJson::from_text("high")),
        }
    }

    fn part(rows: i64, metrics: Vec<PlannedMetric>) -> Part {
        Part { rows, metrics, reasoning_level: Some(RawJson::from_text("low")) }
    }

    fn plan() -> Plan {
        Plan {
            run_type: RunType::Custom,
            model: "o4-mini".to_owned(),
            parts: vec![
                part(3, vec![metric("bleu", 50), metric("json_equal", 90)]),
                part(1, vec![metric("bleu", 71)]),
            ],
            extras: Extras {
                reasoning_level: None,
                project_id: Some(RawJson::trusted("[7]".to_owned())),
            },
        }
    }

    #[test]
    fn a_plan_comes_back_as_it_was_kept() {
        let kept = plan().to_settings();
        assert_eq!(Plan::of_settings(&kept).expect("a plan"), plan());
        assert!(Plan::of_settings(&RawObject::empty()).is_err());
    }

    #[test]
    fn evaluations_are_counted_and_their_thresholds_weighed() {
        let plan = plan();
        assert_eq!((plan.number_of_metrics(), plan.evaluations()), (2, 7));
        // (3 × 50 + 3 × 90 + 71) / 7 = 70.14…
        assert_eq!(plan.mean_threshold(), 70);
        let half = |low, high| Plan {
            parts: vec![part(1, vec![metric("a", low), metric("b", high)])],
            ..plan.clone()
        };
        assert_eq!((half(70, 71).mean_threshold(), half(71, 72).mean_threshold()), (70, 72));
    }
}
