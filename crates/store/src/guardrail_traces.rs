//! Traces of what guardrails decided.

use evalstone_core::caller::Caller;
use evalstone_core::dataset::Window;
use evalstone_core::error::Result;
use evalstone_core::guardrail::{NewTrace, Trace, TraceBrief, TraceFilter};

use crate::listed::Listed;
use crate::{Backend, Store, postgres, sqlite};

/// How many traces are so few that storing them is short work.
const FEW_TRACES: usize = 16;

/// Walks through a page of a list of traces, a bounded piece at a time; no connection is held in
/// between.
pub struct TracePages {
    store: Store,
    caller: Caller,
    rest: Listed,
}

impl TracePages {
    /// The next piece; empty at the end, and only there.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn next(&mut self) -> Result<Vec<TraceBrief>> {
        let ids = self.rest.piece();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let caller = self.caller.clone();
        match &self.store.backend {
            Backend::Postgres(b) => {
                b.read(move |c| postgres::queries::guardrail_trace_lists::briefs(c, &caller, &ids))
                    .await
            }
            Backend::Sqlite(b) => {
                b.read(move |c| sqlite::queries::guardrail_trace_lists::briefs(c, &caller, &ids))
                    .await
            }
        }
    }
}

impl Store {
    /// Stores traces, all or none. Many of them wait for their turn with what else takes long.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn record_guardrail_traces(&self, caller: &Caller, new: Vec<NewTrace>) -> Result<()> {
        let caller = caller.clone();
        match &self.backend {
            Backend::Postgres(b) => {
                let many = new.len() > FEW_TRACES;
                let store =
                    move |c: &mut _| postgres::queries::guardrail_traces::record(c, &caller, &new);
                if many { b.write_long(store).await } else { b.write(store).await }
            }
            Backend::Sqlite(b) => {
                b.write(move |c| sqlite::queries::guardrail_traces::record(c, &caller, &new)).await
            }
        }
    }

    /// The trace of this name: its own id, or the id of the trace that it was reported with, of
    /// which the newest is meant.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn guardrail_trace(&self, caller: &Caller, name: &str) -> Result<Option<Trace>> {
        let (caller, name) = (caller.clone(), name.to_owned());
        match &self.backend {
            Backend::Postgres(b) => {
                b.read(move |c| postgres::queries::guardrail_traces::find(c, &caller, &name)).await
            }
            Backend::Sqlite(b) => {
                b.read(move |c| sqlite::queries::guardrail_traces::find(c, &caller, &name)).await
            }
        }
    }

    /// How many traces meet the filter, and those in a window, newest first, to be read piece by
    /// piece.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn counted_guardrail_traces(
        &self,
        caller: &Caller,
        filter: TraceFilter,
        window: Window,
    ) -> Result<(i64, TracePages)> {
        let who = caller.clone();
        let (total, rows) = match &self.backend {
            Backend::Postgres(b) => {
                b.read(move |c| {
                    postgres::queries::guardrail_trace_lists::page(c, &who, &filter, window)
                })
                .await
            }
            Backend::Sqlite(b) => {
                b.read(move |c| {
                    sqlite::queries::guardrail_trace_lists::page(c, &who, &filter, window)
                })
                .await
            }
        }?;
        let (store, caller) = (self.clone(), caller.clone());
        Ok((total, TracePages { store, caller, rest: Listed::new(rows) }))
    }
}
