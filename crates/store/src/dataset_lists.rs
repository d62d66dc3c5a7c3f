//! Lists of datasets.

use std::hash::{Hash, Hasher};
use std::mem;
use std::ops::Deref;
use std::sync::Arc;

use evalstone_core::caller::Caller;
use evalstone_core::dataset::{Beside, Dataset, DatasetFilter, Window};
use evalstone_core::error::{Error, Result};
use evalstone_core::id::{Number, OrganizationId, UserId};

use crate::postgres::queries::dataset_lists as in_postgres;
use crate::postgres::queries::dataset_totals as totals_in_postgres;
use crate::sqlite::queries::dataset_lists as in_sqlite;
use crate::sqlite::queries::dataset_totals as totals_in_sqlite;
use crate::totals::Totals;
use crate::{Backend, Store};

/// Walks through datasets, newest first, a bounded piece at a time; no connection is held in between.
pub struct DatasetPages {
    store: Store,
    caller: Caller,
    beside: Beside,
    filter: DatasetFilter,
    ahead: Ahead,
    /// How many datasets the next piece has at the most.
    limit: i64,
    /// How many more are wanted; all when none.
    wanted: Option<i64>,
}

/// What comes next on a walk.
enum Ahead {
    /// A piece that has been read already.
    Read(Arc<Page>),
    /// A piece that begins here.
    Unread(Place),
    /// The end.
    Nothing,
}

/// A place in a list of datasets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Place {
    /// The number of the dataset that comes before it; none at the list's beginning.
    pub(crate) before: Option<Number>,
    /// How many to pass over from there.
    pub(crate) offset: i64,
}

/// Some datasets on the walk; none at the end.
pub struct Piece {
    pub(crate) datasets: Vec<Dataset>,
    /// Whether it ends because they have so many bytes.
    pub(crate) is_heavy: bool,
    /// Where the next piece begins; none at the end.
    pub(crate) next: Option<Place>,
}

/// A piece, and how many datasets there are in the whole list, where that is asked for.
pub struct Page {
    piece: Piece,
    total: Option<i64>,
}

/// Datasets of a list, to be looked at: whoever asked for the same at the same time looks at the same ones.
pub struct Datasets(Option<Arc<Page>>);

impl Deref for Datasets {
    type Target = [Dataset];

    fn deref(&self) -> &[Dataset] {
        self.0.as_ref().map_or(&[], |page| &page.piece.datasets)
    }
}

/// How many datasets the first piece has at the most: a page of a list is mostly one piece. Where they have long texts,
/// those that come after as many as make a piece have come from the database in vain.
const FIRST_PIECE: i64 = 50;
/// How many any piece has at the most.
const LARGEST_PIECE: i64 = 100;
/// With how many bytes of texts a piece ends.
const PIECE_BYTES: usize = 512 * 1024;

/// What is read at once: a piece of a list as somebody sees it. Whoever waits for the same one at the same time
/// shares it.
#[derive(Clone)]
pub struct Listing {
    caller: Caller,
    beside: Beside,
    filter: DatasetFilter,
    place: Place,
    limit: i64,
    /// Whether all datasets of the list are counted.
    counted: bool,
}

impl Listing {
    async fn read(self, backend: &Backend, totals: Arc<Totals>) -> Result<Page> {
        let is_indexed = self.is_indexed();
        let Self { caller, beside, filter, place, limit, counted } = self;
        match backend {
            Backend::Postgres(b) => {
                let read = move |c: &mut _| {
                    let total = || totals_in_postgres::total(c, &totals, &caller, &filter);
                    let total = counted.then(total).transpose()?;
                    let list = in_postgres::List { caller: &caller, beside, filter: &filter };
                    let piece = in_postgres::piece(c, &list, place, limit, PIECE_BYTES)?;
                    Ok(Page { piece, total })
                };
                if is_indexed { b.read_as_planned(read).await } else { b.read(read).await }
            }
            Backend::Sqlite(b) => {
                b.read(move |c| {
                    let total = || totals_in_sqlite::total(c, &totals, &caller, &filter);
                    let total = counted.then(total).transpose()?;
                    let list = in_sqlite::List { caller: &caller, beside, filter: &filter };
                    let piece = in_sqlite::piece(c, &list, place, limit, PIECE_BYTES)?;
                    Ok(Page { piece, total })
                })
                .await
            }
        }
    }

    /// Whether an index has what meets the filter in the list's order, and little else.
    fn is_indexed(&self) -> bool {
        let DatasetFilter { categories, source, pipeline: _, archived: _, search, ownership: _ } =
            &self.filter;
        categories.is_empty() && source.is_none() && search.is_none()
    }

    /// All that a piece depends on.
    fn key(&self) -> (OrganizationId, UserId, Beside, &DatasetFilter, Place, i64, bool) {
        let Self { caller, beside, filter, place, limit, counted } = self;
        (caller.organization, caller.user, *beside, filter, *place, *limit, *counted)
    }
}

impl PartialEq for Listing {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Listing {}

impl Hash for Listing {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key().hash(state);
    }
}

impl DatasetPages {
    /// The next piece; empty at the end, and only there.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn next(&mut self) -> Result<Datasets> {
        let page = match mem::replace(&mut self.ahead, Ahead::Nothing) {
            Ahead::Read(page) => page,
            Ahead::Unread(place) if self.wanted.is_none_or(|wanted| wanted > 0) => {
                // Whoever asks again after a failure asks for the same.
                self.ahead = Ahead::Unread(place);
                self.store.page(self.listing(place, false)).await?
            }
            Ahead::Unread(_) | Ahead::Nothing => return Ok(Datasets(None)),
        };
        let Piece { datasets, is_heavy, next } = &page.piece;
        self.ahead = next.map_or(Ahead::Nothing, Ahead::Unread);
        let rows = i64::try_from(datasets.len()).unwrap_or(LARGEST_PIECE);
        self.wanted = self.wanted.map(|wanted| wanted - rows);
        // Fewer where fewer had the bytes of a piece.
        self.limit = if *is_heavy { rows } else { LARGEST_PIECE.min(2 * self.limit) };
        Ok(Datasets(Some(page)))
    }

    /// What is to be read from a place on.
    fn listing(&self, place: Place, counted: bool) -> Listing {
        let limit = self.limit.min(self.wanted.unwrap_or(i64::MAX));
        let (caller, beside, filter) = (self.caller.clone(), self.beside, self.filter.clone());
        Listing { caller, beside, filter, place, limit, counted }
    }
}

impl Store {
    async fn page(&self, listing: Listing) -> Result<Arc<Page>> {
        let (backend, totals, asked) =
            (self.backend.clone(), Arc::clone(&self.totals), listing.clone());
        let read = move || {
            let (backend, totals, listing) = (backend.clone(), Arc::clone(&totals), asked.clone());
            async move { listing.read(&backend, totals).await.map(Arc::new) }
        };
        self.pages.ask(listing, read).await
    }

    /// The datasets that meet the filter, newest first, to be read piece by piece, and how many there
    /// are before the window.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn counted_datasets(
        &self,
        caller: &Caller,
        beside: Beside,
        filter: DatasetFilter,
        window: Window,
    ) -> Result<(i64, DatasetPages)> {
        let mut pages = self.dataset_pages(caller, beside, filter, window);
        let beginning = Place { before: None, offset: window.offset };
        let page = self.page(pages.listing(beginning, true)).await?;
        let total = page.total.ok_or_else(|| Error::fault("a list was not counted"))?;
        pages.ahead = Ahead::Read(page);
        Ok((total, pages))
    }

    /// The datasets that meet the filter, newest first, to be read piece by piece.
    #[must_use]
    pub fn dataset_pages(
        &self,
        caller: &Caller,
        beside: Beside,
        filter: DatasetFilter,
        window: Window,
    ) -> DatasetPages {
        let Window { offset, limit } = window;
        DatasetPages {
            store: self.clone(),
            caller: caller.clone(),
            beside,
            filter,
            ahead: Ahead::Unread(Place { before: None, offset }),
            limit: FIRST_PIECE,
            wanted: limit,
        }
    }
}
