//! The evaluations of a run, as they are moved from a server (contract §3.12, §3.15).

use std::sync::Arc;

use chrono::{DateTime, Utc};
use evalstone_core::error::{Error, Result};
use evalstone_core::json::{self, MAX_DEPTH, RawJson, View};
use evalstone_core::run_copy::{EvaluationCopy, RowCopy, RunCopy, RunPart};
use evalstone_evals::scoring::Cost;
use evalstone_kit::remote::Walk;
use evalstone_kit::remote::answer::Answer;
use evalstone_kit::remote::elements::Wanted;
use evalstone_kit::remote::runs::{FetchedPart, RemoteRun};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::Aegis;
use super::rows::Rows;
use super::runs::{EVALUATIONS, run_path};
use crate::runs::plan::{Plan, PlannedMetric};
use crate::runs::storable;
use crate::wire::request::RowBody;

/// An evaluation of an answer, with the row that it is of.
#[derive(Clone, Debug)]
pub struct Judged {
    /// The row.
    pub row: RowBody,
    /// The metric. Its model is empty where none is named.
    pub metric: PlannedMetric,
    /// The score, if the row could be scored.
    pub score: Option<f64>,
    /// Whether that is enough, where it is told.
    pub passed: Option<bool>,
    /// Why it is that, or why there is none.
    pub explanation: String,
    /// What else is known.
    pub details: Option<RawJson>,
    /// What it cost, in millionths of a millionth of a unit.
    pub cost: Option<i64>,
    /// When it was begun.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
}

impl Judged {
    /// The evaluation that a text is.
    ///
    /// # Errors
    /// Invalid when it is none, or lacks its metric, its threshold, or the score of a success.
    pub fn read(text: &str) -> Result<Self> {
        // A field of the row may be as deep as that.
        let view = View::parse(text, MAX_DEPTH + 1)
            .map_err(|fault| Error::invalid(format!("it is no JSON: {fault}")))?;
        let answer = Answer::of(view)?;
        let lacks = |name: &str| Error::invalid(format!("it has no {name}"));
        let metric = PlannedMetric {
            name: answer.plain("metric_shortname")?.ok_or_else(|| lacks("metric_shortname"))?,
            threshold: answer.count("threshold")?.ok_or_else(|| lacks("threshold"))?,
            model: answer.plain("model_slug")?.unwrap_or_default(),
            arguments: answer.object("metric_args")?.map(Arc::new),
            reasoning_level: None,
        };
        let score = match answer.flag("is_success") {
            true => Some(number(answer, "result")?.ok_or_else(|| lacks("result"))?),
            false => None,
        };
        Ok(Self {
            row: RowBody::shown(view),
            metric,
            score,
            passed: answer.get("is_gte_threshold").and_then(View::as_bool),
            explanation: storable(answer.nullable_text("explanation")?.unwrap_or_default()),
            details: answer.object("eval_metadata")?.map(Into::into),
            cost: answer.get("evaluation_cost").map(cost).transpose()?,
            started_at: answer.nullable_time("started_at")?,
            finished_at: answer.nullable_time("finished_at")?,
        })
    }

    /// The evaluation as one of the row at this place. A model that is not named is the run's, and a time
    /// that is not told is the one beside it, or else the run's.
    fn into_copy(self, row: i64, run: &RunCopy, model: &str) -> EvaluationCopy {
        let Self {
            row: _,
            metric,
            score,
            passed,
            explanation,
            details,
            cost,
            started_at,
            finished_at,
        } = self;
        let PlannedMetric { name, threshold, model: named, arguments, reasoning_level: _ } = metric;
        let told = finished_at.or(started_at).or(run.finished_at);
        let finished_at = told.unwrap_or(run.created_at);
        let (explanation, error) =
            if score.is_some() { (Some(explanation), None) } else { (None, Some(explanation)) };
        EvaluationCopy {
            row: Some(row),
            position: None,
            scorer: None,
            name,
            stage: None,
            inputs: None,
            output: None,
            expected: None,
            metadata: None,
            error,
            trace: None,
            span: None,
            decision: None,
            rule_hits: None,
            score,
            passed,
            latency_ms: None,
            threshold: Some(threshold),
            model: Some(if named.is_empty() { model.to_owned() } else { named }),
            arguments: arguments.map(Arc::unwrap_or_clone),
            explanation,
            details,
            cost,
            started_at: started_at.unwrap_or(finished_at),
            finished_at,
            reported_at: None,
        }
    }
}

/// A number, or none.
///
/// # Errors
/// Invalid when it is something else, or has no place on a scale.
pub fn number(answer: Answer<'_>, name: &str) -> Result<Option<f64>> {
    let read = |value: View<'_>| value.raw().parse().ok().filter(|number: &f64| number.is_finite());
    let read = |value| read(value).ok_or_else(|| Error::invalid(format!("{name} is no number")));
    answer.get(name).map(read).transpose()
}

/// What an evaluation cost: a text with a decimal number, or, as in the vendor's older answers, a number.
fn cost(value: View<'_>) -> Result<i64> {
    let text = match value.kind() {
        json::Kind::Number => Some(value.raw().into()),
        _ => value.as_text(),
    };
    let cost = text.and_then(|text| text.parse().ok());
    cost.and_then(|Cost(cost)| i64::try_from(cost).ok())
        .ok_or_else(|| Error::invalid("evaluation_cost is no amount of money"))
}

impl Aegis {
    /// The evaluations of a run's answer, read one by one.
    fn judged<'a>(&'a self, run: &'a RemoteRun) -> Walk<'a, Judged> {
        let mut place = 0;
        let elements = self.client.elements(run_path(&run.id), Wanted::list(EVALUATIONS));
        elements
            .map(move |piece| {
                let read = |text: &str| {
                    place += 1;
                    Judged::read(text).map_err(|error| unreadable(place, &run.id, &error))
                };
                let mut read = read;
                piece?.into_iter().map(|element| read(&element.text)).collect()
            })
            .boxed_local()
    }

    /// The rows of a run.
    pub(super) fn rows<'a>(&'a self, run: &'a RemoteRun) -> Walk<'a, FetchedPart> {
        let state = (self.judged(run), Some(Rows::default()));
        stream::try_unfold(state, |(mut judged, rows)| async move {
            let Some(mut rows) = rows else { return Ok(None) };
            let part = |row: RowCopy| FetchedPart { case: None, part: RunPart::Row(row) };
            let (ended, rows) = match judged.try_next().await? {
                Some(piece) => {
                    let ended = piece.iter().filter_map(|judged| rows.take(judged)).map(part);
                    (ended.collect::<Vec<_>>(), Some(rows))
                }
                None => (rows.end().map(part).into_iter().collect(), None),
            };
            Ok(Some((ended, (judged, rows))))
        })
        .boxed_local()
    }

    /// The evaluations of a run, with the places of their rows. The answer is read once more for them: it
    /// may be longer than memory, and all rows come before.
    pub(super) fn evaluations<'a>(&'a self, run: &'a RemoteRun) -> Walk<'a, FetchedPart> {
        let plan = run.run.settings.as_ref().and_then(|kept| Plan::of_settings(kept).ok());
        let model = plan.map(|plan| plan.model).unwrap_or_default();
        let mut rows = Rows::default();
        self.judged(run)
            .map_ok(move |piece| {
                let part = |judged: Judged| {
                    rows.take(&judged);
                    let copy = judged.into_copy(rows.position(), &run.run, &model);
                    FetchedPart { case: None, part: RunPart::Evaluation(Box::new(copy)) }
                };
                piece.into_iter().map(part).collect()
            })
            .boxed_local()
    }
}

/// What is wrong with the evaluation at this place of a run.
pub fn unreadable(place: u64, run: &str, error: &Error) -> Error {
    Error::invalid(format!("evaluation {place} of run {run}: {}", error.message()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_that_an_evaluation_says() {
        let failed = Judged::read(r#"{"metric_shortname":"bleu","threshold":70}"#).expect("read");
        assert_eq!((failed.score, failed.passed, failed.cost), (None, None, None));
        assert!(failed.row == RowBody::default() && failed.metric.model.is_empty());
        let scored = r#"{"metric_shortname":"bleu","threshold":70,"is_success":true,"result":7e1,"explanation":"\u0000","is_gte_threshold":true,"evaluation_cost":0.5}"#;
        let scored = Judged::read(scored).expect("read");
        assert_eq!((scored.score, scored.passed), (Some(70.0), Some(true)));
        assert_eq!((scored.cost, scored.explanation.as_str()), (Some(500_000_000_000), "\u{2400}"));
    }

    #[test]
    fn what_cannot_be_read_of_an_evaluation() {
        let with = |rest: &str| format!("{{\"metric_shortname\":\"a\",\"threshold\":1{rest}}}");
        for (text, why) in [
            ("5".to_owned(), "an object was expected"),
            (r#"{"threshold":1}"#.to_owned(), "it has no metric_shortname"),
            (r#"{"metric_shortname":"a"}"#.to_owned(), "it has no threshold"),
            (with(r#","is_success":true"#), "it has no result"),
            (with(r#","is_success":true,"result":"1""#), "result is no number"),
            (with(r#","is_success":true,"result":1e999"#), "result is no number"),
            (with(r#","evaluation_cost":"-1""#), "evaluation_cost is no amount of money"),
            (with(r#","evaluation_cost":"9999999999""#), "evaluation_cost is no amount of money"),
            (with(r#","metric_args":[]"#), "metric_args"),
            (with(r#","eval_metadata":"x""#), "eval_metadata"),
            (with(r#","finished_at":"soon""#), "finished_at"),
        ] {
            let told = Judged::read(&text).expect_err(&text).message().to_owned();
            assert!(told.contains(why), "{text}: {told}");
        }
    }
}
