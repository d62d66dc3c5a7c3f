//! The store as a place. What comes in keeps the ids that it has where it comes from (design §2.1).

use std::cell::RefCell;
use std::collections::HashMap;
use std::time::Duration;

use evalstone_core::caller::Caller;
use evalstone_core::case::Origin;
use evalstone_core::dataset::{
    CaseFilter, Dataset, DatasetChange, DatasetFilter, NewCase, NewDataset, Reference, StoredCase,
    Window,
};
use evalstone_core::error::{Error, Kind, Result};
use evalstone_core::id::{CaseId, DatasetId, PipelineId};
use evalstone_core::json::RawJson;
use evalstone_core::name_key::own_name_key;
use evalstone_core::pipeline::{NewPipeline, Pipeline, PipelineFilter};
use evalstone_core::text::Slug;
use evalstone_kit::remote::{
    About, AboutPipeline, Fetched, Manner, Portion, Remote, RemoteDataset, Reply, Unreadable, Walk,
};
use evalstone_store::Store;
use evalstone_store::source_ids::SourceKind;
use futures_util::{StreamExt as _, TryStreamExt as _, future, stream};
use tokio::sync::mpsc;
use uuid::Uuid;

/// The source of datasets of which nobody says where their cases come from.
const CUSTOMER: &str = "customer";
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
    pipelines: RefCell<Option<HashMap<PipelineId, Pipeline>>>,
    /// Which ids of a source's dataset were in use here when it was received.
    ids: RefCell<HashMap<String, Ids>>,
}

/// Which of a dataset's ids are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ids {
    /// All that are UUIDs become ours.
    Ours,
    /// Ours are others; the dataset's own is in the id map.
    Mapped,
    /// Ours are others; its own is somebody else's in the id map.
    Taken,
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

    async fn pipelines(&self) -> Result<HashMap<PipelineId, Pipeline>> {
        if let Some(known) = &*self.pipelines.borrow() {
            return Ok(known.clone());
        }
        let all = self.store.pipelines(&self.caller, PipelineFilter::default()).await?;
        let all: HashMap<_, _> = all.into_iter().map(|pipeline| (pipeline.id, pipeline)).collect();
        Ok(self.pipelines.borrow_mut().insert(all).clone())
    }

    /// The pipeline with this slug, which is made if there is none.
    async fn pipeline_like(&self, like: &AboutPipeline) -> Result<PipelineId> {
        let AboutPipeline { id, slug, display_name, folder } = like;
        if let Some(found) = self.store.pipeline_by_slug(&self.caller, slug).await? {
            return Ok(found.id);
        }
        let new = |id| {
            let (slug, display_name) = (Slug::parse(slug)?, display_name.clone());
            Ok::<_, Error>(NewPipeline { id, slug, display_name, folder: *folder })
        };
        let given: Option<PipelineId> = id.parse().ok();
        let made = match self.store.create_pipeline(&self.caller, new(given)?).await {
            Err(error) if error.kind() == Kind::Taken && given.is_some() => {
                self.store.create_pipeline(&self.caller, new(None)?).await
            }
            made => made,
        };
        let made = match made {
            Ok(made) => made.id,
            // Another dataset of the same move was faster.
            Err(error) if error.kind() == Kind::Taken => {
                let found = self.store.pipeline_by_slug(&self.caller, slug).await?;
                return found.map(|found| found.id).ok_or(error);
            }
            Err(error) => return Err(error),
        };
        self.pipelines.borrow_mut().take();
        if given != Some(made) {
            let kind = SourceKind::Pipeline;
            let (caller, dialect) = (&self.caller, self.dialect);
            let kept = self.store.remember_source_id(caller, dialect, kind, id, made.uuid()).await;
            match kept {
                Err(error) if error.kind() != Kind::Taken => return Err(error),
                _ => {}
            }
        }
        Ok(made)
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

    /// The dataset as it is stored that is like this one.
    async fn new_dataset(&self, like: &RemoteDataset, ids: Ids) -> Result<NewDataset> {
        let About {
            name,
            description,
            category,
            creator,
            source,
            public,
            shared,
            unique_name,
            archived: _,
            golden,
            pipeline,
            facet,
            facets: _,
            origin,
        } = like.about.clone();
        let origin = self.dialects.iter().copied().find(|name| Some(*name) == origin.as_deref());
        let pipeline = match &pipeline {
            Some(pipeline) => Some(self.pipeline_like(pipeline).await?),
            None => None,
        };
        let id = match ids {
            // What has no id there is another dataset with every try.
            _ if like.id.is_empty() => DatasetId::generate(),
            Ids::Ours => like.id.parse().unwrap_or_else(|_| self.derived(&like.id)),
            Ids::Mapped | Ids::Taken => self.derived(&like.id),
        };
        Ok(NewDataset {
            id: Some(id),
            origin: origin.unwrap_or(self.dialect),
            pipeline,
            shared,
            name_key: unique_name.then(|| own_name_key(&self.caller, &name)),
            name,
            description,
            category,
            creator,
            source: source.unwrap_or_else(|| CUSTOMER.to_owned()),
            public,
            golden,
            facet,
        })
    }

    /// Our id of a dataset whose own cannot be ours: the same with every try, so that a later one finds
    /// what an earlier one left.
    fn derived(&self, source_id: &str) -> DatasetId {
        let organization = self.caller.organization.to_string();
        let name = format!("{organization}/{}/{source_id}", self.dialect);
        let digest = evalstone_core::digest::Digest::of(name.as_bytes());
        let mut head = [0; 16];
        head.copy_from_slice(&digest.as_bytes()[..16]);
        DatasetId::from_uuid(uuid::Builder::from_custom_bytes(head).into_uuid())
    }

    fn new_case(&self, fetched: Fetched, ids: Ids) -> NewCase {
        let Fetched { id, dataset: _, case, origin } = fetched;
        let own = id.as_deref().filter(|_| ids == Ids::Ours).and_then(|id| id.parse().ok());
        let here = || Origin { dialect: self.dialect.to_owned(), source_id: id, facet: None };
        let origin = origin.unwrap_or_else(here);
        NewCase { id: own, case, origin }
    }

    fn ids_of(&self, source_id: &str) -> Ids {
        self.ids.borrow().get(source_id).copied().unwrap_or(Ids::Ours)
    }

    /// What is done about an id that is in use: the next try leaves it alone. The error is final once
    /// no given id is used any more.
    fn taken(&self, source_id: &str, error: Error) -> Error {
        let next = match self.ids_of(source_id) {
            Ids::Ours => Ids::Mapped,
            Ids::Mapped => Ids::Taken,
            Ids::Taken => return error,
        };
        self.ids.borrow_mut().insert(source_id.to_owned(), next);
        Error::unavailable(error.message(), Duration::ZERO)
    }

    /// What each dialect alone knows of a dataset, where that is moved.
    async fn facets(&self, id: DatasetId) -> Result<Vec<(String, RawJson)>> {
        let mut facets = Vec::new();
        for dialect in self.dialects.iter().copied() {
            let found =
                self.store.dataset(&self.caller, dialect, &Reference::Id(id.uuid())).await?;
            if let Some(facet) = found.and_then(|dataset| dataset.facet) {
                facets.push((dialect.to_owned(), facet));
            }
        }
        Ok(facets)
    }

    async fn keep_facets(&self, id: DatasetId, facets: &[(String, RawJson)]) -> Result<()> {
        for (dialect, facet) in facets {
            let known = self.dialects.iter().copied().find(|name| *name == dialect.as_str());
            if let Some(dialect) = known {
                let facet = Some(Some(facet.clone()));
                let change = DatasetChange { facet, ..DatasetChange::default() };
                self.store.change_dataset(&self.caller, dialect, id, change).await?;
            }
        }
        Ok(())
    }

    /// Keeps in the id map which cases of ours a source's became, where their ids differ.
    async fn map_cases(&self, dataset: DatasetId) -> Result<()> {
        let filter = CaseFilter { dataset: Some(dataset), pipeline: None };
        let mut pages = self.store.case_pages(&self.caller, filter);
        loop {
            let piece = pages.next().await?;
            if piece.is_empty() {
                return Ok(());
            }
            let differing = piece.iter().filter_map(|stored| {
                let source = stored.origin.source_id.clone()?;
                (source != stored.id.to_string()).then(|| (source, stored.id.uuid()))
            });
            let differing: Vec<(String, Uuid)> = differing.collect();
            if !differing.is_empty() {
                self.store.remember_cases(&self.caller, self.dialect, differing).await?;
            }
        }
    }
}

impl Remote for Here {
    fn datasets(&self) -> Walk<'_, RemoteDataset> {
        let all = DatasetFilter { archived: true, ..DatasetFilter::default() };
        let window = Window { offset: 0, limit: None };
        let pages = self.store.dataset_pages(&self.caller, self.dialect, all, window);
        stream::try_unfold(pages, move |mut pages| async move {
            let piece = pages.next().await?;
            if piece.is_empty() {
                return Ok(None);
            }
            let pipelines = self.pipelines().await?;
            let mut all = Vec::with_capacity(piece.len());
            for dataset in piece {
                let facets = self.facets(dataset.id).await?;
                let mut one = remote(dataset, &pipelines, self.caller.default_pipeline);
                one.about.facets = facets;
                all.push(one);
            }
            Ok(Some((all, pages)))
        })
        .boxed_local()
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
            if id.is_empty() {
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
            let kept = ids != Ids::Taken && !like.id.is_empty();
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
            let loaded = loaded.map_err(|error| match error.kind() {
                Kind::Taken => self.taken(&like.id, error),
                _ => error,
            })?;
            if ids != Ids::Ours {
                self.map_cases(loaded.id).await?;
            }
            self.keep_facets(loaded.id, &like.about.facets).await?;
            self.shown(loaded).await
        })
    }

    fn append<'a>(&'a self, id: &'a str, _: u64, cases: &'a [Fetched]) -> Reply<'a, ()> {
        Box::pin(async move {
            let reference = Reference::of_text(id);
            let new = |ids| cases.iter().cloned().map(|case| self.new_case(case, ids)).collect();
            let (caller, dialect) = (&self.caller, self.dialect);
            match self.store.add_cases(caller, dialect, &reference, new(Ids::Ours)).await {
                Err(error) if error.kind() == Kind::Taken => {
                    self.store.add_cases(caller, dialect, &reference, new(Ids::Mapped)).await?;
                    self.map_cases(id.parse().map_err(|_| Error::not_found("Dataset"))?).await
                }
                added => added.map(drop),
            }
        })
    }

    fn settle<'a>(&'a self, dataset: &'a RemoteDataset, like: &'a RemoteDataset) -> Reply<'a, ()> {
        Box::pin(async move {
            let (is, about) = (&dataset.about, &like.about);
            let change = DatasetChange {
                archived: (is.archived != about.archived).then_some(about.archived),
                golden: (about.golden && !is.golden).then_some(true),
                ..DatasetChange::default()
            };
            if change.is_empty() {
                return Ok(());
            }
            let id = dataset.id.parse().map_err(|_| Error::not_found("Dataset"))?;
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

/// A dataset of ours as the other end sees it. The default pipeline is none that was chosen.
fn remote(
    dataset: Dataset,
    pipelines: &HashMap<PipelineId, Pipeline>,
    default: PipelineId,
) -> RemoteDataset {
    let Dataset {
        id,
        number: _,
        pipeline,
        owner: _,
        author_email: _,
        shared,
        name,
        description,
        category,
        creator,
        source,
        public,
        origin,
        case_count,
        slots: _,
        version: _,
        collection: _,
        archived_at,
        created_at,
        updated_at: _,
        facet,
    } = dataset;
    let place = pipelines.get(&pipeline);
    let about = About {
        name,
        description,
        category,
        creator,
        source: Some(source),
        public,
        shared,
        unique_name: false,
        archived: archived_at.is_some(),
        golden: place.is_some_and(|place| place.golden_dataset == Some(id)),
        pipeline: place.filter(|place| place.id != default).map(|place| AboutPipeline {
            id: place.id.to_string(),
            slug: place.slug.clone(),
            display_name: place.display_name.clone(),
            folder: place.folder,
        }),
        facet,
        facets: Vec::new(),
        origin: Some(origin),
    };
    let case_count = u64::try_from(case_count).ok();
    RemoteDataset { id: id.to_string(), about, case_count, created_at: Some(created_at) }
}
