//! Datasets.

use std::hash::{Hash, Hasher};

use evalstone_core::caller::Caller;
use evalstone_core::dataset::{
    Dataset, DatasetChange, DatasetFilter, NewCase, NewDataset, Reference, StoredCase, Window,
};
use evalstone_core::error::Result;
use evalstone_core::id::{DatasetId, Number, OrganizationId, UserId};

use crate::{Backend, Store, postgres, sqlite};

/// A dataset to be made, with who makes it.
pub struct DatasetJob {
    pub(crate) caller: Caller,
    pub(crate) new: NewDataset,
    /// The few cases that it is loaded with; none when it is not loaded.
    pub(crate) cases: Option<Vec<NewCase>>,
}

/// What is counted: the datasets that a user sees and that meet a filter. Whoever waits for the same count at
/// the same time shares it.
#[derive(Clone)]
pub struct Counted {
    caller: Caller,
    filter: DatasetFilter,
}

impl Counted {
    async fn count(self, backend: &Backend) -> Result<i64> {
        let Self { caller, filter } = self;
        match backend {
            Backend::Postgres(b) => {
                let is_plain = is_plain(&filter);
                let count =
                    move |c: &mut _| postgres::queries::dataset_lists::count(c, &caller, &filter);
                if is_plain { b.read_as_planned(count).await } else { b.read(count).await }
            }
            Backend::Sqlite(b) => {
                b.read(move |c| sqlite::queries::dataset_lists::count(c, &caller, &filter)).await
            }
        }
    }

    /// What a count depends on.
    fn key(&self) -> (OrganizationId, UserId, &DatasetFilter) {
        (self.caller.organization, self.caller.user, &self.filter)
    }
}

impl PartialEq for Counted {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Counted {}

impl Hash for Counted {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key().hash(state);
    }
}

impl DatasetJob {
    /// Whether a single row says all of it, and nothing has to be looked up.
    pub(crate) fn is_one_row(&self) -> bool {
        let Self { caller, new, cases } = self;
        let is_noted = caller.attempt.is_some() || caller.assigned.is_some() || new.golden;
        !is_noted && new.name_key.is_none() && new.facet.is_none() && cases.is_none()
    }
}

/// A dataset that was made, with the cases that it came with.
pub struct Created {
    pub(crate) dataset: Dataset,
    pub(crate) cases: Vec<StoredCase>,
}

/// Whether the index of lists serves a filter best, whatever its values are.
fn is_plain(filter: &DatasetFilter) -> bool {
    let DatasetFilter { categories, source, pipeline, archived: _, search, ownership: _ } = filter;
    categories.is_empty() && source.is_none() && pipeline.is_none() && search.is_none()
}

/// Walks through datasets, newest first, a bounded piece at a time; no connection is held in between.
pub struct DatasetPages {
    store: Store,
    caller: Caller,
    dialect: &'static str,
    filter: DatasetFilter,
    /// Where the next piece begins; none at the end.
    place: Option<Place>,
    /// How many more are wanted; all when none.
    wanted: Option<i64>,
}

/// A place in a list of datasets.
#[derive(Clone, Copy)]
pub struct Place {
    /// The number of the dataset that comes before it; none at the list's beginning.
    pub(crate) before: Option<Number>,
    /// How many to pass over from there.
    pub(crate) offset: i64,
}

/// Some datasets on the walk; none at all do not mean that it has ended.
pub struct Piece {
    pub(crate) datasets: Vec<Dataset>,
    /// Where the next piece begins; none at the end.
    pub(crate) next: Option<Place>,
}

/// How many datasets a piece has at the most: a page of a list is mostly one piece.
const LARGEST_PIECE: i64 = 200;
/// How many bytes of texts a piece has at the most, unless a single dataset has more.
const PIECE_BYTES: i64 = 512 * 1024;

impl DatasetPages {
    /// The next piece; empty at the end, and only there.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn next(&mut self) -> Result<Vec<Dataset>> {
        loop {
            let limit = LARGEST_PIECE.min(self.wanted.unwrap_or(i64::MAX));
            let Some(place) = self.place.filter(|_| limit > 0) else {
                return Ok(Vec::new());
            };
            let Piece { datasets, next } = self.read(place, limit).await?;
            self.place = next;
            let rows = i64::try_from(datasets.len()).unwrap_or(LARGEST_PIECE);
            self.wanted = self.wanted.map(|wanted| wanted - rows);
            // A piece without datasets is not the end: they may have been deleted while it was read.
            if !datasets.is_empty() {
                return Ok(datasets);
            }
        }
    }

    async fn read(&self, place: Place, limit: i64) -> Result<Piece> {
        let (caller, dialect, filter) = (self.caller.clone(), self.dialect, self.filter.clone());
        match &self.store.backend {
            Backend::Postgres(b) => {
                let is_plain = is_plain(&filter);
                let piece = move |c: &mut _| {
                    postgres::queries::dataset_lists::piece(
                        c,
                        &caller,
                        dialect,
                        &filter,
                        place,
                        limit,
                        PIECE_BYTES,
                    )
                };
                if is_plain { b.read_as_planned(piece).await } else { b.read(piece).await }
            }
            Backend::Sqlite(b) => {
                b.read(move |c| {
                    sqlite::queries::dataset_lists::piece(
                        c,
                        &caller,
                        dialect,
                        &filter,
                        place,
                        limit,
                        PIECE_BYTES,
                    )
                })
                .await
            }
        }
    }
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

    /// The datasets that meet the filter, newest first, to be read piece by piece, and how many there
    /// are before the window.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn counted_datasets(
        &self,
        caller: &Caller,
        dialect: &'static str,
        filter: DatasetFilter,
        window: Window,
    ) -> Result<(i64, DatasetPages)> {
        let counted = Counted { caller: caller.clone(), filter: filter.clone() };
        let pages = self.dataset_pages(caller, dialect, filter, window);
        let (backend, asked) = (self.backend.clone(), counted.clone());
        let count = move || {
            let (backend, counted) = (backend.clone(), asked.clone());
            async move { counted.count(&backend).await }
        };
        let total = self.totals.ask(counted, count).await?;
        Ok((total, pages))
    }

    /// The datasets that meet the filter, newest first, to be read piece by piece.
    #[must_use]
    pub fn dataset_pages(
        &self,
        caller: &Caller,
        dialect: &'static str,
        filter: DatasetFilter,
        window: Window,
    ) -> DatasetPages {
        let Window { offset, limit } = window;
        DatasetPages {
            store: self.clone(),
            caller: caller.clone(),
            dialect,
            filter,
            place: Some(Place { before: None, offset }),
            wanted: limit,
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
                b.write(move |c| postgres::queries::datasets::delete(c, &caller, id)).await
            }
            Backend::Sqlite(b) => {
                b.write(move |c| sqlite::queries::datasets::delete(c, &caller, id)).await
            }
        }
    }
}
