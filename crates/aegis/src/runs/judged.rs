//! What models say of rows. A question that was answered before is not asked again, unless the cache is
//! switched off: what is kept of it is keyed by everything that the answer depends on.

use std::collections::HashMap;

use chrono::Utc;
use evalstone_core::error::Result;
use evalstone_core::id::OrganizationId;
use evalstone_core::json::{RawJson, RawObject, canonical};
use evalstone_core::scoring::{Judgement, NewScore, Outcome};
use evalstone_evals::judge::is_judge_metric;
use evalstone_evals::scoring::{Arguments, Row, Score};
use futures_util::{StreamExt as _, stream};
use sha2::{Digest as _, Sha256};

use super::Runs;
use super::plan::PlannedMetric;
use super::score::{Job, new_score};

/// A question to a model.
struct Question<'a> {
    metric: &'a PlannedMetric,
    row: &'a Row,
    digest: [u8; 32],
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
            .flat_map(|job| job.metrics.iter().map(move |metric| (metric, &job.row)))
            .filter(|(metric, _)| is_judge_metric(&metric.name))
            .map(|(metric, row)| Question { metric, row, digest: self.digest(metric, row) })
            .collect();
        if questions.is_empty() {
            return Ok(Vec::new());
        }
        let known = self.known(organization, &questions).await?;
        let parallel = self.settings.parallel.max(1) as usize;
        let answers = questions.iter().map(|question| self.answer(question, &known));
        let scores: Vec<NewScore> = stream::iter(answers).buffered(parallel).collect().await;
        self.keep(organization, &questions, &known, &scores).await?;
        Ok(scores)
    }

    async fn answer(
        &self,
        question: &Question<'_>,
        known: &HashMap<[u8; 32], Judgement>,
    ) -> NewScore {
        let Question { metric, row, digest } = question;
        let started_at = Utc::now();
        if let Some(Judgement { digest: _, score, explanation, details }) = known.get(digest) {
            let score = Score {
                value: *score,
                explanation: explanation.clone(),
                details: details.clone(),
                cost: None,
            };
            // It was paid for before.
            return new_score(metric, started_at, Ok((score, Some(0))));
        }
        let arguments = Arguments::of(metric.arguments.as_ref());
        let outcome = self.judges.evaluate(&metric.name, &metric.model, row, arguments).await;
        new_score(metric, started_at, outcome.map(|score| (score, None)))
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

    /// Keeps what was not known.
    async fn keep(
        &self,
        organization: OrganizationId,
        questions: &[Question<'_>],
        known: &HashMap<[u8; 32], Judgement>,
        scores: &[NewScore],
    ) -> Result<()> {
        if !self.settings.cache {
            return Ok(());
        }
        let new = questions.iter().zip(scores).filter_map(|(question, score)| {
            let Outcome::Scored { score, explanation, details, cost: _ } = &score.outcome else {
                return None;
            };
            (!known.contains_key(&question.digest)).then(|| Judgement {
                digest: question.digest,
                score: *score,
                explanation: explanation.clone(),
                details: details.clone(),
            })
        });
        let new: Vec<Judgement> = new.collect();
        if new.is_empty() {
            return Ok(());
        }
        self.store.keep_judgements(organization, new).await
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
        add(Some(name.as_bytes()));
        add(Some(model.as_bytes()));
        add(self.endpoints.get(model).map(String::as_bytes));
        let arguments = arguments.as_ref().map(|given| canonical(RawObject::view(given)));
        add(arguments.as_deref().map(str::as_bytes));
        for value in [prompt, input, context, output, golden_answer] {
            let value = value.as_ref().map(|value| canonical(RawJson::view(value)));
            add(value.as_deref().map(str::as_bytes));
        }
        hash.finalize().into()
    }
}
