//! Spans and the traces they make.

use evalstone_core::caller::Caller;
use evalstone_core::error::Result;
use evalstone_core::trace::{NewSpan, Recorded, Span, TraceId};

use crate::{Backend, Store, postgres, sqlite};

impl Store {
    /// Stores spans that came together, in one transaction. One that came before is replaced. A
    /// span that names a pipeline or run that does not exist is refused, and the others are
    /// stored. A test span becomes an evaluation of its run, with what its stored case expects now.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn record_spans(&self, caller: &Caller, new: Vec<NewSpan>) -> Result<Recorded> {
        let caller = caller.clone();
        match &self.backend {
            Backend::Postgres(b) => {
                b.write(move |c| postgres::queries::spans::record(c, &caller, &new)).await
            }
            Backend::Sqlite(b) => {
                b.write(move |c| sqlite::queries::spans::record(c, &caller, &new)).await
            }
        }
    }

    /// At most `limit` spans of a trace, in the order in which they began.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn trace(&self, caller: &Caller, trace: TraceId, limit: i64) -> Result<Vec<Span>> {
        let caller = caller.clone();
        match &self.backend {
            Backend::Postgres(b) => {
                b.read(move |c| postgres::queries::spans::trace(c, &caller, trace, limit)).await
            }
            Backend::Sqlite(b) => {
                b.read(move |c| sqlite::queries::spans::trace(c, &caller, trace, limit)).await
            }
        }
    }
}
