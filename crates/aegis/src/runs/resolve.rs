//! From what a request says to what a run does: metrics are looked up, arguments are checked, thresholds
//! and models are taken from where they are named nearest.

use std::sync::Arc;

use evalstone_core::error::{Error, Kind as ErrorKind, Result};
use evalstone_core::json::{Kind, ObjectBuilder, RawObject, View};
use evalstone_core::metric::Metric;

use super::models::Models;
use super::plan::{Extras, Part, Plan, PlannedMetric, RunType};
use crate::arguments::{article, check_arguments};
use crate::selection::metric_id;
use crate::wire::request::{
    CustomRunBody, DatasetRunBody, EvaluateBody, EvaluationBody, MetricBody,
};

/// What requests may name.
#[derive(Clone, Copy)]
pub struct Resolver<'a> {
    /// The catalogue of metrics.
    pub catalogue: &'a [Metric],
    /// The models.
    pub models: &'a Models,
}

impl Resolver<'_> {
    /// The plan of one metric over one row.
    ///
    /// # Errors
    /// Not found for an unknown metric or model; invalid for one that is not active, and for its
    /// arguments.
    pub fn single(self, body: &EvaluateBody) -> Result<Plan> {
        let given = &body.metric;
        let model = self.models.resolve(given.model_slug.as_deref())?;
        let metric = self.catalogue.iter().find(|metric| metric.short_name == given.metric);
        metric.ok_or_else(|| Error::not_found(&format!("Metric {:?}", given.metric)))?;
        let metric = self.metric(given, None, &model)?;
        let parts = vec![Part { rows: 1, metrics: vec![metric], reasoning_level: None }];
        Ok(Plan { run_type: RunType::Single, model, parts, extras: Extras::default() })
    }

    /// The plan of a run over the records of a dataset that selects these metrics.
    ///
    /// # Errors
    /// Not found for an unknown model, and when the dataset selects no metric; invalid for metrics that
    /// are not active any more, and for arguments.
    pub fn dataset(self, body: &DatasetRunBody, selected: View<'_>) -> Result<Plan> {
        let model = self.models.resolve(body.model_slug.as_deref())?;
        if selected.members().next().is_none() {
            return Err(unresolved("the dataset selects none (PUT selected_metrics)"));
        }
        let overrides = overrides(body.metric_args.as_ref())?;
        // Later selections of the same metric replace earlier ones, as they did in the map that was checked.
        let mut latest: Vec<(&Metric, View<'_>)> = Vec::new();
        for (key, settings) in selected.members() {
            let id = key.text().and_then(|text| metric_id(&text));
            let metric = self.catalogue.iter().find(|metric| Some(metric.id) == id);
            let metric = metric.ok_or_else(|| {
                let raw = key.raw();
                Error::invalid(format!(
                    "the dataset selects the metric {raw}, which does not exist"
                ))
            })?;
            latest.retain(|(earlier, _)| earlier.id != metric.id);
            latest.push((metric, settings));
        }
        let planned = |(metric, settings): (&Metric, View<'_>)| {
            let own = settings.get("metric_args").filter(|own| !own.is_null());
            let nearer = overrides.iter().rev().find(|(id, _)| *id == metric.id).map(|(_, v)| *v);
            let stored = || settings.get("threshold").and_then(|view| view.raw().parse().ok());
            Ok(PlannedMetric {
                name: metric.short_name.clone(),
                threshold: body.threshold.or_else(stored).unwrap_or(metric.default_threshold),
                model: model.clone(),
                arguments: checked(metric, merged(own, nearer))?,
                reasoning_level: None,
            })
        };
        let kept = latest.into_iter().map(planned).collect::<Result<_>>()?;
        let parts = vec![Part { rows: 1, metrics: kept, reasoning_level: None }];
        Ok(Plan { run_type: RunType::Dataset, model, parts, extras: Extras::default() })
    }

    /// The plan of a run over rows that came with the request.
    ///
    /// # Errors
    /// Not found for an unknown model and for a part without metrics; invalid without parts or rows, for
    /// unknown metrics and for arguments.
    pub fn custom(self, body: &CustomRunBody) -> Result<Plan> {
        let model = self.models.resolve(body.model_slug.as_deref())?;
        self.find_all(body)?;
        if body.evaluations.is_empty() {
            return Err(Error::invalid("evaluations is empty"));
        }
        let mut parts = Vec::new();
        for (index, part) in body.evaluations.iter().enumerate() {
            if part.data.is_empty() {
                return Err(Error::invalid(format!("evaluations[{index}].data is empty")));
            }
            let model = self.models.resolve(part.model_slug.as_deref().or(Some(&model)))?;
            let threshold = part.threshold.or(body.threshold);
            let metric = |given| self.metric(given, threshold, &model);
            let metrics = part.metrics.iter().map(metric).collect::<Result<_>>()?;
            parts.push(Part {
                rows: i64::try_from(part.data.len()).unwrap_or(i64::MAX),
                metrics,
                reasoning_level: part.reasoning_level.clone(),
            });
        }
        let CustomRunBody { reasoning_level, project_id, .. } = body;
        let extras =
            Extras { reasoning_level: reasoning_level.clone(), project_id: project_id.clone() };
        Ok(Plan { run_type: RunType::Custom, model, parts, extras })
    }

    /// Looks for whatever a request refers to and 404 is the answer for, before its rules are checked.
    fn find_all(self, body: &CustomRunBody) -> Result<()> {
        for (index, part) in body.evaluations.iter().enumerate() {
            let EvaluationBody { metrics, model_slug, .. } = part;
            self.models.resolve(model_slug.as_deref())?;
            if metrics.is_empty() {
                return Err(unresolved(&format!("evaluations[{index}].metrics is empty")));
            }
            for metric in metrics {
                self.models.resolve(metric.model_slug.as_deref())?;
            }
        }
        Ok(())
    }

    /// A metric that is named by its short name.
    fn metric(
        self,
        given: &MetricBody,
        threshold: Option<i64>,
        model: &str,
    ) -> Result<PlannedMetric> {
        let name = &given.metric;
        let metric = self.catalogue.iter().find(|metric| metric.short_name == *name);
        let metric =
            metric.ok_or_else(|| Error::invalid(format!("metric {name:?} does not exist")))?;
        let threshold = given.threshold.or(threshold).unwrap_or(metric.default_threshold);
        Ok(PlannedMetric {
            name: metric.short_name.clone(),
            threshold,
            model: self.models.resolve(given.model_slug.as_deref().or(Some(model)))?,
            arguments: checked(metric, given.metric_args.clone())?,
            reasoning_level: given.reasoning_level.clone(),
        })
    }
}

/// Nothing is left to score with.
fn unresolved(why: &str) -> Error {
    Error::new(ErrorKind::NotFound, format!("No metrics resolved: {why}"))
}

/// The arguments, if the metric takes them.
fn checked(metric: &Metric, arguments: Option<RawObject>) -> Result<Option<Arc<RawObject>>> {
    let Metric { id, short_name, active, .. } = metric;
    let refuse = |why: &str| Error::invalid(format!("metric {id} ({short_name}) {why}"));
    if !active {
        return Err(refuse("is not active"));
    }
    let given = arguments.as_ref().map(RawObject::view);
    check_arguments(metric, given).map_err(|why| refuse(&why))?;
    Ok(arguments.map(Arc::new))
}

/// Arguments of one run by metric ids; those of metrics that the dataset does not select are ignored
/// later on.
fn overrides(given: Option<&RawObject>) -> Result<Vec<(i64, View<'_>)>> {
    let members = given.map(RawObject::view).into_iter().flat_map(View::members);
    members
        .map(|(key, value)| {
            let id = key.text().and_then(|text| metric_id(&text)).ok_or_else(|| {
                Error::invalid(format!(
                    "metric_args: the key {} is not an integer metric id",
                    key.raw()
                ))
            })?;
            if !matches!(value.kind(), Kind::Object | Kind::Null) {
                let found = article(value.kind().as_str());
                return Err(Error::invalid(format!(
                    "metric_args: metric {id} has {found}, not an object"
                )));
            }
            Ok((id, value))
        })
        .collect()
}

/// A dataset's own arguments with those of one run on top of them; as they were given where there is
/// nothing to put together.
fn merged(own: Option<View<'_>>, nearer: Option<View<'_>>) -> Option<RawObject> {
    let (own, nearer) = match (own, nearer.filter(|nearer| !nearer.is_null())) {
        (Some(own), Some(nearer)) => (own, nearer),
        (one, other) => return RawObject::try_from(one.or(other)?).ok(),
    };
    let nearer_members: Vec<_> = nearer.members().collect();
    let replaced = |name: &str| nearer_members.iter().any(|(key, _)| key.is(name));
    let mut builder = ObjectBuilder::new();
    for (key, value) in own.members() {
        if !key.text().is_some_and(|name| replaced(&name)) {
            builder = builder.raw_member(key, value);
        }
    }
    for (key, value) in nearer_members {
        builder = builder.raw_member(key, value);
    }
    Some(builder.build())
}
