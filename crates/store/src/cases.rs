//! Cases.

use evalstone_core::caller::Caller;
use evalstone_core::dataset::{Added, NewCase, Reference, StoredCase};
use evalstone_core::error::{Error, Result};
use evalstone_core::id::CaseId;
use evalstone_core::lens::slots::{Slots, case_slots};

use crate::failure::Outcome;
use crate::{Backend, Store, postgres, sqlite};

/// A case to be stored, with who stores it and where.
pub struct CaseJob {
    pub(crate) caller: Caller,
    pub(crate) dialect: &'static str,
    pub(crate) dataset: Reference,
    pub(crate) new: NewCase,
    pub(crate) slots: Slots,
}

impl CaseJob {
    /// The bytes of its texts.
    pub(crate) fn bytes(&self) -> usize {
        self.new.bytes()
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
            Backend::Postgres(b) if caller.repeats() => {
                b.write_long(move |c| {
                    only(postgres::queries::cases::add_each(c, std::slice::from_ref(&job))?)
                })
                .await
            }
            Backend::Postgres(b) => b.add_case(job).await,
            Backend::Sqlite(b) => {
                b.write(move |c| {
                    only(sqlite::queries::cases::add_each(c, std::slice::from_ref(&job))?)
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
                b.write_long(move |c| {
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

    /// Stores cases behind those of a dataset, all or none, if it has `at` of them when they are
    /// stored: of two who go on with the same dataset one is told.
    ///
    /// # Errors
    /// Not found when the caller sees no such dataset; unavailable when it has another number of cases.
    pub async fn add_cases_behind(
        &self,
        caller: &Caller,
        dialect: &'static str,
        dataset: &Reference,
        at: i64,
        new: Vec<NewCase>,
    ) -> Result<Added> {
        let (caller, dataset) = (caller.clone(), dataset.clone());
        match &self.backend {
            Backend::Postgres(b) => {
                b.write_long(move |c| {
                    postgres::queries::cases::add_behind(c, &caller, dialect, &dataset, at, &new)
                })
                .await
            }
            Backend::Sqlite(b) => {
                b.write(move |c| {
                    sqlite::queries::cases::add_behind(c, &caller, dialect, &dataset, at, &new)
                })
                .await
            }
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
                b.write_long(move |c| postgres::queries::cases::delete(c, &caller, id)).await
            }
            Backend::Sqlite(b) => {
                b.write(move |c| sqlite::queries::cases::delete(c, &caller, id)).await
            }
        }
    }
}

fn only(mut stored: Vec<Outcome<StoredCase>>) -> Outcome<StoredCase> {
    stored.pop().unwrap_or_else(|| Err(Error::fault("an added case was not returned").into()))
}
