//! Verdicts of guardrails.

use evalstone_core::caller::Caller;
use evalstone_core::dataset::Window;
use evalstone_core::error::Result;
use evalstone_core::verdict::{Brief, NewVerdict, Verdict, VerdictFilter};

use crate::listed::Listed;
use crate::{Backend, Store, postgres, sqlite};

/// Walks through a page of a list of verdicts, a bounded piece at a time; no connection is held in
/// between.
pub struct VerdictPages {
    store: Store,
    caller: Caller,
    rest: Listed,
}

impl VerdictPages {
    /// The next piece; empty at the end, and only there.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn next(&mut self) -> Result<Vec<Brief>> {
        let ids = self.rest.piece();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let caller = self.caller.clone();
        match &self.store.backend {
            Backend::Postgres(b) => {
                b.read(move |c| postgres::queries::verdict_lists::briefs(c, &caller, &ids)).await
            }
            Backend::Sqlite(b) => {
                b.read(move |c| sqlite::queries::verdict_lists::briefs(c, &caller, &ids)).await
            }
        }
    }
}

impl Store {
    /// Stores verdicts, all or none.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn record_verdicts(&self, caller: &Caller, new: Vec<NewVerdict>) -> Result<()> {
        let caller = caller.clone();
        match &self.backend {
            Backend::Postgres(b) => {
                b.write(move |c| postgres::queries::verdicts::record(c, &caller, &new)).await
            }
            Backend::Sqlite(b) => {
                b.write(move |c| sqlite::queries::verdicts::record(c, &caller, &new)).await
            }
        }
    }

    /// The verdict of this name: its own id, or the id of the trace that it was reported with, of
    /// which the newest is meant.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn verdict(&self, caller: &Caller, name: &str) -> Result<Option<Verdict>> {
        let (caller, name) = (caller.clone(), name.to_owned());
        match &self.backend {
            Backend::Postgres(b) => {
                b.read(move |c| postgres::queries::verdicts::find(c, &caller, &name)).await
            }
            Backend::Sqlite(b) => {
                b.read(move |c| sqlite::queries::verdicts::find(c, &caller, &name)).await
            }
        }
    }

    /// How many verdicts meet the filter, and those in a window, newest first, to be read piece by
    /// piece.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn counted_verdicts(
        &self,
        caller: &Caller,
        filter: VerdictFilter,
        window: Window,
    ) -> Result<(i64, VerdictPages)> {
        let who = caller.clone();
        let (total, rows) = match &self.backend {
            Backend::Postgres(b) => {
                b.read(move |c| postgres::queries::verdict_lists::page(c, &who, &filter, window))
                    .await
            }
            Backend::Sqlite(b) => {
                b.read(move |c| sqlite::queries::verdict_lists::page(c, &who, &filter, window))
                    .await
            }
        }?;
        let (store, caller) = (self.clone(), caller.clone());
        Ok((total, VerdictPages { store, caller, rest: Listed::new(rows) }))
    }
}
