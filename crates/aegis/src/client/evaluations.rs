//! The evaluations of a run, as they are moved from a server (contract §3.12, §3.15).

use std::sync::Arc;

use chrono::{DateTime, Utc};
use evalstone_core::error::{Error, Result};
use evalstone_core::json::{MAX_DEPTH, RawJson, View};
use evalstone_core::run_copy::{EvaluationCopy, RowCopy, RunCopy, RunPart};
use evalstone_core::text::storable;
use evalstone_kit::remote::Walk;
use evalstone_kit::remote::answer::Answer;
use evalstone_kit::remote::elements::Wanted;
use evalstone_kit::remote::runs::{FetchedPart, RemoteRun};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::Aegis;
use super::rows::Rows;
use super::runs::{EVALUATIONS, run_path};
use super::values::{cost, count, number, time, truth};
use crate::runs::plan::{Plan, PlannedMetric};
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
    /// Whether it is still to come. It tells what its row is, and of the run what is to be done.
    pub is_pending: bool,
    /// Whether the score is enough, as it is told or else by the threshold.
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
    /// Invalid when it is none, lacks its metric, its threshold, or the score of a success, or a member is not
    /// what it should be.
    pub fn read(text: &str) -> Result<Self> {
        // A field of the row may be as deep as that.
        let view = View::parse(text, MAX_DEPTH + 1)
            .map_err(|fault| Error::invalid(format!("it is no JSON: {fault}")))?;
        let answer = Answer::of(view)?;
        let lacks = |name: &str| Error::invalid(format!("it has no {name}"));
        let metric = PlannedMetric {
            name: answer.plain("metric_shortname")?.ok_or_else(|| lacks("metric_shortname"))?,
            threshold: count(answer, "threshold")?.ok_or_else(|| lacks("threshold"))?,
            model: answer.plain("model_slug")?.unwrap_or_default(),
            arguments: answer.object("metric_args")?.map(Arc::new),
            reasoning_level: None,
        };
        let result = number(answer, "result")?;
        let is_success = truth(answer, "is_success")?;
        let score = match is_success {
            Some(true) => Some(result.ok_or_else(|| lacks("result"))?),
            // It has been scored, whether that is told or not.
            None => result,
            Some(false) => None,
        };
        let finished_at = time(answer, "finished_at")?;
        let enough = score.map(|score| score >= metric.threshold as f64);
        Ok(Self {
            row: RowBody::shown(view),
            metric,
            score,
            is_pending: is_success.is_none() && score.is_none() && finished_at.is_none(),
            passed: truth(answer, "is_gte_threshold")?.or(enough),
            explanation: answer.get("explanation").map(explanation).unwrap_or_default(),
            details: answer.object("eval_metadata")?.map(Into::into),
            cost: cost(answer, "evaluation_cost")?,
            started_at: time(answer, "started_at")?,
            finished_at,
        })
    }

    /// The evaluation as one of the row at this place. A model that is not named is the run's, and a time
    /// that is not told is the one beside it, or else the run's.
    fn into_copy(self, row: i64, run: &RunCopy, model: &str) -> EvaluationCopy {
        let Self {
            row: _,
            metric,
            score,
            is_pending: _,
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

/// An explanation. One that is no text, or none of Unicode's, is its JSON: it is kept for people to read.
fn explanation(told: View<'_>) -> String {
    storable(told.as_text().unwrap_or_else(|| told.raw().into()).into_owned())
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
                    if judged.is_pending {
                        return None;
                    }
                    let copy = judged.into_copy(rows.position(), &run.run, &model);
                    Some(FetchedPart { case: None, part: RunPart::Evaluation(Box::new(copy)) })
                };
                piece.into_iter().filter_map(part).collect()
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
        let pending = Judged::read(r#"{"metric_shortname":"bleu","threshold":70}"#).expect("read");
        assert!(pending.is_pending);
        assert_eq!((pending.score, pending.passed, pending.cost), (None, None, None));
        assert!(pending.row == RowBody::default() && pending.metric.model.is_empty());
        let scored = r#"{"metric_shortname":"bleu","threshold":70,"is_success":true,"result":7e1,"explanation":"\u0000","is_gte_threshold":true,"evaluation_cost":0.5}"#;
        let scored = Judged::read(scored).expect("read");
        assert_eq!((scored.score, scored.passed), (Some(70.0), Some(true)));
        assert_eq!((scored.cost, scored.explanation.as_str()), (Some(500_000_000_000), "\u{2400}"));
    }

    #[test]
    fn what_has_a_score_is_scored_unless_it_has_failed() {
        let told = |rest: &str| {
            let text = format!("{{\"metric_shortname\":\"a\",\"threshold\":70.0,{rest}}}");
            let judged = Judged::read(&text).expect(&text);
            (judged.is_pending, judged.score, judged.passed)
        };
        assert_eq!(told(r#""is_success":null,"result":70"#), (false, Some(70.0), Some(true)));
        assert_eq!(told(r#""is_success":true,"result":69.9"#), (false, Some(69.9), Some(false)));
        let strict = r#""is_success":true,"result":80,"is_gte_threshold":false"#;
        assert_eq!(told(strict), (false, Some(80.0), Some(false)));
        assert_eq!(told(r#""is_success":false,"result":80"#), (false, None, None));
        assert_eq!(told(r#""finished_at":"2026-04-01T09:15:02""#), (false, None, None));
    }

    #[test]
    fn an_explanation_is_read_whole() {
        for (json, told) in [
            ("null", ""),
            (r#""a\u0000b""#, "a\u{2400}b"),
            (r#"{ "why" : ["x", 1.0] }"#, r#"{ "why" : ["x", 1.0] }"#),
            (r#""half \ud800""#, r#""half \ud800""#),
        ] {
            let text = format!(
                "{{\"metric_shortname\":\"a\",\"threshold\":1,\"is_success\":false,\
                 \"explanation\":{json}}}"
            );
            assert_eq!(Judged::read(&text).expect(json).explanation, told);
        }
    }

    #[test]
    fn what_cannot_be_read_of_an_evaluation() {
        let with = |rest: &str| format!("{{\"metric_shortname\":\"a\",\"threshold\":1{rest}}}");
        for (text, why) in [
            ("5".to_owned(), "an object was expected"),
            (r#"{"threshold":1}"#.to_owned(), "it has no metric_shortname"),
            (r#"{"metric_shortname":"a"}"#.to_owned(), "it has no threshold"),
            (with(r#","is_success":true"#), "it has no result"),
            (with(r#","is_success":"yes""#), "is_success is no truth value"),
            (with(r#","is_gte_threshold":1"#), "is_gte_threshold is no truth value"),
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
