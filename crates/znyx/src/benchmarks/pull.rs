//! A runtime asks for work, evaluates by itself and reports (contract §5.6 B).

use std::collections::HashSet;

use evalstone_core::benchmark::{Claimed, Lease, Reported, Runner};
use evalstone_core::caller::Caller;
use evalstone_core::dataset::{StoredCase, Window};
use evalstone_core::error::{Error, Result};
use evalstone_core::id::{CaseId, DatasetId, RunId};
use evalstone_core::run::RunStatus;
use evalstone_store::cases::CasePages;

use super::{Benchmarks, HOOKS};
use crate::wire::worker::Report;

/// How often a benchmark is begun anew that a runtime could not finish.
const MOST_ATTEMPTS: i64 = 5;

/// How the vendor's worker begins to say that it could not talk to the gateway, which is no fault
/// of the benchmark: it may work the next time.
const TRANSPORT: [&str; 2] = ["could not fetch samples", "reporting results failed: no response"];

impl Benchmarks {
    /// The oldest benchmark that waits for a runtime, if there is one for this caller.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn claim(&self, caller: &Caller) -> Result<Option<Claimed>> {
        let term = self.settings.benchmarks.lease.0;
        self.store.claim_for_runtime(caller, caller.key.uuid(), term).await
    }

    /// The lease that a caller says it holds; each call proves it anew.
    fn lease(&self, caller: &Caller, run: RunId) -> Lease {
        Lease {
            organization: caller.organization,
            run,
            worker: caller.key.uuid(),
            term: self.settings.benchmarks.lease.0,
        }
    }

    /// The samples of a window of a claimed benchmark that are still to be evaluated.
    ///
    /// # Errors
    /// Not found when the caller does not hold the benchmark.
    pub async fn samples(
        &self,
        caller: &Caller,
        run: RunId,
        dataset: DatasetId,
        window: Window,
    ) -> Result<SamplePages> {
        let lease = self.lease(caller, run);
        if !self.store.renew_lease(lease).await? {
            return Err(not_claimed());
        }
        let pages = self.store.case_window(caller, dataset, window).await?;
        Ok(SamplePages { benchmarks: self.clone(), lease, pages })
    }

    /// Stores what a runtime reports.
    ///
    /// # Errors
    /// Not found when the caller does not hold the benchmark.
    pub async fn report(
        &self,
        caller: &Caller,
        run: RunId,
        reports: Vec<Report>,
    ) -> Result<Reported> {
        let lease = self.lease(caller, run);
        let verdicts = self.taken(lease, reports).await?;
        self.store.report_verdicts(lease, verdicts).await?.ok_or_else(not_claimed)
    }

    /// Ends a benchmark that a runtime is done with. One that has cases without a verdict is begun
    /// anew, for a time.
    ///
    /// # Errors
    /// Not found when the caller does not hold the benchmark.
    pub async fn complete(
        &self,
        caller: &Caller,
        run: RunId,
        error: Option<String>,
    ) -> Result<RunStatus> {
        let lease = self.lease(caller, run);
        let attempts = self.store.attempts_at(lease).await?.ok_or_else(not_claimed)?;
        let open = self.store.open_count(lease, HOOKS).await?;
        let again = attempts < MOST_ATTEMPTS;
        let failure = match (error, open) {
            (_, None) => Some("the dataset was deleted while it was evaluated".to_owned()),
            (None, Some(0)) => None,
            (Some(said), _) if again && is_transport(&said) => return self.begin_anew(lease).await,
            (Some(said), _) => Some(format!("the runtime gave up: {said}")),
            (None, Some(_)) if again => return self.begin_anew(lease).await,
            (None, Some(open)) => {
                Some(format!("after {attempts} attempts {open} samples have no result"))
            }
        };
        let ended = self.end(lease, failure).await?.ok_or_else(not_claimed)?;
        Ok(ended.status)
    }

    async fn begin_anew(&self, lease: Lease) -> Result<RunStatus> {
        if self.store.give_back(lease, Runner::Runtime).await? {
            Ok(RunStatus::Queued)
        } else {
            Err(not_claimed())
        }
    }
}

fn is_transport(said: &str) -> bool {
    TRANSPORT.iter().any(|begin| said.starts_with(begin))
        || said.starts_with("reporting results failed: 5")
}

/// The same for an unknown run and for one that somebody else works on.
pub fn not_claimed() -> Error {
    Error::not_found("Claimed benchmark run")
}

/// Walks through the samples of a page that are still to be evaluated, a bounded piece at a time.
pub struct SamplePages {
    benchmarks: Benchmarks,
    lease: Lease,
    pages: CasePages,
}

impl SamplePages {
    /// The next piece; an empty one is the end.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn next(&mut self) -> Result<Vec<StoredCase>> {
        loop {
            let cases = self.pages.next().await?;
            if cases.is_empty() {
                return Ok(cases);
            }
            let ids = cases.iter().map(|case| case.id).collect();
            let open = self.benchmarks.store.open_of(self.lease, HOOKS, ids).await?;
            let open: HashSet<CaseId> = open.into_iter().collect();
            let cases: Vec<StoredCase> =
                cases.into_iter().filter(|case| open.contains(&case.id)).collect();
            if !cases.is_empty() {
                return Ok(cases);
            }
        }
    }
}
