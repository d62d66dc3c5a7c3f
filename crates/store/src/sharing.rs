//! Changes of datasets and scoring runs that concern who sees what, and what becomes the organization's own.

use evalstone_core::caller::Caller;
use evalstone_core::collection::{DatasetEdit, RunEdit};
use evalstone_core::dataset::{Dataset, Reference};
use evalstone_core::error::Result;
use evalstone_core::id::{Number, OrganizationId};
use evalstone_core::scoring::Scoring;

use crate::{Backend, Store, postgres, sqlite};

/// What the organization is to have as a whole, by its public number.
#[derive(Clone, Copy, Debug)]
pub enum Adopted {
    /// A dataset.
    Dataset(Number),
    /// A collection, and so what is in it becomes shared.
    Collection(Number),
    /// A scoring run.
    Run(Number),
}

impl Store {
    /// Makes something the organization's own: it has no owner any more, and everybody in it sees it. For
    /// the command line only.
    ///
    /// # Errors
    /// Not found when the organization has no such thing; taken when its name is.
    pub async fn adopt(&self, organization: OrganizationId, what: Adopted) -> Result<()> {
        match &self.backend {
            Backend::Postgres(b) => {
                b.write_long(move |c| postgres::queries::adoptions::adopt(c, organization, what))
                    .await
            }
            Backend::Sqlite(b) => {
                b.write(move |c| sqlite::queries::adoptions::adopt(c, organization, what)).await
            }
        }
    }

    /// Changes a scoring run; none when the caller sees no such run.
    ///
    /// # Errors
    /// Forbidden and invalid by the rules of [`evalstone_core::sharing`]; invalid when a run over a dataset
    /// is to be shared or moved; not found when the collection is unknown; taken when the name is.
    pub async fn edit_scoring(
        &self,
        caller: &Caller,
        number: Number,
        edit: RunEdit,
    ) -> Result<Option<Scoring>> {
        let caller = caller.clone();
        match &self.backend {
            Backend::Postgres(b) => {
                b.write_long(move |c| postgres::queries::run_edits::edit(c, &caller, number, &edit))
                    .await
            }
            Backend::Sqlite(b) => {
                b.write(move |c| sqlite::queries::run_edits::edit(c, &caller, number, &edit)).await
            }
        }
    }

    /// Changes a dataset and what follows from it for its collection and runs; none when the caller sees
    /// no such dataset.
    ///
    /// # Errors
    /// Forbidden and invalid by the rules of [`evalstone_core::sharing`]; invalid when the collection is
    /// unknown; taken when the name is.
    pub async fn edit_dataset(
        &self,
        caller: &Caller,
        dialect: &'static str,
        reference: Reference,
        edit: DatasetEdit,
    ) -> Result<Option<Dataset>> {
        let caller = caller.clone();
        match &self.backend {
            Backend::Postgres(b) => {
                b.write_long(move |c| {
                    postgres::queries::dataset_edits::edit(c, &caller, dialect, &reference, &edit)
                })
                .await
            }
            Backend::Sqlite(b) => {
                b.write(move |c| {
                    sqlite::queries::dataset_edits::edit(c, &caller, dialect, &reference, &edit)
                })
                .await
            }
        }
    }

    /// Deletes a dataset with its cases and scoring runs; false when the caller sees no such dataset. Its
    /// cases' rows are removed in the background by [`Store::sweep`].
    ///
    /// # Errors
    /// Forbidden when the caller may not delete it.
    pub async fn remove_dataset(
        &self,
        caller: &Caller,
        dialect: &'static str,
        reference: Reference,
    ) -> Result<bool> {
        let caller = caller.clone();
        match &self.backend {
            Backend::Postgres(b) => {
                b.write_long(move |c| {
                    postgres::queries::dataset_edits::remove(c, &caller, dialect, &reference)
                })
                .await
            }
            Backend::Sqlite(b) => {
                b.write(move |c| {
                    sqlite::queries::dataset_edits::remove(c, &caller, dialect, &reference)
                })
                .await
            }
        }
    }
}
