//! Datasets.

use evalstone_core::caller::Caller;
use evalstone_core::dataset::{
    Dataset, DatasetChange, DatasetFilter, NewDataset, Page, Reference, Window,
};
use evalstone_core::error::{Error, Result};
use evalstone_core::id::DatasetId;

use crate::failure::Outcome;
use crate::{Backend, Store, postgres, sqlite};

/// A dataset to be made, with who makes it.
pub struct DatasetJob {
    pub(crate) caller: Caller,
    pub(crate) new: NewDataset,
}

impl Store {
    /// Makes a dataset without cases.
    ///
    /// # Errors
    /// Taken when its id or its name key is in use; not found when its pipeline does not exist.
    pub async fn create_dataset(&self, caller: &Caller, new: NewDataset) -> Result<Dataset> {
        let golden = new.golden;
        let alone = golden || caller.repeats();
        let job = DatasetJob { caller: caller.clone(), new };
        match &self.backend {
            Backend::Postgres(b) if alone => {
                b.write(move |c| {
                    let made = only(postgres::queries::datasets::create_all(
                        c,
                        std::slice::from_ref(&job),
                    )?)?;
                    if golden {
                        postgres::queries::datasets::set_golden(
                            c,
                            &job.caller,
                            made.pipeline,
                            made.id,
                            true,
                        )?;
                    }
                    Ok(made)
                })
                .await
            }
            Backend::Postgres(b) => b.create_dataset(job).await,
            Backend::Sqlite(b) => {
                b.write(move |c| {
                    let made = only(sqlite::queries::datasets::create_all(
                        c,
                        std::slice::from_ref(&job),
                    )?)?;
                    if golden {
                        sqlite::queries::datasets::set_golden(
                            c,
                            &job.caller,
                            made.pipeline,
                            made.id,
                            true,
                        )?;
                    }
                    Ok(made)
                })
                .await
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
                b.read(move |c| postgres::queries::datasets::find(c, &caller, dialect, &reference))
                    .await
            }
            Backend::Sqlite(b) => {
                b.read(move |c| sqlite::queries::datasets::find(c, &caller, dialect, &reference))
                    .await
            }
        }
    }

    /// The datasets that meet the filter, newest first, with their number before the window.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn datasets(
        &self,
        caller: &Caller,
        dialect: &'static str,
        filter: DatasetFilter,
        window: Window,
    ) -> Result<Page<Dataset>> {
        self.list_datasets(caller, dialect, filter, window, true).await
    }

    /// All datasets that meet the filter, newest first, uncounted.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn all_datasets(
        &self,
        caller: &Caller,
        dialect: &'static str,
        filter: DatasetFilter,
    ) -> Result<Vec<Dataset>> {
        let window = Window { offset: 0, limit: None };
        Ok(self.list_datasets(caller, dialect, filter, window, false).await?.rows)
    }

    async fn list_datasets(
        &self,
        caller: &Caller,
        dialect: &'static str,
        filter: DatasetFilter,
        window: Window,
        counted: bool,
    ) -> Result<Page<Dataset>> {
        let caller = caller.clone();
        match &self.backend {
            Backend::Postgres(b) => {
                b.read(move |c| {
                    postgres::queries::dataset_lists::list(
                        c, &caller, dialect, &filter, window, counted,
                    )
                })
                .await
            }
            Backend::Sqlite(b) => {
                b.read(move |c| {
                    sqlite::queries::dataset_lists::list(
                        c, &caller, dialect, &filter, window, counted,
                    )
                })
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
                b.write(move |c| {
                    postgres::queries::datasets::change(c, &caller, dialect, id, &change)
                })
                .await
            }
            Backend::Sqlite(b) => {
                b.write(move |c| {
                    sqlite::queries::datasets::change(c, &caller, dialect, id, &change)
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
                b.write(move |c| postgres::queries::datasets::delete(c, &caller, id)).await
            }
            Backend::Sqlite(b) => {
                b.write(move |c| sqlite::queries::datasets::delete(c, &caller, id)).await
            }
        }
    }
}

fn only(mut made: Vec<Dataset>) -> Outcome<Dataset> {
    made.pop().ok_or_else(|| Error::fault("an inserted dataset was not returned").into())
}
