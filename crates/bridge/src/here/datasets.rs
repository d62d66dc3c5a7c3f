//! Datasets of the store as they are moved.

use std::collections::HashMap;
use std::rc::Rc;

use evalstone_core::annotation::AnnotationFilter;
use evalstone_core::collection::CollectionFilter;
use evalstone_core::dataset::{Dataset, DatasetChange, NewDataset, Reference, Window};
use evalstone_core::error::{Error, Kind, Result};
use evalstone_core::guardrail::TraceFilter;
use evalstone_core::id::{DatasetId, PipelineId};
use evalstone_core::json::RawJson;
use evalstone_core::name_key::own_name_key;
use evalstone_core::pipeline::{NewPipeline, Pipeline, PipelineFilter};
use evalstone_core::source::SourceKind;
use evalstone_core::text::Slug;
use evalstone_kit::remote::{About, AboutPipeline, RemoteDataset, counted};

use super::Here;
use super::ids::Ids;

/// The pipelines by their ids.
pub type Pipelines = Rc<HashMap<PipelineId, Pipeline>>;

/// The source of datasets of which nobody says where their cases come from.
const CUSTOMER: &str = "customer";

impl Here {
    /// The pipelines, which are looked up once.
    pub async fn pipelines(&self) -> Result<Pipelines> {
        if let Some(known) = &*self.pipelines.borrow() {
            return Ok(Rc::clone(known));
        }
        let all = self.store.pipelines(&self.caller, PipelineFilter::default()).await?;
        let all: HashMap<_, _> = all.into_iter().map(|pipeline| (pipeline.id, pipeline)).collect();
        Ok(Rc::clone(self.pipelines.borrow_mut().insert(Rc::new(all))))
    }

    /// The pipeline with this slug, which is made if there is none.
    pub async fn pipeline_like(&self, like: &AboutPipeline) -> Result<PipelineId> {
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

    /// The dataset as it is stored that is like this one.
    pub async fn new_dataset(&self, like: &RemoteDataset, ids: Ids) -> Result<NewDataset> {
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
            // What has no lasting id is another dataset with every try.
            _ if !self.lasts(&like.id) => DatasetId::generate(),
            Ids::Ours => {
                like.id.parse().unwrap_or_else(|_| self.derived(SourceKind::Dataset, &like.id))
            }
            Ids::Mapped if like.id.parse::<DatasetId>().is_ok() => {
                self.derived(SourceKind::Dataset, &like.id)
            }
            Ids::Mapped | Ids::Taken => DatasetId::generate(),
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
            golden: golden && !self.has_golden(pipeline).await?,
            facet,
        })
    }

    /// What each dialect alone knows of a dataset, where that is moved.
    pub async fn facets(&self, id: DatasetId) -> Result<Vec<(String, RawJson)>> {
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

    /// Whether a pipeline, the default one where none is given, has a golden dataset: what comes in takes
    /// nobody's place.
    async fn has_golden(&self, pipeline: Option<PipelineId>) -> Result<bool> {
        let id = pipeline.unwrap_or(self.caller.default_pipeline);
        let found = self.store.pipeline(&self.caller, id).await?;
        Ok(found.is_some_and(|pipeline| pipeline.golden_dataset.is_some()))
    }

    /// What there is besides datasets, cases and runs.
    pub async fn besides(&self) -> Result<Vec<String>> {
        let (store, caller) = (&self.store, &self.caller);
        let none = Window { offset: 0, limit: Some(0) };
        let mut besides = Vec::new();
        let mut add = |count: i64, one: &str, many: &str| {
            besides.extend(counted(u64::try_from(count).ok(), one, many));
        };
        let filter = CollectionFilter::default();
        let (collections, _) = store.counted_collections(caller, filter, none).await?;
        add(collections, "collection", "collections");
        let filter = TraceFilter::default();
        let (traces, _) = store.counted_guardrail_traces(caller, filter, none).await?;
        add(traces, "guardrail trace", "guardrail traces");
        let filter = AnnotationFilter::default();
        let (annotations, _) = store.counted_annotations(caller, filter, none).await?;
        add(annotations, "annotation", "annotations");
        Ok(besides)
    }

    /// Keeps what each dialect alone knows of a dataset, where nothing is known here.
    pub async fn keep_facets(&self, id: DatasetId, facets: &[(String, RawJson)]) -> Result<()> {
        for (dialect, facet) in facets {
            let known = self.dialects.iter().copied().find(|name| *name == dialect.as_str());
            if let Some(dialect) = known {
                let here = Reference::Id(id.uuid());
                let found = self.store.dataset(&self.caller, dialect, &here).await?;
                if found.is_some_and(|dataset| dataset.facet.is_some()) {
                    continue;
                }
                let facet = Some(Some(facet.clone()));
                let change = DatasetChange { facet, ..DatasetChange::default() };
                self.store.change_dataset(&self.caller, dialect, id, change).await?;
            }
        }
        Ok(())
    }
}

/// What is moved of a pipeline, unless it is the default one, which nobody has chosen.
pub fn about_pipeline(pipeline: &Pipeline, default: PipelineId) -> Option<AboutPipeline> {
    (pipeline.id != default).then(|| AboutPipeline {
        id: pipeline.id.to_string(),
        slug: pipeline.slug.clone(),
        display_name: pipeline.display_name.clone(),
        folder: pipeline.folder,
    })
}

/// A dataset of ours as the other end sees it. The default pipeline is none that was chosen.
pub fn remote(
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
        archived: Some(archived_at.is_some()),
        golden: place.is_some_and(|place| place.golden_dataset == Some(id)),
        pipeline: place.and_then(|place| about_pipeline(place, default)),
        facet,
        facets: Vec::new(),
        origin: Some(origin),
    };
    let case_count = u64::try_from(case_count).ok();
    RemoteDataset { id: id.to_string(), about, case_count, created_at: Some(created_at) }
}
