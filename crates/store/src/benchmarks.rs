//! Benchmarks: starting, listing, claiming and ending them.

use std::time::Duration;

use evalstone_core::benchmark::{
    Benchmark, BenchmarkFilter, Claimed, End, Lease, NewBenchmark, Runner,
};
use evalstone_core::caller::Caller;
use evalstone_core::dataset::Window;
use evalstone_core::error::Result;
use evalstone_core::id::{OrganizationId, RunId};
use uuid::Uuid;

use crate::{Backend, Store, postgres, sqlite};

impl Store {
    /// Starts a benchmark over the cases that its dataset has now; none when the caller sees no such
    /// dataset.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn start_benchmark(
        &self,
        caller: &Caller,
        new: NewBenchmark,
    ) -> Result<Option<Benchmark>> {
        let caller = caller.clone();
        match &self.backend {
            Backend::Postgres(b) => {
                b.write(move |c| postgres::queries::benchmarks::start(c, &caller, &new)).await
            }
            Backend::Sqlite(b) => {
                b.write(move |c| sqlite::queries::benchmarks::start(c, &caller, &new)).await
            }
        }
    }

    /// The benchmark with this id, if the caller sees it.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn benchmark(&self, caller: &Caller, id: RunId) -> Result<Option<Benchmark>> {
        let caller = caller.clone();
        match &self.backend {
            Backend::Postgres(b) => {
                b.read(move |c| postgres::queries::benchmarks::find(c, &caller, id)).await
            }
            Backend::Sqlite(b) => {
                b.read(move |c| sqlite::queries::benchmarks::find(c, &caller, id)).await
            }
        }
    }

    /// How many benchmarks meet the filter, and those of a window, newest first.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn benchmarks(
        &self,
        caller: &Caller,
        filter: BenchmarkFilter,
        window: Window,
    ) -> Result<(i64, Vec<Benchmark>)> {
        let caller = caller.clone();
        match &self.backend {
            Backend::Postgres(b) => {
                b.read(move |c| postgres::queries::benchmarks::list(c, &caller, &filter, window))
                    .await
            }
            Backend::Sqlite(b) => {
                b.read(move |c| sqlite::queries::benchmarks::list(c, &caller, &filter, window))
                    .await
            }
        }
    }

    /// Gives the oldest benchmark that waits for a runtime to `worker`, a runtime for which the caller
    /// asks. Where none waits, nothing is written.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn claim_for_runtime(
        &self,
        caller: &Caller,
        worker: Uuid,
        term: Duration,
    ) -> Result<Option<Claimed>> {
        let asks = caller.clone();
        let waiting = match &self.backend {
            Backend::Postgres(b) => {
                b.read(move |c| postgres::queries::benchmarks::waiting_for_runtime(c, &asks)).await
            }
            Backend::Sqlite(b) => {
                b.read(move |c| sqlite::queries::benchmarks::waiting_for_runtime(c, &asks)).await
            }
        }?;
        for id in waiting {
            let organization = caller.organization;
            let claimed = self.take(organization, id, Runner::Runtime, worker, term).await?;
            if claimed.is_some() {
                return Ok(claimed);
            }
        }
        Ok(None)
    }

    /// Gives the oldest benchmark that waits for a gateway to `worker`. This is a gateway's own chore:
    /// it works for all organizations. Where none waits, nothing is written.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn claim_for_gateway(&self, worker: Uuid, term: Duration) -> Result<Option<Claimed>> {
        let waiting = match &self.backend {
            Backend::Postgres(b) => {
                b.read(|c| postgres::queries::benchmarks::waiting_for(c, Runner::Gateway)).await
            }
            Backend::Sqlite(b) => {
                b.read(|c| sqlite::queries::benchmarks::waiting_for(c, Runner::Gateway)).await
            }
        }?;
        for (organization, id) in waiting {
            let claimed = self.take(organization, id, Runner::Gateway, worker, term).await?;
            if claimed.is_some() {
                return Ok(claimed);
            }
        }
        Ok(None)
    }

    /// Gives this benchmark to `worker`, a gateway; none when somebody else works on it, it waits for a
    /// runtime, or it has ended.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn claim_benchmark(
        &self,
        organization: OrganizationId,
        id: RunId,
        worker: Uuid,
        term: Duration,
    ) -> Result<Option<Claimed>> {
        self.take(organization, id, Runner::Gateway, worker, term).await
    }

    async fn take(
        &self,
        organization: OrganizationId,
        id: RunId,
        runner: Runner,
        worker: Uuid,
        term: Duration,
    ) -> Result<Option<Claimed>> {
        match &self.backend {
            Backend::Postgres(b) => {
                b.write(move |c| {
                    postgres::queries::benchmarks::claim(c, organization, id, runner, worker, term)
                })
                .await
            }
            Backend::Sqlite(b) => {
                b.write(move |c| {
                    sqlite::queries::benchmarks::claim(c, organization, id, runner, worker, term)
                })
                .await
            }
        }
    }

    /// Tells that whoever holds the lease is still at work; false when the lease is lost.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn renew_lease(&self, lease: Lease) -> Result<bool> {
        match &self.backend {
            Backend::Postgres(b) => {
                b.write(move |c| Ok(postgres::queries::benchmarks::renew(c, lease)?.is_some()))
                    .await
            }
            Backend::Sqlite(b) => {
                b.write(move |c| Ok(sqlite::queries::benchmarks::renew(c, lease)?.is_some())).await
            }
        }
    }

    /// Says what the version of the policy is called; false when the lease is lost.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn name_policy(&self, lease: Lease, version: String) -> Result<bool> {
        match &self.backend {
            Backend::Postgres(b) => {
                b.write(move |c| postgres::queries::benchmarks::name_policy(c, lease, &version))
                    .await
            }
            Backend::Sqlite(b) => {
                b.write(move |c| sqlite::queries::benchmarks::name_policy(c, lease, &version)).await
            }
        }
    }

    /// Gives a benchmark back, to be begun anew; false when the lease is lost.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn give_back(&self, lease: Lease) -> Result<bool> {
        match &self.backend {
            Backend::Postgres(b) => {
                b.write(move |c| postgres::queries::benchmarks::give_back(c, lease)).await
            }
            Backend::Sqlite(b) => {
                b.write(move |c| sqlite::queries::benchmarks::give_back(c, lease)).await
            }
        }
    }

    /// Leaves a benchmark to a `runner` of another kind, as if nobody had tried it; false when the
    /// lease is lost.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn hand_over(&self, lease: Lease, runner: Runner) -> Result<bool> {
        match &self.backend {
            Backend::Postgres(b) => {
                b.write(move |c| postgres::queries::benchmarks::hand_over(c, lease, runner)).await
            }
            Backend::Sqlite(b) => {
                b.write(move |c| sqlite::queries::benchmarks::hand_over(c, lease, runner)).await
            }
        }
    }

    /// Ends a benchmark; none when the lease is lost.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn end_benchmark(&self, lease: Lease, end: End) -> Result<Option<Benchmark>> {
        match &self.backend {
            Backend::Postgres(b) => {
                b.write(move |c| postgres::queries::benchmarks::end(c, lease, &end)).await
            }
            Backend::Sqlite(b) => {
                b.write(move |c| sqlite::queries::benchmarks::end(c, lease, &end)).await
            }
        }
    }

    /// How often somebody has begun to work on a benchmark since the last verdict came in; none when
    /// the lease is lost.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn attempts_at(&self, lease: Lease) -> Result<Option<i64>> {
        match &self.backend {
            Backend::Postgres(b) => {
                b.read(move |c| postgres::queries::benchmarks::attempts(c, lease)).await
            }
            Backend::Sqlite(b) => {
                b.read(move |c| sqlite::queries::benchmarks::attempts(c, lease)).await
            }
        }
    }
}
