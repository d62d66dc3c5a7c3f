//! Datasets.

use evalstone_core::caller::Caller;
use evalstone_core::dataset::{Dataset, DatasetChange, NewCase, NewDataset, Reference, StoredCase};
use evalstone_core::error::Result;
use evalstone_core::id::DatasetId;

use crate::{Backend, Store, postgres, sqlite};

/// A dataset to be made, with who makes it.
pub struct DatasetJob {
    pub(crate) caller: Caller,
    pub(crate) new: NewDataset,
    /// The few cases that it is loaded with; none when it is not loaded.
    pub(crate) cases: Option<Vec<NewCase>>,
}

impl DatasetJob {
    /// Whether a single row says all of it, and nothing has to be looked up.
    pub(crate) fn is_one_row(&self) -> bool {
        let Self { caller, new, cases } = self;
        let is_noted = caller.attempt.is_some() || caller.assigned.is_some() || new.golden;
        !is_noted && new.name_key.is_none() && new.facet.is_none() && cases.is_none()
    }

    /// The bytes of its texts.
    pub(crate) fn bytes(&self) -> usize {
        let cases = self.cases.iter().flatten();
        self.new.bytes() + cases.map(NewCase::bytes).sum::<usize>()
    }
}

/// A dataset that was made, with the cases that it came with.
pub struct Created {
    pub(crate) dataset: Dataset,
    pub(crate) cases: Vec<StoredCase>,
}

impl Store {
    /// Makes a dataset without cases.
    ///
    /// # Errors
    /// Taken when its id or its name key is in use; not found when its pipeline does not exist.
    pub async fn create_dataset(&self, caller: &Caller, new: NewDataset) -> Result<Dataset> {
        let job = DatasetJob { caller: caller.clone(), new, cases: None };
        Ok(self.create(job).await?.dataset)
    }

    /// Makes a dataset with the few cases that it comes with.
    pub(crate) async fn create(&self, job: DatasetJob) -> Result<Created> {
        let alone = job.new.golden || job.caller.repeats();
        match &self.backend {
            Backend::Postgres(b) if alone => {
                b.write(move |c| postgres::queries::new_datasets::create(c, &job)).await
            }
            Backend::Postgres(b) => b.create_dataset(job).await,
            Backend::Sqlite(b) => {
                b.write(move |c| sqlite::queries::new_datasets::create(c, &job)).await
            }
        }
    }

    /// The dataset that `reference` names, with the facet of the asking dialect.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn dataset(
        &self,
        caller: &Caller,
        dialect: &'static str,
        reference: &Reference,
    ) -> Result<Option<Dataset>> {
        let (caller, reference) = (caller.clone(), reference.clone());
        match &self.backend {
            Backend::Postgres(b) => {
                let find = move |c: &mut _| {
                    postgres::queries::datasets::find(c, &caller, dialect, &reference)
                };
                b.read_as_planned(find).await
            }
            Backend::Sqlite(b) => {
                b.read(move |c| sqlite::queries::datasets::find(c, &caller, dialect, &reference))
                    .await
            }
        }
    }

    /// Changes a dataset; none when the caller sees no such dataset.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn change_dataset(
        &self,
        caller: &Caller,
        dialect: &'static str,
        id: DatasetId,
        change: DatasetChange,
    ) -> Result<Option<Dataset>> {
        let caller = caller.clone();
        match &self.backend {
            Backend::Postgres(b) => {
                b.write_long(move |c| {
                    postgres::queries::dataset_changes::change(c, &caller, dialect, id, &change)
                })
                .await
            }
            Backend::Sqlite(b) => {
                b.write(move |c| {
                    sqlite::queries::dataset_changes::change(c, &caller, dialect, id, &change)
                })
                .await
            }
        }
    }

    /// Deletes a dataset with its cases; false when the caller sees no such dataset. It is gone
    /// for everyone at once; its rows are removed in the background by [`Store::sweep`].
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn delete_dataset(&self, caller: &Caller, id: DatasetId) -> Result<bool> {
        let caller = caller.clone();
        match &self.backend {
            Backend::Postgres(b) => {
                b.write_long(move |c| postgres::queries::datasets::delete(c, &caller, id)).await
            }
            Backend::Sqlite(b) => {
                b.write(move |c| sqlite::queries::datasets::delete(c, &caller, id)).await
            }
        }
    }
}
