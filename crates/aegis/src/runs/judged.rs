//! What models say of rows. A question that was answered before is not asked again, unless the cache is
//! switched off: what is kept of it is keyed by everything that the answer depends on.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use evalstone_core::error::Result;
use evalstone_core::id::OrganizationId;
use evalstone_core::json::{RawJson, canonical};
use evalstone_core::scoring::{Judgement, NewScore};
use evalstone_evals::judge::{REVISION, is_judge_metric};
use evalstone_evals::scoring::{Arguments, Cost, Failure, Row, Score};
use futures_util::{StreamExt as _, stream};
use sha2::{Digest as _, Sha256};

use super::Runs;
use super::plan::PlannedMetric;
use super::score::{Job, new_score};

/// A question to a model.
struct Question<'a> {
    /// Its place among the questions.
    place: usize,
    metric: &'a PlannedMetric,
    row: &'a Row,
    digest: [u8; 32],
}

/// What a model said to a question, and what that cost.
struct Answer {
    started_at: DateTime<Utc>,
    outcome: Result<Score, Failure>,
    cost: Option<Cost>,
}

/// What was said before, and paid for then.
fn remembered(metric: &PlannedMetric, judgement: &Judgement) -> NewScore {
    let Judgement { digest: _, score, explanation, details } = judgement;
    let (explanation, details) = (explanation.clone(), details.clone());
    let score = Score { value: *score, explanation, details, cost: None };
    new_score(metric, Utc::now(), Ok(score), Some(Cost(0)))
}

/// What was said now; only one of those who asked the same pays for it.
fn told(metric: &PlannedMetric, pays: bool, answer: Option<&Answer>) -> NewScore {
    let Some(Answer { started_at, outcome, cost }) = answer else {
        let lost = Failure("the question was not asked".to_owned());
        return new_score(metric, Utc::now(), Err(lost), None);
    };
    let cost = if pays { *cost } else { cost.map(|_| Cost(0)) };
    new_score(metric, *started_at, outcome.clone(), cost)
}

impl Runs {
    /// What models say of these rows: for each row, in order, of each metric that needs one, in order.
    pub(super) async fn judge(
        &self,
        organization: OrganizationId,
        jobs: &[Job],
    ) -> Result<Vec<NewScore>> {
        let questions: Vec<Question<'_>> = jobs
            .iter()
            .flat_map(|job| job.metrics().iter().map(move |metric| (metric, &job.row)))
            .filter(|(metric, _)| is_judge_metric(&metric.name))
            .enumerate()
            .map(|(place, (metric, row))| Question {
                place,
                metric,
                row,
                digest: self.digest(metric, row),
            })
            .collect();
        if questions.is_empty() {
            return Ok(Vec::new());
        }
        let known = self.known(organization, &questions).await?;
        let asked = self.unique(&questions, &known);
        let parallel = self.settings.parallel.max(1) as usize;
        let answers = asked.iter().map(|question| self.ask(organization, question));
        let answers: Vec<Answer> = stream::iter(answers).buffered(parallel).collect().await;
        let answers: HashMap<usize, Answer> =
            asked.iter().map(|question| question.place).zip(answers).collect();
        let first: HashMap<[u8; 32], usize> =
            asked.iter().map(|question| (question.digest, question.place)).collect();
        let scores = questions.iter().map(|question| match known.get(&question.digest) {
            Some(judgement) => remembered(question.metric, judgement),
            None => {
                // Without the cache every question is its own first.
                let place =
                    if self.settings.cache { first[&question.digest] } else { question.place };
                told(question.metric, place == question.place, answers.get(&place))
            }
        });
        Ok(scores.collect())
    }

    /// The questions that are to be asked: each once, unless nothing is to be remembered.
    fn unique<'q, 'a>(
        &self,
        questions: &'q [Question<'a>],
        known: &HashMap<[u8; 32], Judgement>,
    ) -> Vec<&'q Question<'a>> {
        let mut seen = HashSet::new();
        let open = questions.iter().filter(|question| !known.contains_key(&question.digest));
        open.filter(|question| !self.settings.cache || seen.insert(question.digest)).collect()
    }

    /// Asks, and keeps what was answered at once: it was paid for.
    async fn ask(&self, organization: OrganizationId, question: &Question<'_>) -> Answer {
        let Question { metric, row, digest, place: _ } = question;
        let started_at = Utc::now();
        let arguments = Arguments::of(metric.arguments.as_deref());
        let judged = self.judges.judge(&metric.name, &metric.model, row, arguments).await;
        if let Ok(score) = &judged.outcome
            && self.settings.cache
        {
            let kept = Judgement {
                digest: *digest,
                score: score.value,
                explanation: score.explanation.clone(),
                details: score.details.clone(),
            };
            if let Err(error) = self.store.keep_judgements(organization, vec![kept]).await {
                evalstone_kit::errors::log(&error);
            }
        }
        // Where nothing was asked, nothing was spent.
        let cost = (judged.outcome.is_ok() || judged.cost > Cost(0)).then_some(judged.cost);
        Answer { started_at, outcome: judged.outcome, cost }
    }

    /// What is known of these questions.
    async fn known(
        &self,
        organization: OrganizationId,
        questions: &[Question<'_>],
    ) -> Result<HashMap<[u8; 32], Judgement>> {
        if !self.settings.cache {
            return Ok(HashMap::new());
        }
        let digests = questions.iter().map(|question| question.digest.to_vec()).collect();
        let known = self.store.judgements(organization, digests).await?;
        Ok(known.into_iter().map(|judgement| (judgement.digest, judgement)).collect())
    }

    /// The digest of everything that an answer depends on.
    fn digest(&self, metric: &PlannedMetric, row: &Row) -> [u8; 32] {
        let PlannedMetric { name, threshold: _, model, arguments, reasoning_level: _ } = metric;
        let Row { prompt, input, context, output, golden_answer } = row;
        let mut hash = Sha256::new();
        let mut add = |part: Option<&[u8]>| {
            // Lengths keep parts apart, and nothing apart from an empty text.
            hash.update(part.map_or(u64::MAX, |part| part.len() as u64).to_be_bytes());
            hash.update(part.unwrap_or_default());
        };
        add(Some(&REVISION.to_be_bytes()));
        add(Some(name.as_bytes()));
        add(Some(model.as_bytes()));
        add(self.endpoints.get(model).map(String::as_bytes));
        let arguments = arguments.as_ref().map(|given| canonical(given.view()));
        add(arguments.as_deref().map(str::as_bytes));
        for value in [prompt, input, context, output, golden_answer] {
            let value = value.as_ref().map(|value| canonical(RawJson::view(value)));
            add(value.as_deref().map(str::as_bytes));
        }
        hash.finalize().into()
    }
}
