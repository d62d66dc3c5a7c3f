//! The store as a place. What comes in keeps the ids that it has where it comes from (design §2.1).

mod datasets;
mod ids;
mod runs;

use std::cell::RefCell;
use std::collections::HashMap;

use evalstone_core::caller::Caller;
use evalstone_core::dataset::{
    Beside, CaseFilter, Dataset, DatasetChange, DatasetFilter, NewCase, Reference, StoredCase,
    Window,
};
use evalstone_core::error::{Error, Kind, Result};
use evalstone_core::id::{CaseId, DatasetId};
use evalstone_core::run::RunKind;
use evalstone_kit::remote::runs::{FetchedPart, RemoteRun, RunWalk};
use evalstone_kit::remote::{
    Fetched, Manner, Portion, Remote, RemoteDataset, Reply, Unreadable, Walk,
};
use evalstone_store::Store;
use futures_util::{StreamExt as _, TryStreamExt as _, future, stream};
use tokio::sync::mpsc;

use datasets::{Pipelines, remote};
use ids::Ids;

/// How many cases are added at a time.
const PORTION: Portion = Portion { cases: 2_000, bytes: 4 << 20 };
/// How many pieces wait for the thread that stores them.
const WAITING: usize = 2;

/// The store, as one caller sees it.
pub struct Here {
    store: Store,
    caller: Caller,
    /// What is spoken at the other end.
    dialect: &'static str,
    /// All dialects, where what each alone knows is moved.
    dialects: Vec<&'static str>,
    pipelines: RefCell<Option<Pipelines>>,
    /// Which ids of a source's dataset were in use here when it was received.
    ids: RefCell<HashMap<String, Ids>>,
}

impl Here {
    /// The store as `caller` sees it.
    pub fn new(
        store: Store,
        caller: Caller,
        dialect: &'static str,
        dialects: Vec<&'static str>,
    ) -> Self {
        let (pipelines, ids) = (RefCell::default(), RefCell::default());
        Self { store, caller, dialect, dialects, pipelines, ids }
    }

    async fn shown(&self, dataset: Dataset) -> Result<RemoteDataset> {
        let pipelines = self.pipelines().await?;
        Ok(remote(dataset, &pipelines, self.caller.default_pipeline))
    }

    async fn find(&self, reference: &Reference) -> Result<Option<RemoteDataset>> {
        match self.store.dataset(&self.caller, self.dialect, reference).await? {
            Some(found) => Ok(Some(self.shown(found).await?)),
            None => Ok(None),
        }
    }
}

impl Remote for Here {
    fn datasets(&self) -> Walk<'_, RemoteDataset> {
        let all = DatasetFilter { archived: true, ..DatasetFilter::default() };
        let window = Window { offset: 0, limit: None };
        let pages =
            self.store.dataset_pages(&self.caller, Beside::Facet(self.dialect), all, window);
        stream::try_unfold(pages, move |mut pages| async move {
            let piece = pages.next().await?;
            if piece.is_empty() {
                return Ok(None);
            }
            let pipelines = self.pipelines().await?;
            let mut all = Vec::with_capacity(piece.len());
            for dataset in piece.iter().cloned() {
                let facets = self.facets(dataset.id).await?;
                let mut one = remote(dataset, &pipelines, self.caller.default_pipeline);
                one.about.facets = facets;
                all.push(one);
            }
            Ok(Some((all, pages)))
        })
        .boxed_local()
    }

    fn others(&self) -> Reply<'_, Vec<String>> {
        Box::pin(self.besides())
    }

    fn cases<'a>(&'a self, id: &'a str) -> Walk<'a, Result<Fetched, Unreadable>> {
        let dataset = id.parse::<DatasetId>().map_err(|_| Error::not_found("Dataset"));
        let pages = dataset.map(|dataset| {
            let filter = CaseFilter { dataset: Some(dataset), pipeline: None };
            self.store.case_pages(&self.caller, filter)
        });
        stream::try_unfold(Some(pages), |pages| async move {
            let Some(pages) = pages else { return Ok(None) };
            let mut pages = pages?;
            let piece = pages.next().await?;
            let more = (!piece.is_empty()).then(|| piece.into_iter().map(fetched).collect());
            Ok(more.map(|piece| (piece, Some(Ok(pages)))))
        })
        .boxed_local()
    }

    fn manner(&self) -> Manner {
        Manner { whole: true, portion: Some(PORTION) }
    }

    fn known<'a>(&'a self, id: &'a str) -> Reply<'a, Option<RemoteDataset>> {
        Box::pin(async move {
            if !self.lasts(id) {
                return Ok(None);
            }
            if let Ok(own) = id.parse::<DatasetId>()
                && let Some(found) = self.find(&Reference::Id(own.uuid())).await?
            {
                return Ok(Some(found));
            }
            self.find(&Reference::Source(id.to_owned())).await
        })
    }

    fn upload<'a>(
        &'a self,
        like: &'a RemoteDataset,
        mut cases: Walk<'a, Fetched>,
    ) -> Reply<'a, RemoteDataset> {
        Box::pin(async move {
            let ids = self.ids_of(&like.id);
            let new = self.new_dataset(like, ids).await?;
            let kept = ids != Ids::Taken && self.lasts(&like.id);
            let source_id = kept.then(|| like.id.clone());
            let (sender, receiver) = mpsc::channel(WAITING);
            let feed = async move {
                loop {
                    let piece = match cases.try_next().await {
                        Ok(Some(piece)) => {
                            Ok(piece.into_iter().map(|f| self.new_case(f, ids)).collect())
                        }
                        Ok(None) => return,
                        Err(error) => Err(error),
                    };
                    let ended = piece.is_err();
                    // A load that has failed takes no more.
                    if sender.send(piece).await.is_err() || ended {
                        return;
                    }
                }
            };
            let load =
                self.store.receive_dataset(&self.caller, new, source_id, Received::of(receiver));
            let (loaded, ()) = future::join(load, feed).await;
            let loaded = loaded?;
            self.shown(loaded).await
        })
    }

    fn otherwise(&self, id: &str) -> bool {
        self.give_up_ids(id)
    }

    fn append<'a>(&'a self, id: &'a str, at: u64, cases: &'a [Fetched]) -> Reply<'a, ()> {
        Box::pin(async move {
            let reference = Reference::of_text(id);
            let new = |ids| cases.iter().cloned().map(|case| self.new_case(case, ids)).collect();
            let at = i64::try_from(at).map_err(Error::fault)?;
            let add = |ids| {
                let (caller, dialect) = (&self.caller, self.dialect);
                self.store.add_cases_behind(caller, dialect, &reference, at, new(ids))
            };
            match add(Ids::Ours).await {
                Err(error) if error.kind() == Kind::Taken => {
                    add(Ids::Mapped).await?;
                    self.map_cases(id.parse().map_err(|_| Error::not_found("Dataset"))?).await
                }
                added => added.map(drop),
            }
        })
    }

    fn runs<'a>(&'a self, datasets: &'a [RemoteDataset], all: bool) -> RunWalk<'a> {
        self.all_runs(datasets, all)
    }

    fn parts<'a>(&'a self, run: &'a RemoteRun) -> Walk<'a, FetchedPart> {
        self.all_parts(run)
    }

    fn takes(&self, kind: RunKind) -> bool {
        match kind {
            RunKind::Experiment | RunKind::Benchmark | RunKind::Scoring => true,
        }
    }

    fn knows_case_ids(&self) -> bool {
        // Only what comes out of the id map could, and that may be another source's.
        false
    }

    fn known_run<'a>(&'a self, run: &'a RemoteRun) -> Reply<'a, Option<RemoteRun>> {
        Box::pin(self.run_like(run))
    }

    fn receive<'a>(
        &'a self,
        like: &'a RemoteRun,
        parts: Walk<'a, FetchedPart>,
    ) -> Reply<'a, RemoteRun> {
        Box::pin(self.take_in(like, parts))
    }

    fn settle<'a>(&'a self, dataset: &'a RemoteDataset, like: &'a RemoteDataset) -> Reply<'a, ()> {
        Box::pin(async move {
            let (is, about) = (&dataset.about, &like.about);
            let id = dataset.id.parse().map_err(|_| Error::not_found("Dataset"))?;
            self.keep_facets(id, &about.facets).await?;
            // Only UUIDs are asked for by those who know them from elsewhere.
            if dataset.id != like.id && like.id.parse::<DatasetId>().is_ok() {
                self.map_cases(id).await?;
            }
            let archived = about.archived.filter(|archived| Some(*archived) != is.archived);
            let change = DatasetChange { archived, ..DatasetChange::default() };
            if change.is_empty() {
                return Ok(());
            }
            self.store.change_dataset(&self.caller, self.dialect, id, change).await.map(drop)
        })
    }
}

/// The cases that come from the other end, on the thread that stores them.
struct Received {
    receiver: mpsc::Receiver<Result<Vec<NewCase>>>,
    piece: std::vec::IntoIter<NewCase>,
}

impl Received {
    fn of(receiver: mpsc::Receiver<Result<Vec<NewCase>>>) -> Self {
        Self { receiver, piece: Vec::new().into_iter() }
    }
}

impl Iterator for Received {
    type Item = Result<NewCase>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(case) = self.piece.next() {
                return Some(Ok(case));
            }
            match self.receiver.blocking_recv()? {
                Ok(piece) => self.piece = piece.into_iter(),
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

fn fetched(stored: StoredCase) -> Result<Fetched, Unreadable> {
    let StoredCase { id, number: _, dataset, pipeline: _, case, origin, created_at: _ } = stored;
    let (id, dataset) = (Some(CaseId::to_string(&id)), Some(dataset.to_string()));
    Ok(Fetched { id, dataset, case, origin: Some(origin) })
}
