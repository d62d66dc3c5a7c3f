//! Walks through cases.

use std::time::Duration;

use evalstone_core::caller::Caller;
use evalstone_core::dataset::{CaseFilter, Dataset, StoredCase, Window};
use evalstone_core::error::Result;
use evalstone_core::id::{DatasetId, Number, PipelineId};

use crate::company::Company;
use crate::lent::{Lent, Returned};
use crate::marks::{DatasetState, Mark};
use crate::{Backend, Store, postgres, sqlite};

/// Walks through cases in their order, a bounded piece at a time; no connection is held in between.
pub struct CasePages {
    store: Store,
    caller: Caller,
    filter: CaseFilter,
    /// The pipeline of the one dataset whose cases these are, as soon as it is known.
    pipeline: Option<PipelineId>,
    /// After which case the next piece begins; none at the end.
    after: Option<Number>,
    limit: i64,
    /// How many more are wanted; all when none.
    wanted: Option<i64>,
    /// How many it has given so far.
    given: i64,
    /// For whom its pieces are small, if it spares others.
    company: Option<Company>,
    /// The dataset whose page this is, and where the next one begins.
    page: Option<(DatasetState, i64)>,
    /// What was lent of it and is to be dropped where the next piece is read.
    pub(crate) returned: Returned<StoredCase>,
}

/// Some cases on the walk; none at all do not mean that it has ended.
pub struct Piece {
    pub(crate) cases: Vec<StoredCase>,
    /// After which case the next piece begins; none at the end.
    pub(crate) next: Option<Number>,
}

/// How many rows the first piece has at the most: few enough that the first answer comes soon.
const FIRST_PIECE: i64 = 1_000;
/// How many rows a piece of a page has at the most: enough for most pages, few enough that a long one is read
/// while what was read of it before is sent.
const PAGE_PIECE: i64 = 250;
/// How many rows a walk has given when it is taken to be a long one.
const LONG: i64 = 1_000;
/// For how long a long one stands back before each piece in company.
pub(crate) const PAUSE: Duration = Duration::from_millis(1);
/// How many rows are looked for at least, where few have filled a piece.
const SMALLEST_PIECE: i64 = 16;
/// How many rows a piece has at the most.
const LARGEST_PIECE: i64 = 2_000;
/// About how many bytes of texts a piece has at the most, unless a single case has more.
const PIECE_BYTES: i64 = 512 * 1024;

impl CasePages {
    /// The same walk, in small pieces while others come with short work from now on if it is one of one dataset. It is
    /// for those who only read: what they do with each piece in the same store would be company for the next.
    #[must_use]
    pub fn sparing_others(mut self) -> Self {
        self.company = Some(self.store.backend.company());
        self
    }

    /// The number after which the next piece begins; none at the end.
    #[must_use]
    pub fn after(&self) -> Option<Number> {
        self.after
    }

    /// The next piece to be looked at, for those who keep nothing of it; empty at the end, and only there.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn lend(&mut self) -> Result<Lent<StoredCase>> {
        let piece = self.next().await?;
        Ok(self.returned.lend(piece))
    }

    /// The next piece; empty at the end, and only there.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn next(&mut self) -> Result<Vec<StoredCase>> {
        loop {
            let limit = self.limit.min(self.wanted.unwrap_or(i64::MAX));
            let Some(after) = self.after.filter(|_| limit > 0) else {
                return Ok(Vec::new());
            };
            let Piece { cases, next } = self.read(after, limit).await?;
            self.after = next;
            let rows = i64::try_from(cases.len()).unwrap_or(LARGEST_PIECE);
            self.wanted = self.wanted.map(|wanted| wanted - rows);
            self.given += rows;
            self.limit = nearly_full(&cases).clamp(SMALLEST_PIECE, self.largest());
            if let (Some((state, end)), Some(0), Some(after)) = (self.page, self.wanted, next) {
                self.store.marks.learn(state, Mark { offset: end, after });
            }
            // A piece without cases is not the end: they may have been deleted while it was read.
            if !cases.is_empty() {
                return Ok(cases);
            }
        }
    }

    /// How many rows a piece has at the most.
    fn largest(&self) -> i64 {
        if self.page.is_some() { PAGE_PIECE } else { LARGEST_PIECE }
    }

    async fn read(&mut self, after: Number, limit: i64) -> Result<Piece> {
        let caller = self.caller.clone();
        let (backend, returned) = (&self.store.backend, self.returned.take());
        match &self.filter {
            CaseFilter { dataset: Some(dataset), pipeline: None } => {
                let few = rows_in_company(backend);
                let in_company = self.company.as_mut().is_some_and(|company| company.is_here(few));
                let limit =
                    if in_company { limit.min(i64::try_from(few).unwrap_or(limit)) } else { limit };
                if in_company && self.given >= LONG {
                    stand_back(backend).await;
                }
                let dataset = (*dataset, self.pipeline);
                let piece = read_dataset(backend, caller, dataset, after, limit, returned).await?;
                self.pipeline = self.pipeline.or(piece.cases.first().map(|case| case.pipeline));
                Ok(piece)
            }
            filter => read_several(backend, caller, filter.clone(), after, limit, returned).await,
        }
    }
}

/// How many cases such as these make a piece that is not quite full: where sizes are looked at first, looking for more
/// than fit would be in vain.
fn nearly_full(cases: &[StoredCase]) -> i64 {
    let bytes: usize = cases.iter().map(bytes_of).sum();
    let rows = PIECE_BYTES * 3 / 4 * i64::try_from(cases.len()).unwrap_or(LARGEST_PIECE);
    rows / i64::try_from(bytes).unwrap_or(i64::MAX).max(1)
}

/// The bytes of a case's texts, as the queries count them.
pub fn bytes_of(stored: &StoredCase) -> usize {
    stored.case.bytes() + stored.origin.bytes()
}

/// How many rows a piece has at the most while others come with short work, who wait for its end.
fn rows_in_company(backend: &Backend) -> usize {
    match backend {
        Backend::Postgres(_) => postgres::ext::PIECE_IN_COMPANY,
        Backend::Sqlite(_) => sqlite::ext::PIECE_IN_COMPANY,
    }
}

/// Leaves the machine to others for a moment. On Postgres two processes work for a walk at the same time and a third
/// where its answer goes, so that small pieces alone leave others no core; on SQLite they do.
async fn stand_back(backend: &Backend) {
    match backend {
        Backend::Postgres(_) => tokio::time::sleep(PAUSE).await,
        Backend::Sqlite(_) => (),
    }
}

/// A piece of the cases of one dataset, whose pipeline may be known.
async fn read_dataset(
    backend: &Backend,
    caller: Caller,
    dataset: (DatasetId, Option<PipelineId>),
    after: Number,
    limit: i64,
    returned: Vec<Vec<StoredCase>>,
) -> Result<Piece> {
    match backend {
        Backend::Postgres(b) => {
            b.read_piece(move |c| {
                drop(returned);
                postgres::queries::case_walks::page(c, &caller, dataset, after, limit, PIECE_BYTES)
            })
            .await
        }
        Backend::Sqlite(b) => {
            b.read_piece(move |c| {
                drop(returned);
                sqlite::queries::case_walks::page(c, &caller, dataset, after, limit, PIECE_BYTES)
            })
            .await
        }
    }
}

/// A piece of the cases of several datasets.
async fn read_several(
    backend: &Backend,
    caller: Caller,
    filter: CaseFilter,
    after: Number,
    limit: i64,
    returned: Vec<Vec<StoredCase>>,
) -> Result<Piece> {
    match backend {
        Backend::Postgres(b) => {
            b.read(move |c| {
                drop(returned);
                postgres::queries::case_lists::page(c, &caller, &filter, after, limit, PIECE_BYTES)
            })
            .await
        }
        Backend::Sqlite(b) => {
            b.read(move |c| {
                drop(returned);
                sqlite::queries::case_lists::page(c, &caller, &filter, after, limit, PIECE_BYTES)
            })
            .await
        }
    }
}

impl Store {
    /// The cases of one dataset in a window, in their order, to be read piece by piece. How many
    /// there are in all, the dataset's own count says.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn case_window(
        &self,
        caller: &Caller,
        dataset: &Dataset,
        window: Window,
    ) -> Result<CasePages> {
        let Window { offset, limit } = window;
        let all = self.cases_of(caller, dataset);
        let (organization, version) = (caller.organization, dataset.version);
        let state = DatasetState { organization, dataset: dataset.id, version };
        let nearest = self.marks.nearest(state, offset);
        let mut after = Some(nearest.after);
        if offset > nearest.offset {
            let first = self.number_at(caller, dataset.id, nearest, offset).await?;
            after = first.map(|first| first - 1);
        }
        if let Some(after) = after.filter(|_| offset > 0) {
            self.marks.learn(state, Mark { offset, after });
        }
        let page = limit.map(|limit| (state, offset.saturating_add(limit)));
        Ok(CasePages { after, limit: PAGE_PIECE, wanted: limit, page, ..all })
    }

    /// The number of the case before which there are `offset` others, counted from a place before it.
    async fn number_at(
        &self,
        caller: &Caller,
        dataset: DatasetId,
        from: Mark,
        offset: i64,
    ) -> Result<Option<Number>> {
        let caller = caller.clone();
        match &self.backend {
            Backend::Postgres(b) => {
                b.read_as_planned(move |c| {
                    postgres::queries::case_walks::number_at(c, &caller, dataset, from, offset)
                })
                .await
            }
            Backend::Sqlite(b) => {
                b.read(move |c| {
                    sqlite::queries::case_walks::number_at(c, &caller, dataset, from, offset)
                })
                .await
            }
        }
    }

    /// All cases of a dataset, in their order, to be read piece by piece.
    #[must_use]
    pub fn cases_of(&self, caller: &Caller, dataset: &Dataset) -> CasePages {
        let filter = CaseFilter { dataset: Some(dataset.id), pipeline: None };
        CasePages { pipeline: Some(dataset.pipeline), ..self.case_pages(caller, filter) }
    }

    /// All cases that meet the filter, in their order, to be read piece by piece.
    #[must_use]
    pub fn case_pages(&self, caller: &Caller, filter: CaseFilter) -> CasePages {
        CasePages {
            store: self.clone(),
            caller: caller.clone(),
            filter,
            pipeline: None,
            after: Some(0),
            limit: FIRST_PIECE,
            wanted: None,
            given: 0,
            company: None,
            page: None,
            returned: Returned::nothing(),
        }
    }
}
