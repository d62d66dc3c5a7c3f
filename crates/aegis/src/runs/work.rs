//! A run's rows are scored piece by piece until none is left.

use std::time::Duration;

use chrono::Utc;
use evalstone_core::benchmark::Lease;
use evalstone_core::error::{Error, Result};
use evalstone_core::scoring::{ClaimedScoring, NewScore, OpenRow, Outcome, ScoredRow};
use evalstone_evals::judge::is_judge_metric;

use super::Runs;
use super::plan::Plan;
use super::summary::Summary;

/// How long a gateway may be silent before another takes its runs over; it tells that it is at work
/// several times in between.
pub const TERM: Duration = Duration::from_secs(20);
const RENEW: Duration = Duration::from_secs(5);

/// How many rows are scored before what was said of them is stored: a gateway that is killed loses no
/// more work than that. Where models are asked, which takes long and costs, they are fewer.
const PIECE: i64 = 500;
const JUDGED_PIECE: i64 = 16;

/// After so many beginnings without a single scored row, rows are scored one by one: one of them may be
/// what brings gateways down.
const CAREFUL_AFTER: i64 = 3;
/// After so many the next row is such a one, and is passed over.
const HOPELESS_AFTER: i64 = 5;

/// Why working on a run stops before its end.
enum Stop {
    /// Somebody else works on it now, or it was removed.
    Lost,
    /// It is given up.
    GivenUp(String),
    /// The database failed; another will go on when the lease has lapsed.
    Fault(Error),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Fault(error)
    }
}

impl Runs {
    /// Scores what is left of a claimed run and ends it.
    pub(super) async fn carry_out(&self, claimed: ClaimedScoring) -> Result<()> {
        let ClaimedScoring { lease, threshold, settings, attempts } = claimed;
        let plan = Plan::of_settings(&settings)?;
        let threshold = threshold.unwrap_or_else(|| plan.mean_threshold());
        let failure = match self.kept(lease, self.score_all(lease, &plan, attempts)).await {
            Ok(()) => None,
            Err(Stop::GivenUp(why)) => {
                tracing::warn!(run = %lease.run, why, "a run was given up");
                Some(why)
            }
            Err(Stop::Lost) => {
                tracing::info!(run = %lease.run, "another works on a run, or it is gone");
                return Ok(());
            }
            Err(Stop::Fault(error)) => return Err(error),
        };
        let totals = self.store.score_totals(lease).await?;
        let mut summary = Summary::of(&plan, threshold, &totals);
        // What was not evaluated to its end has not passed, whatever the first rows were like.
        summary.is_gte_threshold &= failure.is_none();
        if self.store.end_scoring(lease, summary.to_json(), failure).await? {
            tracing::info!(run = %lease.run, "a run has ended");
        }
        Ok(())
    }

    /// Tells again and again that the lease's holder is at work, until the work is done.
    async fn kept<T>(
        &self,
        lease: Lease,
        work: impl Future<Output = Result<T, Stop>>,
    ) -> Result<T, Stop> {
        let mut work = std::pin::pin!(work);
        loop {
            tokio::select! {
                done = &mut work => return done,
                () = tokio::time::sleep(RENEW) => {
                    if !self.store.renew_lease(lease).await? {
                        return Err(Stop::Lost);
                    }
                }
            }
        }
    }

    async fn score_all(&self, lease: Lease, plan: &Plan, attempts: i64) -> Result<(), Stop> {
        let judged = plan.metrics().any(|metric| is_judge_metric(&metric.name));
        let piece = match judged {
            _ if attempts > CAREFUL_AFTER => 1,
            true => JUDGED_PIECE,
            false => PIECE,
        };
        let mut after = self.store.last_scored(lease).await?;
        if attempts > HOPELESS_AFTER {
            after = self.pass_over(lease, plan, after).await?;
        }
        loop {
            let rows = self.rows(lease, after, piece).await?;
            let Some(last) = rows.last() else {
                return Ok(());
            };
            after = last.position;
            let scored = self.score(lease.organization, plan, rows).await?;
            self.store.report_scores(lease, scored).await?.ok_or(Stop::Lost)?;
        }
    }

    /// Stores of the next row that it cannot be scored; its place.
    async fn pass_over(&self, lease: Lease, plan: &Plan, after: i64) -> Result<i64, Stop> {
        let mut rows = self.rows(lease, after, 1).await?;
        let Some(row) = rows.pop() else {
            return Ok(after);
        };
        let explanation = format!(
            "{HOPELESS_AFTER} times in a row the gateway stopped while this row was scored; it is \
             passed over"
        );
        let place = row.position;
        let scored = failed(plan, row, &explanation);
        self.store.report_scores(lease, vec![scored]).await?.ok_or(Stop::Lost)?;
        Ok(place)
    }

    async fn rows(&self, lease: Lease, after: i64, limit: i64) -> Result<Vec<OpenRow>, Stop> {
        if let Some(rows) = self.store.open_rows(lease, after, limit).await? {
            return Ok(rows);
        }
        if self.store.renew_lease(lease).await? {
            return Err(Stop::GivenUp("the dataset was deleted while it was scored".to_owned()));
        }
        Err(Stop::Lost)
    }
}

/// A row of which all metrics say the same.
fn failed(plan: &Plan, row: OpenRow, explanation: &str) -> ScoredRow {
    let metrics = usize::try_from(row.part).ok().and_then(|part| plan.parts.get(part));
    let now = Utc::now();
    let evaluations = metrics.into_iter().flat_map(|part| &part.metrics).map(|metric| NewScore {
        metric: metric.name.clone(),
        model: metric.model.clone(),
        arguments: metric.arguments.clone(),
        threshold: metric.threshold,
        outcome: Outcome::Failed { explanation: explanation.to_owned(), cost: None },
        started_at: now,
        finished_at: now,
    });
    let evaluations = evaluations.collect();
    ScoredRow { row, evaluations }
}
