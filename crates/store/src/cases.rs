//! Cases.

use evalstone_core::caller::Caller;
use evalstone_core::dataset::{CaseFilter, NewCase, Reference, StoredCase, Window};
use evalstone_core::error::Result;
use evalstone_core::id::{CaseId, DatasetId, Number};
use evalstone_core::lens::slots::{Slots, case_slots};

use crate::{Backend, Store, postgres, sqlite};

/// A case to be stored, with who stores it and where.
pub struct CaseJob {
    pub(crate) caller: Caller,
    pub(crate) dialect: &'static str,
    pub(crate) dataset: Reference,
    pub(crate) new: NewCase,
    pub(crate) slots: Slots,
}

/// What adding cases came to.
#[derive(Clone, Copy, Debug)]
pub struct Added {
    /// The dataset.
    pub dataset: DatasetId,
    /// How many cases were added.
    pub added: i64,
    /// How many the dataset has now.
    pub case_count: i64,
}

/// Walks through cases in their order, a bounded piece at a time; no connection is held in between.
pub struct CasePages {
    store: Store,
    caller: Caller,
    filter: CaseFilter,
    after: Number,
    limit: i64,
    done: bool,
}

/// How many rows the first piece has, whose size is not known yet.
const FIRST_PIECE: i64 = 16;
/// How many rows a piece has at the most.
const LARGEST_PIECE: i64 = 2_000;
/// How many payload bytes a piece should have.
const PIECE_BYTES: usize = 512 * 1024;

impl CasePages {
    /// The next piece; empty at the end.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn next(&mut self) -> Result<Vec<StoredCase>> {
        if self.done {
            return Ok(Vec::new());
        }
        let (caller, filter, after, limit) =
            (self.caller.clone(), self.filter.clone(), self.after, self.limit);
        let (cases, bytes) = match &self.store.backend {
            Backend::Postgres(b) => {
                b.read(move |c| postgres::queries::cases::page(c, &caller, &filter, after, limit))
                    .await
            }
            Backend::Sqlite(b) => {
                b.read(move |c| sqlite::queries::cases::page(c, &caller, &filter, after, limit))
                    .await
            }
        }?;
        let rows = cases.len();
        self.done = i64::try_from(rows).map_or(true, |rows| rows < limit);
        if let Some(last) = cases.last() {
            self.after = last.number;
            let per_row = (bytes / rows).max(1);
            let fitting = i64::try_from(PIECE_BYTES / per_row).unwrap_or(LARGEST_PIECE);
            self.limit = fitting.clamp(1, LARGEST_PIECE).min(self.limit.saturating_mul(8));
        }
        Ok(cases)
    }
}

impl Store {
    /// Stores one case, together with others that wait.
    ///
    /// # Errors
    /// Not found when the caller sees no such dataset.
    pub async fn add_case(
        &self,
        caller: &Caller,
        dialect: &'static str,
        dataset: &Reference,
        new: NewCase,
    ) -> Result<StoredCase> {
        let slots = case_slots(&new.case);
        let job = CaseJob { caller: caller.clone(), dialect, dataset: dataset.clone(), new, slots };
        match &self.backend {
            Backend::Postgres(b) => b.add_case(job).await,
            Backend::Sqlite(b) => {
                b.write(move |c| {
                    let mut stored =
                        sqlite::queries::cases::add_each(c, std::slice::from_ref(&job))?;
                    stored.pop().unwrap_or_else(|| {
                        Err(evalstone_core::error::Error::fault("an added case was not returned")
                            .into())
                    })
                })
                .await
            }
        }
    }

    /// Stores cases of one dataset, all or none.
    ///
    /// # Errors
    /// Not found when the caller sees no such dataset.
    pub async fn add_cases(
        &self,
        caller: &Caller,
        dialect: &'static str,
        dataset: &Reference,
        new: Vec<NewCase>,
    ) -> Result<Added> {
        let (caller, dataset) = (caller.clone(), dataset.clone());
        match &self.backend {
            Backend::Postgres(b) => {
                b.write(move |c| {
                    postgres::queries::cases::add_all(c, &caller, dialect, &dataset, &new)
                })
                .await
            }
            Backend::Sqlite(b) => {
                b.write(move |c| {
                    sqlite::queries::cases::add_all(c, &caller, dialect, &dataset, &new)
                })
                .await
            }
        }
    }

    /// The cases of one dataset in a window, in their order. How many there are in all, the
    /// dataset's own count says.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn case_window(
        &self,
        caller: &Caller,
        dataset: DatasetId,
        window: Window,
    ) -> Result<Vec<StoredCase>> {
        let caller = caller.clone();
        match &self.backend {
            Backend::Postgres(b) => {
                b.read(move |c| postgres::queries::cases::window(c, &caller, dataset, window)).await
            }
            Backend::Sqlite(b) => {
                b.read(move |c| sqlite::queries::cases::window(c, &caller, dataset, window)).await
            }
        }
    }

    /// All cases that meet the filter, in their order, to be read piece by piece.
    #[must_use]
    pub fn case_pages(&self, caller: &Caller, filter: CaseFilter) -> CasePages {
        CasePages {
            store: self.clone(),
            caller: caller.clone(),
            filter,
            after: 0,
            limit: FIRST_PIECE,
            done: false,
        }
    }

    /// The case that `reference` names.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn case(
        &self,
        caller: &Caller,
        dialect: &'static str,
        reference: &Reference,
    ) -> Result<Option<StoredCase>> {
        let (caller, reference) = (caller.clone(), reference.clone());
        match &self.backend {
            Backend::Postgres(b) => {
                b.read(move |c| postgres::queries::cases::find(c, &caller, dialect, &reference))
                    .await
            }
            Backend::Sqlite(b) => {
                b.read(move |c| sqlite::queries::cases::find(c, &caller, dialect, &reference)).await
            }
        }
    }

    /// Deletes a case; false when the caller sees no such case.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn delete_case(&self, caller: &Caller, id: CaseId) -> Result<bool> {
        let caller = caller.clone();
        match &self.backend {
            Backend::Postgres(b) => {
                b.write(move |c| postgres::queries::cases::delete(c, &caller, id)).await
            }
            Backend::Sqlite(b) => {
                b.write(move |c| sqlite::queries::cases::delete(c, &caller, id)).await
            }
        }
    }
}
