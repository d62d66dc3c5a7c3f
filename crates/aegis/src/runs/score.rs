//! What the metrics say of some rows: those that need no model are computed on blocking threads, models
//! are asked meanwhile.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use actix_web::web;
use chrono::{DateTime, Utc};
use evalstone_core::case::Case;
use evalstone_core::error::{Error, Result};
use evalstone_core::id::OrganizationId;
use evalstone_core::json::RawJson;
use evalstone_core::lens::Text;
use evalstone_core::lens::record::RecordReading;
use evalstone_core::scoring::{NewScore, OpenRow, Outcome, ScoredRow};
use evalstone_core::text::storable;
use evalstone_evals::judge::is_judge_metric;
use evalstone_evals::scoring::{Arguments, Cost, Failure, Row, Score};
use evalstone_evals::structural;
use futures_util::future::try_join_all;

use super::Runs;
use super::plan::{Part, Plan, PlannedMetric};

/// How many may compute at the same time.
pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// A row with the metrics that look at it.
pub struct Job {
    pub row: Row,
    /// None where the row belongs to no part of the plan.
    part: Option<Arc<Part>>,
}

impl Job {
    fn of(parts: &[Arc<Part>], open: &OpenRow) -> Self {
        let part = usize::try_from(open.part).ok().and_then(|part| parts.get(part));
        Self { row: values(&open.case), part: part.cloned() }
    }

    /// The metrics that look at the row.
    pub fn metrics(&self) -> &[PlannedMetric] {
        self.part.as_ref().map_or(&[], |part| &part.metrics)
    }
}

/// What a case has for each of a row's fields: the values themselves, not their texts (design §2.4).
fn values(case: &Case) -> Row {
    let RecordReading { prompt, input, context, output, golden_answer } = RecordReading::of(case);
    let value = |text: Option<Text<'_>>| text.map(|t| RawJson::trusted(t.json().to_owned()));
    Row {
        prompt: value(prompt),
        input: value(input),
        context: value(context),
        output: value(output),
        golden_answer: value(golden_answer),
    }
}

impl Runs {
    /// What the run's metrics say of these rows, in their order.
    pub(super) async fn score(
        &self,
        organization: OrganizationId,
        plan: &Plan,
        rows: Vec<OpenRow>,
    ) -> Result<Vec<ScoredRow>> {
        let parts: Vec<Arc<Part>> = plan.parts.iter().cloned().map(Arc::new).collect();
        let jobs: Arc<Vec<Job>> = Arc::new(rows.iter().map(|row| Job::of(&parts, row)).collect());
        let computed = self.compute(&jobs).await?;
        let mut judged = self.judge(organization, &jobs).await?.into_iter();
        let scored = rows.into_iter().zip(computed).map(|(row, computed)| {
            // What could not be computed is a model's to say; its words come in the same order.
            let said = computed.into_iter().map(|score| score.or_else(|| judged.next()));
            ScoredRow { row, evaluations: said.flatten().collect() }
        });
        Ok(scored.collect())
    }

    /// What metrics without a model say of each row; none where one with a model is wanted.
    async fn compute(&self, jobs: &Arc<Vec<Job>>) -> Result<Vec<Vec<Option<NewScore>>>> {
        let size = jobs.len().div_ceil(cores()).max(1);
        let parts = (0..jobs.len()).step_by(size).map(|from| {
            let jobs = Arc::clone(jobs);
            async move {
                let permit = self.cores.acquire().await.map_err(Error::fault)?;
                let computed = web::block(move || {
                    let until = jobs.len().min(from + size);
                    jobs[from..until].iter().map(computed).collect::<Vec<_>>()
                });
                let computed = computed.await.map_err(Error::fault)?;
                drop(permit);
                Ok::<_, Error>(computed)
            }
        });
        Ok(try_join_all(parts).await?.into_iter().flatten().collect())
    }
}

fn computed(job: &Job) -> Vec<Option<NewScore>> {
    let row = &job.row;
    let score = |metric: &PlannedMetric| {
        if is_judge_metric(&metric.name) {
            return None;
        }
        let started_at = Utc::now();
        let evaluate = structural::find(&metric.name);
        let outcome = match evaluate {
            None => {
                Err(Failure(format!("the metric {} is not served by this gateway", metric.name)))
            }
            Some(evaluate) => {
                let arguments = Arguments::of(metric.arguments.as_deref());
                // A metric that fails on one row must not take the others with it.
                catch_unwind(AssertUnwindSafe(|| evaluate(row, arguments)))
                    .unwrap_or_else(|_| Err(Failure("the metric cannot take this row".to_owned())))
            }
        };
        Some(new_score(metric, started_at, outcome, None))
    };
    job.metrics().iter().map(score).collect()
}

/// An evaluation that has just ended, and what was spent on it.
pub fn new_score(
    metric: &PlannedMetric,
    started_at: DateTime<Utc>,
    outcome: Result<Score, Failure>,
    cost: Option<Cost>,
) -> NewScore {
    let PlannedMetric { name, threshold, model, arguments, reasoning_level: _ } = metric;
    let cost = cost.map(|cost| i64::try_from(cost.0).unwrap_or(i64::MAX));
    let outcome = match outcome {
        Ok(Score { value, explanation, details, cost: _ }) => {
            Outcome::Scored { score: value, explanation: storable(explanation), details, cost }
        }
        Err(Failure(explanation)) => Outcome::Failed { explanation: storable(explanation), cost },
    };
    NewScore {
        metric: name.clone(),
        model: model.clone(),
        arguments: arguments.clone(),
        threshold: *threshold,
        outcome,
        started_at,
        finished_at: Utc::now(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_explanation_that_quotes_u0000_can_be_stored() {
        let metric = PlannedMetric {
            name: "exact_match".to_owned(),
            threshold: 100,
            model: "gpt-4o".to_owned(),
            arguments: None,
            reasoning_level: None,
        };
        let scored = Ok(Score::structural(0.0, "\"a\0\" is not \"a\""));
        for outcome in [scored, Err(Failure("\"a\0\" is not \"a\"".to_owned()))] {
            let ended = new_score(&metric, Utc::now(), outcome, None).outcome;
            let (Outcome::Scored { explanation, .. } | Outcome::Failed { explanation, .. }) = ended;
            assert_eq!(explanation, "\"a\u{2400}\" is not \"a\"");
        }
    }
}
