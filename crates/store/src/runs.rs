//! Runs and their evaluations.

use evalstone_core::caller::Caller;
use evalstone_core::error::Result;
use evalstone_core::id::{Number, RunId};
use evalstone_core::run::{Evaluation, NewRun, Run, RunChange, RunFilter, RunKind};

use crate::{Backend, Store, postgres, sqlite};

impl Store {
    /// Makes a run.
    ///
    /// # Errors
    /// Taken when its id is in use; not found when its pipeline does not exist.
    pub async fn create_run(&self, caller: &Caller, new: NewRun) -> Result<Run> {
        let caller = caller.clone();
        match &self.backend {
            Backend::Postgres(b) => {
                b.write(move |c| postgres::queries::runs::create(c, &caller, &new)).await
            }
            Backend::Sqlite(b) => {
                b.write(move |c| sqlite::queries::runs::create(c, &caller, &new)).await
            }
        }
    }

    /// The run of this kind with this id: a dialect shows only the kinds it can say.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn run(&self, caller: &Caller, kind: RunKind, id: RunId) -> Result<Option<Run>> {
        let caller = caller.clone();
        match &self.backend {
            Backend::Postgres(b) => {
                b.read(move |c| postgres::queries::runs::find(c, &caller, kind, id)).await
            }
            Backend::Sqlite(b) => {
                b.read(move |c| sqlite::queries::runs::find(c, &caller, kind, id)).await
            }
        }
    }

    /// The runs that meet the filter, newest first.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn runs(&self, caller: &Caller, filter: RunFilter) -> Result<Vec<Run>> {
        let caller = caller.clone();
        match &self.backend {
            Backend::Postgres(b) => {
                b.read(move |c| postgres::queries::runs::list(c, &caller, &filter)).await
            }
            Backend::Sqlite(b) => {
                b.read(move |c| sqlite::queries::runs::list(c, &caller, &filter)).await
            }
        }
    }

    /// Changes a run; none when the caller sees no such run.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn change_run(
        &self,
        caller: &Caller,
        kind: RunKind,
        id: RunId,
        change: RunChange,
    ) -> Result<Option<Run>> {
        let caller = caller.clone();
        match &self.backend {
            Backend::Postgres(b) => {
                b.write(move |c| postgres::queries::runs::change(c, &caller, kind, id, &change))
                    .await
            }
            Backend::Sqlite(b) => {
                b.write(move |c| sqlite::queries::runs::change(c, &caller, kind, id, &change)).await
            }
        }
    }

    /// At most `limit` evaluations of a run after the one with the number `after`, in the order in
    /// which they were first reported; 0 begins at the first.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn evaluations(
        &self,
        caller: &Caller,
        run: RunId,
        after: Number,
        limit: i64,
    ) -> Result<Vec<Evaluation>> {
        let caller = caller.clone();
        match &self.backend {
            Backend::Postgres(b) => {
                b.read(move |c| postgres::queries::runs::evaluations(c, &caller, run, after, limit))
                    .await
            }
            Backend::Sqlite(b) => {
                b.read(move |c| sqlite::queries::runs::evaluations(c, &caller, run, after, limit))
                    .await
            }
        }
    }
}
