//! Experiments: listed by v4, and made there with the traces that came of them elsewhere (contract
//! §3.4, §3.8). No operation of v4 reads test results or spans.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use evalstone_core::digest::DatasetDigest;
use evalstone_core::error::{Error, Kind, Result};
use evalstone_core::json::{RawObject, object};
use evalstone_core::run::{RunKind, RunStatus};
use evalstone_core::run_copy::RunCopy;
use evalstone_kit::remote::answer::Answer;
use evalstone_kit::remote::elements::Wanted;
use evalstone_kit::remote::runs::{FetchedPart, RemoteRun, UnreadableRun};
use evalstone_kit::remote::{Walk, is_refusal, segment};
use futures_util::TryStreamExt as _;

use super::Gentrace;
use super::mark::{Mark, Source, unmarked};
use super::sending::Sending;
use crate::wire::ids::DEFAULT;

const PATH: &str = "/api/v4/experiments";

/// The experiments that were moved to a server: their ids there, by where they come from.
pub type Moved = HashMap<Source, String>;

/// An experiment as the server shows it.
#[derive(Debug)]
pub struct Experiment {
    /// Its id.
    pub id: String,
    /// The id of its pipeline.
    pub pipeline: String,
    name: Option<String>,
    /// What its client wants to remember of it, without the mark.
    metadata: Option<RawObject>,
    mark: Option<Mark>,
    created_at: DateTime<Utc>,
}

impl Experiment {
    fn of(answer: Answer<'_>) -> Result<Self> {
        let metadata = answer.get("metadata").map(RawObject::try_from).transpose();
        let metadata = metadata.map_err(|error| Error::invalid(format!("metadata: {error}")))?;
        let created_at = answer.time("createdAt");
        Ok(Self {
            id: answer.text("id")?,
            pipeline: answer.text("pipelineId")?,
            name: answer.nullable_text("name")?,
            mark: metadata.as_ref().and_then(|metadata| Mark::of(metadata.view())),
            metadata: metadata.and_then(unmarked),
            created_at: created_at
                .ok_or_else(|| Error::invalid("an answer without the time \"createdAt\""))?,
        })
    }

    /// The experiment as a run. v4 does not show how far it is: it counts as completed, for its client
    /// may report more of it at any time, whatever it said.
    fn into_run(self, server: &Gentrace) -> RemoteRun {
        let Self { id, pipeline, name, metadata, mark, created_at } = self;
        let mut seen = server.seen_pipelines().into_iter();
        let run = RunCopy { created_at, ..said(name, metadata) };
        let pipeline = seen.find(|known| known.id == pipeline);
        let noted = mark.and_then(|mark| mark.moved);
        RemoteRun { id, dataset: None, pipeline, run, tells_parts: false, noted }
    }
}

/// What v4 says of an experiment besides its id, its pipeline and its time.
pub fn said(name: Option<String>, metadata: Option<RawObject>) -> RunCopy {
    RunCopy {
        name,
        metadata,
        ..RunCopy::of(RunKind::Experiment, RunStatus::Completed, DateTime::UNIX_EPOCH)
    }
}

impl Gentrace {
    /// All experiments, the oldest first, behind them those that cannot be read; none where the server does not list them.
    pub async fn experiments(&self) -> Result<Vec<Result<RemoteRun, UnreadableRun>>> {
        let (mut found, mut unreadable) = (Vec::new(), Vec::new());
        let mut pieces = self.client.elements(PATH.to_owned(), Wanted::list("data"));
        loop {
            match pieces.try_next().await {
                Ok(Some(piece)) => {
                    for element in piece {
                        let answer = Answer::parse(&element.text)?;
                        match Experiment::of(answer) {
                            Ok(experiment) => found.push(experiment),
                            Err(error) => unreadable.push(UnreadableRun {
                                id: answer.text("id")?,
                                kind: RunKind::Experiment,
                                why: error.message().to_owned(),
                            }),
                        }
                    }
                }
                Ok(None) => break,
                Err(error) if is_refusal(&error) => return Ok(Vec::new()),
                Err(error) => return Err(error),
            }
        }
        if !found.is_empty() {
            self.pipelines().await?;
        }
        // The list begins with the newest.
        found.reverse();
        found.sort_by_key(|experiment| experiment.created_at);
        let found = found.into_iter().map(|experiment| Ok(experiment.into_run(self)));
        Ok(found.chain(unreadable.into_iter().map(Err)).collect())
    }

    /// What there is of experiments and is not moved.
    pub async fn unmoved(&self) -> Result<Option<String>> {
        let mut count = 0;
        let mut pieces = self.client.elements(PATH.to_owned(), Wanted::list("data"));
        loop {
            match pieces.try_next().await {
                Ok(Some(piece)) => count += piece.len(),
                Ok(None) => break,
                Err(error) if is_refusal(&error) => {
                    return Ok(Some("experiments, uncounted".to_owned()));
                }
                Err(error) => return Err(error),
            }
        }
        let experiments = if count == 1 { "experiment" } else { "experiments" };
        let text = format!(
            "test results and traces of {count} {experiments}, which this API does not show"
        );
        Ok((count > 0).then_some(text))
    }

    /// The experiment here for this one of another place, if all that came of that was sent once. What an
    /// earlier try has only begun with is none yet: [`Gentrace::take_in`] goes on with it.
    pub async fn known_experiment(&self, like: &RemoteRun) -> Result<Option<RemoteRun>> {
        if like.run.kind != RunKind::Experiment {
            return Ok(None);
        }
        let whole = |found: &Experiment| match &found.mark {
            Some(mark) if mark.source == Source::of(like) => mark.moved.is_some(),
            // It is that itself, but whether all that came of it is there nobody knows.
            _ => !like.tells_parts,
        };
        let Some(mut found) = self.counterpart(like).await?.filter(whole) else {
            return Ok(None);
        };
        // What is noted of another one, which it was once, says nothing of this one.
        found.mark = found.mark.filter(|mark| mark.source == Source::of(like));
        Ok(Some(self.shown(found).await?))
    }

    /// Makes an experiment like this one, or goes on with one that an earlier try has left, and reports
    /// the spans among these parts to it. Spans that are there already are replaced by the same.
    ///
    /// # Errors
    /// Invalid when the server has refused spans, or evaluations came without the spans that report
    /// them; everything else was sent then.
    pub async fn take_in(
        &self,
        like: &RemoteRun,
        mut parts: Walk<'_, FetchedPart>,
    ) -> Result<RemoteRun> {
        let experiment = match self.counterpart(like).await? {
            Some(found) => found,
            None => self.start(like).await?,
        };
        // Names of pipelines in spans are looked up among all that there are.
        self.pipeline(&experiment.pipeline).await?;
        let mut sending = Sending::new(self, like, &experiment);
        let mut digest = DatasetDigest::new();
        while let Some(piece) = parts.try_next().await? {
            for part in piece {
                digest.push(&part.part.digest());
                sending.take(part).await?;
            }
        }
        let outcome = sending.finish().await?;
        let digest = digest.finish().to_string();
        self.end(like, &experiment, outcome.is_ok().then_some(digest)).await?;
        outcome?;
        let id = experiment.id;
        let found = self.experiment(&id).await?;
        self.shown(found.ok_or_else(|| Error::invalid(format!("experiment {id} is gone")))?).await
    }

    async fn shown(&self, experiment: Experiment) -> Result<RemoteRun> {
        self.pipeline(&experiment.pipeline).await?;
        Ok(experiment.into_run(self))
    }

    /// The experiment that has the mark of this one, or else this one itself, when it is here.
    async fn counterpart(&self, like: &RemoteRun) -> Result<Option<Experiment>> {
        let source = Source::of(like);
        if let Some(id) = self.moved_from(&source).await? {
            let found = self.experiment(&id).await?;
            let marked =
                |found: &Experiment| found.mark.as_ref().is_some_and(|mark| mark.source == source);
            // Somebody may have taken the mark off since the list was read.
            if let Some(found) = found.filter(marked) {
                return Ok(Some(found));
            }
        }
        let found = self.experiment(&like.id).await?;
        Ok(found.filter(|found| found.name == like.run.name))
    }

    /// The id here of what comes from there. The list is read once; only its marks are kept.
    async fn moved_from(&self, source: &Source) -> Result<Option<String>> {
        if let Some(moved) = &*self.moved.borrow() {
            return Ok(moved.get(source).cloned());
        }
        let mut moved = Moved::new();
        let mut pieces = self.client.elements(PATH.to_owned(), Wanted::list("data"));
        while let Some(piece) = pieces.try_next().await? {
            for element in piece {
                let found = Experiment::of(Answer::parse(&element.text)?)?;
                if let Some(mark) = found.mark {
                    // Of several the oldest counts, which the list has last.
                    moved.insert(mark.source, found.id);
                }
            }
        }
        let id = moved.get(source).cloned();
        *self.moved.borrow_mut() = Some(moved);
        Ok(id)
    }

    async fn experiment(&self, id: &str) -> Result<Option<Experiment>> {
        match self.client.get(&format!("{PATH}/{}", segment(id))).await {
            Ok(text) => Experiment::of(Answer::parse(&text)?).map(Some),
            // An id of another place need not be one here.
            Err(error) if matches!(error.kind(), Kind::NotFound | Kind::Invalid) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Makes an experiment like this one, which nothing was sent of yet.
    async fn start(&self, like: &RemoteRun) -> Result<Experiment> {
        let pipeline = match &like.pipeline {
            Some(pipeline) => self.pipeline_like(pipeline).await?,
            None => DEFAULT.to_owned(),
        };
        let source = Source::of(like);
        let mark = Mark { source: source.clone(), moved: None };
        let metadata = mark.put(like.run.metadata.as_ref());
        let body = object(|object| {
            object.text("pipelineId", &pipeline);
            if let Some(name) = &like.run.name {
                object.text("name", name);
            }
            object.json("metadata", metadata.as_str());
        });
        let made = match self.client.post(PATH, &body).await {
            Ok(text) => Experiment::of(Answer::parse(&text)?)?,
            Err(error) => self.made_after_all(&source, error).await?,
        };
        if let Some(moved) = &mut *self.moved.borrow_mut() {
            moved.insert(source, made.id.clone());
        }
        Ok(made)
    }

    /// The experiment that was made though the answer did not come, or else why it was not.
    async fn made_after_all(&self, source: &Source, error: Error) -> Result<Experiment> {
        // Whoever asks next must look anew.
        *self.moved.borrow_mut() = None;
        if !matches!(error.kind(), Kind::Unavailable { .. }) {
            return Err(error);
        }
        match self.moved_from(source).await? {
            Some(id) => self.experiment(&id).await?.ok_or(error),
            None => Err(error),
        }
    }

    /// Ends what was sent, as far as it has ended where it comes from, and notes the digest of all of it, if
    /// that has arrived.
    async fn end(
        &self,
        like: &RemoteRun,
        experiment: &Experiment,
        digest: Option<String>,
    ) -> Result<()> {
        let source = Source::of(like);
        let is_marked = experiment.mark.as_ref().is_some_and(|mark| mark.source == source);
        let is_ours = is_marked || experiment.id == like.id;
        let has_ended = like.run.status == RunStatus::Completed;
        let is_noted = digest.is_some() && is_ours;
        let mark = Mark { source, moved: digest };
        if !has_ended && !is_noted {
            return Ok(());
        }
        let body = object(|object| {
            if is_noted {
                object.json("metadata", mark.put(like.run.metadata.as_ref()).as_str());
            }
            if has_ended {
                object.text("status", "EVALUATING");
            }
        });
        // What is set twice is set.
        let path = format!("{PATH}/{}", segment(&experiment.id));
        self.client.post_again(&path, &body).await.map(drop)
    }
}
