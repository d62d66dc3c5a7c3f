//! Working on scoring runs.

use std::time::Duration;

use chrono::{DateTime, Utc};
use evalstone_core::benchmark::{Lease, Runner};
use evalstone_core::error::Result;
use evalstone_core::id::{OrganizationId, RunId};
use evalstone_core::json::RawObject;
use evalstone_core::scoring::{ClaimedScoring, Judgement, MetricTotal, OpenRow, ScoredRow};
use uuid::Uuid;

use crate::{Backend, Store, postgres, sqlite};

/// How many bytes of payloads one piece of rows has, but for a single larger one.
const PIECE_BYTES: i64 = 4 * 1024 * 1024;

impl Store {
    /// Gives the oldest scoring run that waits to `worker`. This is a gateway's own chore: it works for
    /// all organizations. Where none waits, nothing is written.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn claim_next_scoring(
        &self,
        worker: Uuid,
        term: Duration,
    ) -> Result<Option<ClaimedScoring>> {
        let waiting = match &self.backend {
            Backend::Postgres(b) => {
                b.read(|c| postgres::queries::benchmarks::waiting_for(c, Runner::Scorer)).await
            }
            Backend::Sqlite(b) => {
                b.read(|c| sqlite::queries::benchmarks::waiting_for(c, Runner::Scorer)).await
            }
        }?;
        for (organization, id) in waiting {
            let claimed = self.claim_scoring(organization, id, worker, term).await?;
            if claimed.is_some() {
                return Ok(claimed);
            }
        }
        Ok(None)
    }

    /// Gives this scoring run to `worker`; none when somebody else works on it, or it has ended.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn claim_scoring(
        &self,
        organization: OrganizationId,
        id: RunId,
        worker: Uuid,
        term: Duration,
    ) -> Result<Option<ClaimedScoring>> {
        match &self.backend {
            Backend::Postgres(b) => {
                b.write(move |c| {
                    postgres::queries::scoring_work::claim(c, organization, id, worker, term)
                })
                .await
            }
            Backend::Sqlite(b) => {
                b.write(move |c| {
                    sqlite::queries::scoring_work::claim(c, organization, id, worker, term)
                })
                .await
            }
        }
    }

    /// The next rows that are to be scored after the one at the place `after`, in order: at most `limit`,
    /// and not many megabytes; empty at the end, none when the dataset or the lease is gone.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn open_rows(
        &self,
        lease: Lease,
        after: i64,
        limit: i64,
    ) -> Result<Option<Vec<OpenRow>>> {
        match &self.backend {
            Backend::Postgres(b) => {
                b.read(move |c| {
                    postgres::queries::scoring_work::open_rows(c, lease, after, limit, PIECE_BYTES)
                })
                .await
            }
            Backend::Sqlite(b) => {
                b.read(move |c| {
                    sqlite::queries::scoring_work::open_rows(c, lease, after, limit, PIECE_BYTES)
                })
                .await
            }
        }
    }

    /// The place of the last row that was scored; 0 when none was.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn last_scored(&self, lease: Lease) -> Result<i64> {
        match &self.backend {
            Backend::Postgres(b) => {
                b.read(move |c| postgres::queries::scoring_work::last_scored(c, lease)).await
            }
            Backend::Sqlite(b) => {
                b.read(move |c| sqlite::queries::scoring_work::last_scored(c, lease)).await
            }
        }
    }

    /// Stores what was said of rows, all or nothing, and renews the lease. How many evaluations there are
    /// now; none when the lease is lost. From `attempts` on it is counted how often somebody begins anew
    /// without scoring a row.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn report_scores(
        &self,
        lease: Lease,
        scored: Vec<ScoredRow>,
        attempts: i64,
    ) -> Result<Option<i64>> {
        match &self.backend {
            Backend::Postgres(b) => {
                b.write(move |c| {
                    postgres::queries::scoring_work::report(c, lease, &scored, attempts)
                })
                .await
            }
            Backend::Sqlite(b) => {
                b.write(move |c| sqlite::queries::scoring_work::report(c, lease, &scored, attempts))
                    .await
            }
        }
    }

    /// What the successful evaluations of a run add up to, by metric.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn score_totals(&self, lease: Lease) -> Result<Vec<MetricTotal>> {
        match &self.backend {
            Backend::Postgres(b) => {
                b.read(move |c| postgres::queries::scoring_work::totals(c, lease)).await
            }
            Backend::Sqlite(b) => {
                b.read(move |c| sqlite::queries::scoring_work::totals(c, lease)).await
            }
        }
    }

    /// Ends a scoring run with what came of it, and why it failed if it did; false when the lease is lost.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn end_scoring(
        &self,
        lease: Lease,
        summary: RawObject,
        failure: Option<String>,
    ) -> Result<bool> {
        match &self.backend {
            Backend::Postgres(b) => {
                b.write(move |c| {
                    postgres::queries::scoring_work::end(c, lease, &summary, failure.as_deref())
                })
                .await
            }
            Backend::Sqlite(b) => {
                b.write(move |c| {
                    sqlite::queries::scoring_work::end(c, lease, &summary, failure.as_deref())
                })
                .await
            }
        }
    }

    /// What models said of these questions before, in no order.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn judgements(
        &self,
        organization: OrganizationId,
        digests: Vec<Vec<u8>>,
    ) -> Result<Vec<Judgement>> {
        match &self.backend {
            Backend::Postgres(b) => {
                b.read(move |c| {
                    postgres::queries::scoring_work::judgements(c, organization, &digests)
                })
                .await
            }
            Backend::Sqlite(b) => {
                b.read(move |c| {
                    sqlite::queries::scoring_work::judgements(c, organization, &digests)
                })
                .await
            }
        }
    }

    /// Keeps what models said.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn keep_judgements(
        &self,
        organization: OrganizationId,
        new: Vec<Judgement>,
    ) -> Result<()> {
        match &self.backend {
            Backend::Postgres(b) => {
                b.write(move |c| {
                    postgres::queries::scoring_work::keep_judgements(c, organization, &new)
                })
                .await
            }
            Backend::Sqlite(b) => {
                b.write(move |c| {
                    sqlite::queries::scoring_work::keep_judgements(c, organization, &new)
                })
                .await
            }
        }
    }

    /// Forgets what models said before this time. Called now and then; it works for all organizations.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn forget_judgements(&self, before: DateTime<Utc>) -> Result<()> {
        let before = before.into();
        loop {
            let more = match &self.backend {
                Backend::Postgres(b) => {
                    b.write(move |c| postgres::queries::scoring_work::forget_judgements(c, before))
                        .await
                }
                Backend::Sqlite(b) => {
                    b.write(move |c| sqlite::queries::scoring_work::forget_judgements(c, before))
                        .await
                }
            }?;
            if !more {
                return Ok(());
            }
        }
    }
}
