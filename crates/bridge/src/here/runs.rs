//! Runs of the store as they are moved.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use evalstone_core::error::{Error, Kind, Result};
use evalstone_core::id::{CaseId, Id, PipelineId, RunId};
use evalstone_core::pipeline::Pipeline;
use evalstone_core::run_copy::{NewRunCopy, RunPart, StoredRunCopy};
use evalstone_core::source::SourceKind;
use evalstone_kit::remote::runs::{FetchedPart, RemoteRun, RunWalk};
use evalstone_kit::remote::{RemoteDataset, Walk};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::Here;
use super::datasets::about_pipeline;

/// How many parts, and about how many bytes of them, go into one transaction.
const PARTS: usize = 500;
const BYTES: usize = 1 << 20;

impl Here {
    /// The runs over these datasets, or all there are.
    pub fn all_runs<'a>(&'a self, datasets: &'a [RemoteDataset], all: bool) -> RunWalk<'a> {
        let wanted: HashSet<&str> = datasets.iter().map(|dataset| dataset.id.as_str()).collect();
        let pages = self.store.run_copy_pages(&self.caller);
        stream::try_unfold((pages, wanted), move |(mut pages, wanted)| async move {
            let piece = pages.next().await?;
            if piece.is_empty() {
                return Ok(None);
            }
            let mut pipelines = self.pipelines().await?;
            if piece.iter().any(|stored| !pipelines.contains_key(&stored.pipeline)) {
                // It was made since they were looked up.
                self.pipelines.borrow_mut().take();
                pipelines = self.pipelines().await?;
            }
            let is_wanted = |run: &RemoteRun| {
                all || run.dataset.as_deref().is_some_and(|id| wanted.contains(id))
            };
            let runs = piece.into_iter().map(|stored| self.remote_run(stored, &pipelines));
            let runs = runs.filter(is_wanted).map(Ok).collect();
            Ok(Some((runs, (pages, wanted))))
        })
        .boxed_local()
    }

    fn remote_run(
        &self,
        stored: StoredRunCopy,
        pipelines: &HashMap<PipelineId, Pipeline>,
    ) -> RemoteRun {
        let StoredRunCopy { id, number: _, dataset, pipeline, run } = stored;
        let default = self.caller.default_pipeline;
        RemoteRun {
            id: id.to_string(),
            dataset: dataset.map(|id| id.to_string()),
            pipeline: pipelines.get(&pipeline).and_then(|place| about_pipeline(place, default)),
            run,
            tells_parts: true,
            noted: None,
        }
    }

    /// The parts of a run.
    pub fn all_parts<'a>(&'a self, run: &'a RemoteRun) -> Walk<'a, FetchedPart> {
        let begun = async move {
            let id = run.id.parse().map_err(|_| Error::not_found("Run"))?;
            let stored = self.store.run_copy(&self.caller, id).await?;
            let stored = stored.ok_or_else(|| Error::not_found("Run"))?;
            let pages = self.store.run_part_pages(&self.caller, &stored);
            let pieces = stream::try_unfold(pages, |mut pages| async move {
                let piece = pages.next().await?;
                let fetched = |(case, part): (Option<CaseId>, RunPart)| FetchedPart {
                    case: case.map(|id| id.to_string()),
                    part,
                };
                let piece: Vec<FetchedPart> = piece.into_iter().map(fetched).collect();
                Ok((!piece.is_empty()).then_some((piece, pages)))
            });
            Ok::<_, Error>(pieces)
        };
        stream::once(begun).try_flatten().boxed_local()
    }

    /// What this store has for a run of another place.
    pub async fn run_like(&self, run: &RemoteRun) -> Result<Option<RemoteRun>> {
        for id in [self.id_of_run(run), self.own_id_of_run(run)] {
            if let Some(stored) = self.store.run_copy(&self.caller, id).await? {
                let pipelines = self.pipelines().await?;
                return Ok(Some(self.remote_run(stored, &pipelines)));
            }
        }
        Ok(None)
    }

    /// Stores a run.
    pub async fn take_in(
        &self,
        like: &RemoteRun,
        mut parts: Walk<'_, FetchedPart>,
    ) -> Result<RemoteRun> {
        let pipeline = match &like.pipeline {
            Some(pipeline) => Some(self.pipeline_like(pipeline).await?),
            None => None,
        };
        let origin = like.run.origin.as_deref();
        let origin = self.dialects.iter().copied().find(|name| Some(*name) == origin);
        let new = NewRunCopy {
            id: self.id_of_run(like),
            origin: origin.unwrap_or(self.dialect),
            // In files the ids are ours already, or mean nothing.
            source_id: self.dialects.is_empty().then(|| like.id.clone()),
            dataset: like.dataset.as_deref().map(|id| self.id_of(SourceKind::Dataset, id)),
            pipeline,
            run: like.run.clone(),
        };
        let own = NewRunCopy { id: self.own_id_of_run(like), source_id: None, ..new.clone() };
        let arriving = match self.store.begin_run_copy(&self.caller, new).await {
            Err(error) if error.kind() == Kind::Taken => {
                if self.run_like(like).await?.is_some() {
                    let why = "another move has just brought this run";
                    return Err(Error::unavailable(why, Duration::ZERO));
                }
                // Somebody has it whose runs this user does not see.
                self.store.begin_run_copy(&self.caller, own).await?
            }
            begun => begun?,
        };
        let (mut waiting, mut bytes) = (Vec::new(), 0);
        loop {
            let piece = parts.try_next().await?;
            let ended = piece.is_none();
            for part in piece.into_iter().flatten() {
                bytes += part.part.bytes();
                waiting.push(part);
                if waiting.len() >= PARTS || bytes >= BYTES {
                    let full = self.with_cases(std::mem::take(&mut waiting));
                    self.store.add_run_parts(&arriving, full).await?;
                    bytes = 0;
                }
            }
            if ended {
                break;
            }
        }
        if !waiting.is_empty() {
            let last = self.with_cases(waiting);
            self.store.add_run_parts(&arriving, last).await?;
        }
        let stored = self.store.end_run_copy(arriving).await?;
        let pipelines = self.pipelines().await?;
        Ok(self.remote_run(stored, &pipelines))
    }

    /// The parts with our ids of their cases. A case need not be here (any more).
    fn with_cases(&self, parts: Vec<FetchedPart>) -> Vec<(Option<CaseId>, RunPart)> {
        let ours = |id: String| self.id_of(SourceKind::Case, &id);
        parts.into_iter().map(|FetchedPart { case, part }| (case.map(ours), part)).collect()
    }

    /// Our id of a run of another place. Two places may have given one number to different runs, but not at
    /// the same time.
    fn id_of_run(&self, run: &RemoteRun) -> RunId {
        run.id.parse().unwrap_or_else(|_| self.derived(SourceKind::Run, &dated(run)))
    }

    /// Our id of a run of another place that somebody else has moved here for themselves.
    fn own_id_of_run(&self, run: &RemoteRun) -> RunId {
        self.derived(SourceKind::Run, &format!("{} for {}", dated(run), self.caller.user))
    }

    /// Our id of something whose id elsewhere is this one.
    fn id_of<K>(&self, kind: SourceKind, source_id: &str) -> Id<K> {
        source_id.parse().unwrap_or_else(|_| self.derived(kind, source_id))
    }
}

/// What a run is called where it comes from, and when it was made there.
fn dated(run: &RemoteRun) -> String {
    format!("{} of {}", run.id, run.run.created_at.to_rfc3339())
}
