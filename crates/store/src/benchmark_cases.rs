//! What benchmarks have to evaluate.

use evalstone_core::benchmark::Lease;
use evalstone_core::dataset::StoredCase;
use evalstone_core::error::Result;
use evalstone_core::id::{CaseId, Number};

use crate::{Backend, Store, postgres, sqlite};

/// Words for stages of cases.
pub type Stages = &'static [&'static str];

/// How many bytes of payloads one piece of cases has, but for a single larger one.
const PIECE_BYTES: i64 = 4 * 1024 * 1024;

/// Some of the cases that were asked for.
#[derive(Clone, Debug, Default)]
pub struct Fetched {
    /// The cases, in no order.
    pub cases: Vec<StoredCase>,
    /// Those that are still to be asked for.
    pub rest: Vec<CaseId>,
}

impl Store {
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
                    postgres::queries::benchmark_cases::open_cases(
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
                    sqlite::queries::benchmark_cases::open_cases(
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
                b.read(move |c| postgres::queries::benchmark_cases::open_count(c, lease, except))
                    .await
            }
            Backend::Sqlite(b) => {
                b.read(move |c| sqlite::queries::benchmark_cases::open_count(c, lease, except))
                    .await
            }
        }
    }

    /// The number of the last case of a benchmark that has a verdict; 0 when none has.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn last_evaluated(&self, lease: Lease) -> Result<Number> {
        match &self.backend {
            Backend::Postgres(b) => {
                b.read(move |c| postgres::queries::benchmark_cases::last_evaluated(c, lease)).await
            }
            Backend::Sqlite(b) => {
                b.read(move |c| sqlite::queries::benchmark_cases::last_evaluated(c, lease)).await
            }
        }
    }

    /// Those of these cases that belong to a benchmark, evaluated or not: not many megabytes of them at
    /// a time.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn cases_of_benchmark(
        &self,
        lease: Lease,
        except: Stages,
        ids: Vec<CaseId>,
    ) -> Result<Fetched> {
        match &self.backend {
            Backend::Postgres(b) => {
                b.read(move |c| {
                    postgres::queries::benchmark_cases::cases_of(
                        c,
                        lease,
                        except,
                        &ids,
                        PIECE_BYTES,
                    )
                })
                .await
            }
            Backend::Sqlite(b) => {
                b.read(move |c| {
                    sqlite::queries::benchmark_cases::cases_of(c, lease, except, &ids, PIECE_BYTES)
                })
                .await
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
                b.read(move |c| postgres::queries::benchmark_cases::open_of(c, lease, except, &ids))
                    .await
            }
            Backend::Sqlite(b) => {
                b.read(move |c| sqlite::queries::benchmark_cases::open_of(c, lease, except, &ids))
                    .await
            }
        }
    }
}
