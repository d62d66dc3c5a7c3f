//! Spans and the traces they make.

use evalstone_core::caller::Caller;
use evalstone_core::error::Result;
use evalstone_core::trace::{NewSpan, Recorded, Span, TraceId};

use crate::postgres::group::GROUPED_BYTES;
use crate::{Backend, Store, postgres, sqlite};

/// Spans that came together, with who reports them.
pub struct SpanJob {
    pub(crate) caller: Caller,
    pub(crate) new: Vec<NewSpan>,
}

/// How many rows one INSERT carries.
pub const ROWS_PER_INSERT: usize = 500;

/// How many spans are so few that they are stored together with those of other requests.
const FEW_SPANS: usize = 16;

impl SpanJob {
    /// Whether a single statement stores each of them: they are of one user and report no evaluations. What
    /// is stored twice, when a group of them is tried again, is there once.
    pub(crate) fn are_one_statement(jobs: &[Self]) -> bool {
        let user = |job: &Self| (job.caller.organization, job.caller.user);
        let spans = || jobs.iter().flat_map(|job| &job.new);
        spans().count() <= ROWS_PER_INSERT
            && spans().all(|new| new.evaluation.is_none())
            && jobs.windows(2).all(|two| user(&two[0]) == user(&two[1]))
    }

    fn is_small(&self) -> bool {
        self.new.len() <= FEW_SPANS && self.bytes() <= GROUPED_BYTES
    }

    /// The bytes of its texts.
    pub(crate) fn bytes(&self) -> usize {
        let bytes = |new: &NewSpan| {
            let Span { body, resource, scope, .. } = &new.span;
            body.as_str().len() + resource.as_str().len() + scope.as_str().len()
        };
        self.new.iter().map(bytes).sum()
    }
}

impl Store {
    /// Stores spans that came together, in one transaction, which they may share with others. One that
    /// came before is replaced. A span that names a pipeline or run that does not exist is refused, and the
    /// others are stored. A test span becomes an evaluation of its run, with what its stored case expects now.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn record_spans(&self, caller: &Caller, new: Vec<NewSpan>) -> Result<Recorded> {
        let job = SpanJob { caller: caller.clone(), new };
        match &self.backend {
            Backend::Postgres(b) if job.is_small() => b.record_spans(job).await,
            Backend::Postgres(b) => {
                b.write_long(move |c| postgres::queries::spans::record(c, &job)).await
            }
            Backend::Sqlite(b) => b.write(move |c| sqlite::queries::spans::record(c, &job)).await,
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
