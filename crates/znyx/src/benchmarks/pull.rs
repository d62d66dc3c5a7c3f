//! A runtime asks for work, evaluates by itself and reports (contract §5.6 B).

use std::collections::HashSet;

use evalstone_core::benchmark::{Benchmark, Claimed, Lease, Reported};
use evalstone_core::caller::Caller;
use evalstone_core::dataset::{Dataset, StoredCase, Window};
use evalstone_core::error::{Error, Result};
use evalstone_core::id::{CaseId, Number, RunId};
use evalstone_core::run::RunStatus;
use evalstone_store::case_pages::CasePages;

use super::{Benchmarks, HOOKS, MOST_ATTEMPTS};
use crate::wire::worker::Report;

/// How the vendor's worker begins to say that it could not talk to the gateway, which is no fault
/// of the benchmark: it may work the next time.
const TRANSPORT: [&str; 2] = ["could not fetch samples", "reporting results failed: no response"];

impl Benchmarks {
    /// The oldest benchmark that waits for a runtime, if there is one for this caller. One that was
    /// begun so often in vain is given up instead.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn claim(&self, caller: &Caller) -> Result<Option<Claimed>> {
        let term = self.settings.benchmarks.lease.0;
        while let Some(claimed) =
            self.store.claim_for_runtime(caller, caller.key.uuid(), term).await?
        {
            if !self.is_hopeless(&claimed).await? {
                return Ok(Some(claimed));
            }
        }
        Ok(None)
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

    /// The samples of a window of a claimed benchmark that are still to be evaluated, and how many
    /// samples the window is taken from.
    ///
    /// # Errors
    /// Not found when the caller does not hold the benchmark.
    pub async fn samples(
        &self,
        caller: &Caller,
        run: &Benchmark,
        dataset: &Dataset,
        window: Window,
    ) -> Result<(SamplePages, i64)> {
        let lease = self.lease(caller, run.id);
        if !self.store.renew_lease(lease).await? {
            return Err(not_claimed());
        }
        let pages = self.store.case_window(caller, dataset, window).await?;
        // Beyond the last case of the benchmark lies only what was added since. A runtime that was
        // told of it would ask for all of it.
        let is_beyond = pages.after().is_none_or(|after| after >= run.until);
        let total = if is_beyond { run.total } else { dataset.case_count };
        Ok((SamplePages { benchmarks: self.clone(), lease, until: run.until, pages }, total))
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
        self.take(self.lease(caller, run), reports).await?.ok_or_else(not_claimed)
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
            // Only the answer was lost: what it was about has come.
            (Some(said), Some(0)) if is_transport(&said) => None,
            (Some(said), _) if again && is_transport(&said) => return self.begin_anew(lease).await,
            (Some(said), _) => Some(format!("the runtime gave up: {said}")),
            (None, Some(_)) if again => return self.begin_anew(lease).await,
            (None, Some(open)) => {
                Some(format!("{attempts} attempts in a row left {open} samples without a result"))
            }
        };
        let ended = self.end(lease, failure).await?.ok_or_else(not_claimed)?;
        Ok(ended.status)
    }

    async fn begin_anew(&self, lease: Lease) -> Result<RunStatus> {
        if self.store.give_back(lease).await? { Ok(RunStatus::Queued) } else { Err(not_claimed()) }
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
    /// The number of the benchmark's last case.
    until: Number,
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
            if cases.first().is_none_or(|first| first.number > self.until) {
                return Ok(Vec::new());
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
