//! Benchmarks: starting, listing and working on them.

use std::time::Duration;

use evalstone_core::benchmark::{
    Benchmark, BenchmarkFilter, Claimed, End, Lease, NewBenchmark, NewVerdict, Reported, Runner,
    StoredVerdict, VerdictLine,
};
use evalstone_core::caller::Caller;
use evalstone_core::dataset::{StoredCase, Window};
use evalstone_core::error::Result;
use evalstone_core::id::{CaseId, Number, OrganizationId, RunId};
use uuid::Uuid;

use crate::{Backend, Store, postgres, sqlite};

/// Words for stages of cases.
pub type Stages = &'static [&'static str];

/// How many bytes of payloads one piece of cases or verdicts has, but for a single larger one.
const PIECE_BYTES: i64 = 4 * 1024 * 1024;
/// And how many verdicts.
const PIECE: i64 = 500;

/// Walks through a benchmark's verdicts in the dataset's order, a bounded piece at a time.
pub struct VerdictPages {
    store: Store,
    caller: Caller,
    run: RunId,
    /// The number of the case before the next piece; none at the end.
    after: Option<Number>,
    wanted: i64,
}

impl VerdictPages {
    /// The next piece; an empty one is the end.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn next(&mut self) -> Result<Vec<StoredVerdict>> {
        let limit = self.wanted.min(PIECE);
        let (Some(after), true) = (self.after, limit > 0) else {
            return Ok(Vec::new());
        };
        let (caller, run) = (self.caller.clone(), self.run);
        let piece = match &self.store.backend {
            Backend::Postgres(b) => {
                b.read(move |c| {
                    postgres::queries::verdicts::page(c, &caller, run, after, limit, PIECE_BYTES)
                })
                .await
            }
            Backend::Sqlite(b) => {
                b.read(move |c| {
                    sqlite::queries::verdicts::page(c, &caller, run, after, limit, PIECE_BYTES)
                })
                .await
            }
        }?;
        self.after = piece.last().map(|(position, _)| *position);
        self.wanted -= i64::try_from(piece.len()).unwrap_or(i64::MAX);
        Ok(piece.into_iter().map(|(_, verdict)| verdict).collect())
    }
}

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
    /// asks.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn claim_for_runtime(
        &self,
        caller: &Caller,
        worker: Uuid,
        term: Duration,
    ) -> Result<Option<Claimed>> {
        let caller = caller.clone();
        match &self.backend {
            Backend::Postgres(b) => {
                b.write(move |c| {
                    postgres::queries::benchmarks::claim_for_runtime(c, &caller, worker, term)
                })
                .await
            }
            Backend::Sqlite(b) => {
                b.write(move |c| {
                    sqlite::queries::benchmarks::claim_for_runtime(c, &caller, worker, term)
                })
                .await
            }
        }
    }

    /// Gives the oldest benchmark that waits for a gateway to `worker`. This is a gateway's own chore:
    /// it works for all organizations.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn claim_for_gateway(&self, worker: Uuid, term: Duration) -> Result<Option<Claimed>> {
        match &self.backend {
            Backend::Postgres(b) => {
                b.write(move |c| postgres::queries::benchmarks::claim_for_gateway(c, worker, term))
                    .await
            }
            Backend::Sqlite(b) => {
                b.write(move |c| sqlite::queries::benchmarks::claim_for_gateway(c, worker, term))
                    .await
            }
        }
    }

    /// Gives this benchmark to `worker`; none when somebody else works on it, or it has ended.
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
        match &self.backend {
            Backend::Postgres(b) => {
                b.write(move |c| {
                    postgres::queries::benchmarks::claim(c, organization, id, worker, term)
                })
                .await
            }
            Backend::Sqlite(b) => {
                b.write(move |c| {
                    sqlite::queries::benchmarks::claim(c, organization, id, worker, term)
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

    /// Gives a benchmark back, to be worked on by a `runner`; false when the lease is lost.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn give_back(&self, lease: Lease, runner: Runner) -> Result<bool> {
        match &self.backend {
            Backend::Postgres(b) => {
                b.write(move |c| postgres::queries::benchmarks::give_back(c, lease, runner)).await
            }
            Backend::Sqlite(b) => {
                b.write(move |c| sqlite::queries::benchmarks::give_back(c, lease, runner)).await
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

    /// How often somebody has begun to work on a benchmark; none when the lease is lost.
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

    /// The next cases of a benchmark after the one with the number `after` that have no verdict yet, in
    /// the dataset's order: at most `limit`, and not many megabytes; none at the end.
    /// `except` names stages that are left out.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn open_cases(
        &self,
        lease: Lease,
        except: Stages,
        after: Number,
        limit: i64,
    ) -> Result<Vec<StoredCase>> {
        match &self.backend {
            Backend::Postgres(b) => {
                b.read(move |c| {
                    postgres::queries::verdicts::open_cases(
                        c,
                        lease,
                        except,
                        after,
                        limit,
                        PIECE_BYTES,
                    )
                })
                .await
            }
            Backend::Sqlite(b) => {
                b.read(move |c| {
                    sqlite::queries::verdicts::open_cases(
                        c,
                        lease,
                        except,
                        after,
                        limit,
                        PIECE_BYTES,
                    )
                })
                .await
            }
        }
    }

    /// How many cases of a benchmark have no verdict yet; none when its dataset is gone or the lease is
    /// lost.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn open_count(&self, lease: Lease, except: Stages) -> Result<Option<i64>> {
        match &self.backend {
            Backend::Postgres(b) => {
                b.read(move |c| postgres::queries::verdicts::open_count(c, lease, except)).await
            }
            Backend::Sqlite(b) => {
                b.read(move |c| sqlite::queries::verdicts::open_count(c, lease, except)).await
            }
        }
    }

    /// Those of these cases that belong to a benchmark, in no order.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn cases_of_benchmark(
        &self,
        lease: Lease,
        except: Stages,
        ids: Vec<CaseId>,
    ) -> Result<Vec<StoredCase>> {
        match &self.backend {
            Backend::Postgres(b) => {
                b.read(move |c| postgres::queries::verdicts::cases_of(c, lease, except, &ids)).await
            }
            Backend::Sqlite(b) => {
                b.read(move |c| sqlite::queries::verdicts::cases_of(c, lease, except, &ids)).await
            }
        }
    }

    /// Those of these cases that belong to a benchmark and have no verdict yet.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn open_of(
        &self,
        lease: Lease,
        except: Stages,
        ids: Vec<CaseId>,
    ) -> Result<Vec<CaseId>> {
        match &self.backend {
            Backend::Postgres(b) => {
                b.read(move |c| postgres::queries::verdicts::open_of(c, lease, except, &ids)).await
            }
            Backend::Sqlite(b) => {
                b.read(move |c| sqlite::queries::verdicts::open_of(c, lease, except, &ids)).await
            }
        }
    }

    /// Stores verdicts and renews the lease. A case that has one keeps it. None when the lease is lost;
    /// then nothing is stored.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn report_verdicts(
        &self,
        lease: Lease,
        new: Vec<NewVerdict>,
    ) -> Result<Option<Reported>> {
        match &self.backend {
            Backend::Postgres(b) => {
                b.write(move |c| postgres::queries::verdicts::report(c, lease, &new)).await
            }
            Backend::Sqlite(b) => {
                b.write(move |c| sqlite::queries::verdicts::report(c, lease, &new)).await
            }
        }
    }

    /// At most `limit` verdicts of a benchmark after the case with the number `after`, in the dataset's
    /// order, as a summary wants them.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn verdict_lines(
        &self,
        lease: Lease,
        after: Number,
        limit: i64,
    ) -> Result<Vec<VerdictLine>> {
        match &self.backend {
            Backend::Postgres(b) => {
                b.read(move |c| postgres::queries::verdicts::lines(c, lease, after, limit)).await
            }
            Backend::Sqlite(b) => {
                b.read(move |c| sqlite::queries::verdicts::lines(c, lease, after, limit)).await
            }
        }
    }

    /// A benchmark's verdicts in a window, in the dataset's order, to be read piece by piece.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn verdict_window(
        &self,
        caller: &Caller,
        run: RunId,
        window: Window,
    ) -> Result<VerdictPages> {
        let Window { offset, limit } = window;
        let mut first = Some(1);
        if offset > 0 {
            let caller = caller.clone();
            first = match &self.backend {
                Backend::Postgres(b) => {
                    b.read(move |c| {
                        postgres::queries::verdicts::position_at(c, &caller, run, offset)
                    })
                    .await
                }
                Backend::Sqlite(b) => {
                    b.read(move |c| sqlite::queries::verdicts::position_at(c, &caller, run, offset))
                        .await
                }
            }?;
        }
        Ok(VerdictPages {
            store: self.clone(),
            caller: caller.clone(),
            run,
            after: first.map(|first| first - 1),
            wanted: limit.unwrap_or(i64::MAX),
        })
    }
}
