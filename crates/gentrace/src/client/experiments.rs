//! Experiments: listed by v4, and made there with the traces that came of them elsewhere (contract
//! §3.4, §3.8). No operation of v4 reads test results or spans.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use chrono::{DateTime, Utc};
use evalstone_core::digest::DatasetDigest;
use evalstone_core::error::{Error, Kind, Result};
use evalstone_core::json::{RawObject, object};
use evalstone_core::run::{RunKind, RunStatus};
use evalstone_core::run_copy::RunCopy;
use evalstone_kit::remote::answer::Answer;
use evalstone_kit::remote::elements::{Element, Wanted};
use evalstone_kit::remote::runs::{FetchedPart, RemoteRun, UnreadableRun};
use evalstone_kit::remote::{Walk, counted, segment};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::Gentrace;
use super::mark::{Mark, Source, unmarked};
use super::sending::Sending;
use crate::wire::ids::DEFAULT;

const PATH: &str = "/api/v4/experiments";

/// The experiments that were moved to a server, by where they come from.
#[derive(Debug, Default)]
pub struct Moved(HashMap<Source, (DateTime<Utc>, String)>);

impl Moved {
    /// Takes note of what a list shows, if it was moved.
    ///
    /// # Errors
    /// Invalid when it was and cannot be read; what is not ours may be as it likes.
    fn note(&mut self, answer: Answer<'_>) -> Result<()> {
        match answer.get("metadata").and_then(Mark::of) {
            Some(mark) => Experiment::of(answer).map(|found| self.take(mark.source, &found)),
            None => Ok(()),
        }
    }

    /// Of several that come from one, the oldest counts.
    fn take(&mut self, source: Source, found: &Experiment) {
        let made = (found.created_at, found.id.clone());
        match self.0.entry(source) {
            Entry::Occupied(mut known) if made < *known.get() => drop(known.insert(made)),
            Entry::Occupied(_) => {}
            Entry::Vacant(free) => drop(free.insert(made)),
        }
    }

    /// The id there of what comes from there.
    fn id(&self, source: &Source) -> Option<String> {
        self.0.get(source).map(|(_, id)| id.clone())
    }
}

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
        let run = RunCopy { created_at, ..said_of_experiment(name, metadata) };
        let pipeline = seen.find(|known| known.id == pipeline);
        let noted = mark.and_then(|mark| mark.moved);
        RemoteRun { id, dataset: None, pipeline, run, tells_parts: false, noted }
    }
}

/// What v4 says of an experiment besides its id, its pipeline and its time.
pub fn said_of_experiment(name: Option<String>, metadata: Option<RawObject>) -> RunCopy {
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
        let Some(mut pieces) = opened(self.listed()).await? else { return Ok(Vec::new()) };
        while let Some(piece) = pieces.try_next().await? {
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
        let told = |count| counted(count, "experiment", "experiments");
        let Some(mut pieces) = opened(self.listed()).await? else { return Ok(told(None)) };
        let mut count = 0;
        while let Some(piece) = pieces.try_next().await? {
            count += piece.len() as u64;
        }
        Ok(told(Some(count)).map(|experiments| {
            format!("test results and traces of {experiments}, which this API does not show")
        }))
    }

    /// All experiments as the server lists them.
    fn listed(&self) -> Walk<'_, Element> {
        self.client.elements(PATH.to_owned(), Wanted::list("data"))
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
            return Ok(moved.id(source));
        }
        let mut moved = Moved::default();
        let mut pieces = self.listed();
        while let Some(piece) = pieces.try_next().await? {
            for element in piece {
                moved.note(Answer::parse(&element.text)?)?;
            }
        }
        let id = moved.id(source);
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
            moved.take(source, &made);
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

/// A list's pieces; none where the server does not list such things, or not for this key. What it refuses
/// later, when it is asked again for what a break has cut off, is an error: something was there.
async fn opened(mut pieces: Walk<'_, Element>) -> Result<Option<Walk<'_, Element>>> {
    match pieces.try_next().await {
        Ok(first) => Ok(Some(stream::iter(first.map(Ok)).chain(pieces).boxed_local())),
        Err(error) => match error.kind() {
            Kind::Forbidden | Kind::NotFound | Kind::Unsupported => Ok(None),
            _ => Err(error),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[actix_web::test]
    async fn only_a_list_that_is_never_opened_is_none() {
        let lengths = async |pieces: Vec<Result<usize, Kind>>| {
            let piece = |length| vec![Element { of: "data", text: "{}".into() }; length];
            let error = |kind| Error::new(kind, "no");
            let pieces = pieces.into_iter().map(|one| one.map(piece).map_err(error));
            let pieces = opened(stream::iter(pieces.collect::<Vec<_>>()).boxed_local()).await;
            let Some(pieces) = pieces.map_err(|error| error.kind())? else { return Ok(None) };
            let read = pieces.map_ok(|piece| piece.len()).try_collect::<Vec<_>>().await;
            read.map(Some).map_err(|error| error.kind())
        };
        assert_eq!(lengths(vec![]).await, Ok(Some(vec![])));
        assert_eq!(lengths(vec![Ok(2), Ok(1)]).await, Ok(Some(vec![2, 1])));
        for kind in [Kind::Forbidden, Kind::NotFound, Kind::Unsupported] {
            assert_eq!(lengths(vec![Err(kind)]).await, Ok(None));
            assert_eq!(lengths(vec![Ok(2), Err(kind)]).await, Err(kind));
        }
        // It lists them, in words that nobody understands.
        assert_eq!(lengths(vec![Err(Kind::Invalid)]).await, Err(Kind::Invalid));
    }

    #[test]
    fn of_several_from_one_place_the_oldest_counts_whatever_else_is_there() {
        let of = |second: &str, metadata: &str| {
            format!(
                r#"{{"id":"{second}","pipelineId":"p","createdAt":"2026-04-02T12:00:{second}Z","metadata":{metadata}}}"#
            )
        };
        let source = Source::of(&RemoteRun {
            id: "s".to_owned(),
            dataset: None,
            pipeline: None,
            run: said_of_experiment(None, None),
            tells_parts: true,
            noted: None,
        });
        let marked = Mark { source: source.clone(), moved: None }.put(None);
        let mut moved = Moved::default();
        let mut note = |text: &str| moved.note(Answer::parse(text).expect(text));
        for text in
            [of("02", marked.as_str()), of("01", marked.as_str()), of("03", marked.as_str())]
        {
            note(&text).expect("ours");
        }
        for text in [of("00", "[]"), of("00", "\"x\""), "{}".to_owned(), r#"{"id":5}"#.to_owned()] {
            note(&text).expect("not ours");
        }
        assert!(note(&format!(r#"{{"id":"x","metadata":{}}}"#, marked.as_str())).is_err());
        assert_eq!(moved.id(&source).as_deref(), Some("01"));
    }
}
