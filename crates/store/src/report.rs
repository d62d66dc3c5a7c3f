//! What people are shown of runs.

use evalstone_core::caller::Caller;
use evalstone_core::dataset::Window;
use evalstone_core::error::Result;
use evalstone_core::id::RunId;
use evalstone_core::report::{Payload, Report, Row, RowKey, Trace, WholeSpan};
use evalstone_core::trace::SpanId;

use crate::{Backend, Store, postgres, sqlite};

impl Store {
    /// Some rows of a run, in the order in which they began, with the beginnings of their traces. All that may be long is cut off; an unknown run has no rows.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn report(&self, caller: &Caller, run: RunId, window: Window) -> Result<Report> {
        let caller = caller.clone();
        match &self.backend {
            Backend::Postgres(b) => {
                b.read(move |c| postgres::queries::report::list(c, &caller, run, window)).await
            }
            Backend::Sqlite(b) => {
                b.read(move |c| sqlite::queries::report::list(c, &caller, run, window)).await
            }
        }
    }

    /// One row of a run with a part of its trace: that of this number from 0, or else the one
    /// that shows the row's own span. A number beyond the last one gives a part without spans.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn report_row(
        &self,
        caller: &Caller,
        run: RunId,
        row: RowKey,
        page: Option<i64>,
    ) -> Result<Option<(Row, Trace)>> {
        let caller = caller.clone();
        match &self.backend {
            Backend::Postgres(b) => {
                b.read(move |c| postgres::queries::report::row(c, &caller, run, row, page)).await
            }
            Backend::Sqlite(b) => {
                b.read(move |c| sqlite::queries::report::row(c, &caller, run, row, page)).await
            }
        }
    }

    /// A payload of a row, whole: none when there is no such row, an inner none when the row has
    /// no such payload.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn report_payload(
        &self,
        caller: &Caller,
        run: RunId,
        row: RowKey,
        payload: Payload,
    ) -> Result<Option<Option<String>>> {
        let caller = caller.clone();
        match &self.backend {
            Backend::Postgres(b) => {
                b.read(move |c| postgres::queries::report::payload(c, &caller, run, row, payload))
                    .await
            }
            Backend::Sqlite(b) => {
                b.read(move |c| sqlite::queries::report::payload(c, &caller, run, row, payload))
                    .await
            }
        }
    }

    /// A span of a row's trace, whole.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn report_span(
        &self,
        caller: &Caller,
        run: RunId,
        row: RowKey,
        span: SpanId,
    ) -> Result<Option<WholeSpan>> {
        let caller = caller.clone();
        match &self.backend {
            Backend::Postgres(b) => {
                b.read(move |c| postgres::queries::report::span(c, &caller, run, row, span)).await
            }
            Backend::Sqlite(b) => {
                b.read(move |c| sqlite::queries::report::span(c, &caller, run, row, span)).await
            }
        }
    }
}
