//! What came of benchmarks.

use evalstone_core::benchmark::{
    Lease, NewVerdict, Regressions, Reported, StoredVerdict, VerdictLine,
};
use evalstone_core::caller::Caller;
use evalstone_core::dataset::Window;
use evalstone_core::error::Result;
use evalstone_core::id::{Number, RunId};

use crate::{Backend, Store, postgres, sqlite};

/// How many verdicts are so few that storing them is short work.
const FEW_VERDICTS: usize = 16;

/// How many regressions are told, besides how many there are.
const REGRESSIONS: i64 = 100;

/// How many bytes of payloads one piece of verdicts has, but for a single larger one.
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
                let many = new.len() > FEW_VERDICTS;
                let store = move |c: &mut _| postgres::queries::verdicts::report(c, lease, &new);
                if many { b.write_long(store).await } else { b.write(store).await }
            }
            Backend::Sqlite(b) => {
                b.write(move |c| sqlite::queries::verdicts::report(c, lease, &new)).await
            }
        }
    }

    /// The next verdicts of a benchmark after the case with the number `after`, in the dataset's order, as
    /// a summary wants them: at most `limit`, and not many megabytes; none at the end.
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
                b.read(move |c| {
                    postgres::queries::verdicts::lines(c, lease, after, limit, PIECE_BYTES)
                })
                .await
            }
            Backend::Sqlite(b) => {
                b.read(move |c| {
                    sqlite::queries::verdicts::lines(c, lease, after, limit, PIECE_BYTES)
                })
                .await
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

    /// The cases that the one benchmark got right and the other does not: how many there are, and the
    /// first hundred, or fewer where much text was expected of them.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn regressions(
        &self,
        caller: &Caller,
        base: RunId,
        candidate: RunId,
    ) -> Result<Regressions> {
        let caller = caller.clone();
        match &self.backend {
            Backend::Postgres(b) => {
                b.read(move |c| {
                    postgres::queries::verdicts::regressions(
                        c,
                        &caller,
                        base,
                        candidate,
                        REGRESSIONS,
                        PIECE_BYTES,
                    )
                })
                .await
            }
            Backend::Sqlite(b) => {
                b.read(move |c| {
                    sqlite::queries::verdicts::regressions(
                        c,
                        &caller,
                        base,
                        candidate,
                        REGRESSIONS,
                        PIECE_BYTES,
                    )
                })
                .await
            }
        }
    }
}
