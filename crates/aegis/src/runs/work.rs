//! A run's rows are scored piece by piece until none is left.

use std::time::Duration;

use chrono::Utc;
use evalstone_core::benchmark::Lease;
use evalstone_core::error::{Error, Result};
use evalstone_core::json::RawObject;
use evalstone_core::scoring::{ClaimedScoring, NewScore, OpenRow, Outcome, ScoredRow};
use evalstone_evals::judge::is_judge_metric;

use super::Runs;
use super::plan::{Part, Plan};
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
/// How many rows are passed over before the run is given up: it costs gateways their lives.
const MOST_PASSED_OVER: i64 = 3;
/// How a run's attempts count a row that was passed over, beside the beginnings since the last scored row.
const PASSED_OVER: i64 = 100;

/// How many evaluations a piece comes to at the most, and how many bytes of arguments they have, but for
/// a single row's.
const PIECE_EVALUATIONS: usize = 5_000;
const PIECE_ARGUMENT_BYTES: usize = 16 << 20;

/// How often in a row a sign of life may fail before the work is left to somebody else: all within the
/// lease's term.
const MOST_SILENCES: u32 = 3;

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
        let plan = match Plan::of_settings(&settings) {
            Ok(plan) => plan,
            Err(error) => {
                // Nobody else could read it either.
                self.store.end_scoring(lease, RawObject::empty(), Some(error.to_string())).await?;
                return Err(error);
            }
        };
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
        let mut silences = 0;
        loop {
            tokio::select! {
                done = &mut work => return done,
                () = tokio::time::sleep(RENEW) => match self.store.renew_lease(lease).await {
                    Ok(true) => silences = 0,
                    Ok(false) => return Err(Stop::Lost),
                    Err(error) => {
                        silences += 1;
                        if silences == MOST_SILENCES {
                            return Err(error.into());
                        }
                    }
                },
            }
        }
    }

    async fn score_all(&self, lease: Lease, plan: &Plan, attempts: i64) -> Result<(), Stop> {
        let (mut passed_over, tries) = (attempts / PASSED_OVER, attempts % PASSED_OVER);
        let careful = tries > CAREFUL_AFTER || passed_over > 0;
        let piece = if careful { 1 } else { piece(plan) };
        let mut after = self.store.last_scored(lease).await?;
        if tries > HOPELESS_AFTER {
            if passed_over == MOST_PASSED_OVER {
                let text =
                    format!("{MOST_PASSED_OVER} of its rows and one more stopped the gateway");
                return Err(Stop::GivenUp(text));
            }
            passed_over += 1;
            after = self.pass_over(lease, plan, after, passed_over).await?;
        }
        // Who had to be careful stays so, also when another row stops the gateway.
        let counted = passed_over * PASSED_OVER + if careful { CAREFUL_AFTER } else { 0 };
        loop {
            let rows = self.rows(lease, after, piece).await?;
            let Some(last) = rows.last() else {
                return Ok(());
            };
            after = last.position;
            let scored = self.score(lease.organization, plan, rows).await?;
            self.store.report_scores(lease, scored, counted).await?.ok_or(Stop::Lost)?;
        }
    }

    /// Stores of the next row that it cannot be scored; its place.
    async fn pass_over(
        &self,
        lease: Lease,
        plan: &Plan,
        after: i64,
        passed_over: i64,
    ) -> Result<i64, Stop> {
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
        let counted = passed_over * PASSED_OVER + CAREFUL_AFTER;
        self.store.report_scores(lease, vec![scored], counted).await?.ok_or(Stop::Lost)?;
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

/// How many rows are scored at a time.
fn piece(plan: &Plan) -> i64 {
    let judged = plan.metrics().any(|metric| is_judge_metric(&metric.name));
    let most = if judged { JUDGED_PIECE } else { PIECE };
    let evaluations = plan.parts.iter().map(|part| part.metrics.len()).max().unwrap_or(0);
    let bytes = plan.parts.iter().map(Part::argument_bytes).max().unwrap_or(0);
    let fitting = (PIECE_EVALUATIONS / evaluations.max(1)).min(PIECE_ARGUMENT_BYTES / bytes.max(1));
    most.min(i64::try_from(fitting).unwrap_or(most)).max(1)
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
