//! Scoring runs, as they are moved from a server (contract §3.4, §3.8, §3.15). There is no list of them: they
//! are found with their datasets and collections. There is no call by which the vendor takes one that was
//! carried out elsewhere, either.

use std::collections::BTreeMap;

use evalstone_core::error::{Error, Kind, Result};
use evalstone_core::json::{RawObject, object};
use evalstone_core::run::{RunKind, RunStatus};
use evalstone_core::run_copy::RunCopy;
use evalstone_kit::remote::answer::Answer;
use evalstone_kit::remote::elements::Wanted;
use evalstone_kit::remote::runs::{RemoteRun, RunWalk, UnreadableRun};
use evalstone_kit::remote::{RemoteDataset, is_refusal, segment};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::evaluations::{Judged, unreadable};
use super::rows::Rows;
use super::values::{count, number, time, truth};
use super::{Aegis, dataset_path, has_next, without_meta};
use crate::runs::Summary;
use crate::runs::plan::{Extras, Part, Plan, RunType};

/// The list of a run's evaluations.
pub const EVALUATIONS: &str = "evaluations";
/// How many collections a call asks for; each comes with all that is in it.
const COLLECTIONS: usize = 100;
/// What is wanted of a run besides its evaluations.
const HEAD: [&str; 12] = [
    "run_type",
    "result",
    "threshold",
    "model_slug",
    "alias",
    "aggregate_results",
    "started_at",
    "finished_at",
    "is_gte_threshold",
    "org_id",
    "dataset_id",
    "progress",
];

/// The ids of runs, which are given in the order in which they are made, with the datasets that they
/// were found under.
type Found = BTreeMap<u64, Option<String>>;

/// What the evaluations of a run tell of it.
#[derive(Default)]
struct Tally {
    rows: Rows,
    total: i64,
    ended: i64,
}

/// Where a run is with its evaluations.
pub fn run_path(id: &str) -> String {
    format!("/api/v1/runs/{}", segment(id))
}

impl Aegis {
    /// The runs over these datasets, and with all datasets those in collections, too; oldest first.
    pub(super) fn runs_of<'a>(&'a self, datasets: &'a [RemoteDataset], all: bool) -> RunWalk<'a> {
        stream::once(self.found(datasets, all))
            .map_ok(|found| stream::iter(found.into_iter().map(Ok)))
            .try_flatten()
            .try_filter_map(move |(id, dataset)| async move {
                let id = id.to_string();
                let read = match self.run(id.clone(), dataset).await {
                    Ok(read) => read.map(Ok),
                    // It is kept from this key, or something in its answer is not as it should be. Others may be read.
                    Err(error) if is_its_own(&error) => {
                        let why = error.message().to_owned();
                        Some(Err(UnreadableRun { id, kind: RunKind::Scoring, why }))
                    }
                    Err(error) => return Err(error),
                };
                Ok(read.map(|run| vec![run]))
            })
            .boxed_local()
    }

    async fn found(&self, datasets: &[RemoteDataset], all: bool) -> Result<Found> {
        let mut found = Found::new();
        for dataset in datasets {
            match self.find_over(dataset, &mut found).await {
                // It has gone since it was listed, and its runs with it.
                Err(error) if error.kind() == Kind::NotFound => {}
                read => read?,
            }
        }
        if all {
            self.find_in_collections(&mut found).await?;
        }
        Ok(found)
    }

    /// Adds the runs over a dataset.
    async fn find_over(&self, dataset: &RemoteDataset, found: &mut Found) -> Result<()> {
        let path = dataset_path(&dataset.id);
        let mut runs = self.client.elements(path, Wanted::list("runs"));
        while let Some(piece) = runs.try_next().await? {
            for run in piece {
                found.insert(run_id(Answer::parse(&run.text)?)?, Some(dataset.id.clone()));
            }
        }
        Ok(())
    }

    /// Adds the runs in collections that were not found elsewhere.
    async fn find_in_collections(&self, found: &mut Found) -> Result<()> {
        // A server without collections is told from one whose answer cannot be read.
        match self.client.get("/api/v1/data-collections?page=1&page_size=1").await {
            Ok(_) => {}
            Err(error) if is_refusal(&error) => return Ok(()),
            Err(error) => return Err(error),
        }
        let mut page = 1;
        loop {
            let path = format!("/api/v1/data-collections?page={page}&page_size={COLLECTIONS}");
            let wanted = Wanted { lists: vec!["items"], members: vec!["meta"] };
            let mut elements = self.client.elements(path, wanted);
            let (mut more, mut any) = (None, false);
            while let Some(piece) = elements.try_next().await? {
                for element in piece {
                    let answer = Answer::parse(&element.text)?;
                    if element.of == "meta" {
                        more = Some(has_next(answer)?);
                        continue;
                    }
                    any = true;
                    for run in answer.list("runs")? {
                        let run = run?;
                        // The vendor's answer to the run itself may name its dataset without telling the id.
                        let dataset = run.get("dataset_id").map(|id| id.raw().to_owned());
                        found.entry(run_id(run)?).or_insert(dataset);
                    }
                }
            }
            if !more.ok_or_else(without_meta)? || !any {
                return Ok(());
            }
            page += 1;
        }
    }

    /// A run without its parts; none when it has gone since it was found. Its evaluations are read, one by
    /// one, to learn which metrics look at which rows.
    async fn run(&self, id: String, dataset: Option<String>) -> Result<Option<RemoteRun>> {
        let wanted = Wanted { lists: vec![EVALUATIONS], members: HEAD.to_vec() };
        let mut elements = self.client.elements(run_path(&id), wanted);
        let (mut head, mut tally) = (Vec::new(), Tally::default());
        loop {
            let piece = match elements.try_next().await {
                Ok(Some(piece)) => piece,
                Ok(None) => break,
                Err(error) if error.kind() == Kind::NotFound => return Ok(None),
                Err(error) => return Err(error),
            };
            for element in piece {
                if element.of == EVALUATIONS {
                    tally.take(&element.text, &id)?;
                } else {
                    head.push((element.of, element.text));
                }
            }
        }
        let text = object(|object| head.iter().for_each(|(name, text)| object.json(name, text)));
        let answer = Answer::parse(&text)?;
        let run = copy(answer, tally)?;
        let dataset = answer.get("dataset_id").map(|id| id.raw().to_owned()).or(dataset);
        Ok(Some(RemoteRun { id, dataset, pipeline: None, run, tells_parts: true, noted: None }))
    }
}

impl Tally {
    fn take(&mut self, text: &str, run: &str) -> Result<()> {
        self.total += 1;
        let judged = Judged::read(text)
            .map_err(|error| unreadable(self.total.unsigned_abs(), run, &error))?;
        self.ended += i64::from(!judged.is_pending);
        self.rows.take(&judged);
        Ok(())
    }

    /// What the run does, by the evaluations that came. Over the records of a dataset there is one part, of
    /// which a plan does not count the rows.
    fn parts(&mut self, run_type: RunType, model: &str) -> Vec<Part> {
        self.rows.end();
        let mut parts = std::mem::take(&mut self.rows).into_parts();
        if let ([part], RunType::Dataset) = (parts.as_mut_slice(), run_type) {
            part.rows = 1;
        }
        let metrics = parts.iter_mut().flat_map(|part| &mut part.metrics);
        for metric in metrics.filter(|metric| metric.model.is_empty()) {
            model.clone_into(&mut metric.model);
        }
        parts
    }
}

/// Whether an error is about the run that was asked for, and says nothing of others.
fn is_its_own(error: &Error) -> bool {
    matches!(error.kind(), Kind::Invalid | Kind::Forbidden | Kind::Unsupported)
}

fn run_id(answer: Answer<'_>) -> Result<u64> {
    answer.number("id")?.ok_or_else(|| Error::invalid("a run without an id"))
}

/// A run of an answer.
fn copy(answer: Answer<'_>, mut tally: Tally) -> Result<RunCopy> {
    let started_at = time(answer, "started_at")?;
    let finished_at = time(answer, "finished_at")?;
    let word = answer.nullable_text("run_type")?;
    let run_type = word.as_deref().and_then(RunType::from_word).unwrap_or(RunType::Custom);
    let model = answer.plain("model_slug")?.unwrap_or_default();
    let progress = answer.get("progress").map(Answer::of).transpose()?;
    let told = |name| progress.map_or(Ok(None), |progress| count(progress, name));
    let total = told("total")?.unwrap_or(tally.total);
    let completed = told("completed")?.unwrap_or(tally.ended);
    let status = match finished_at {
        Some(_) if completed >= total => RunStatus::Completed,
        Some(_) => RunStatus::Failed,
        None => RunStatus::Running,
    };
    let parts = tally.parts(run_type, &model);
    let plan = Plan { run_type, model, parts, extras: Extras::default() };
    let threshold = count(answer, "threshold")?;
    let least = threshold.unwrap_or_else(|| plan.mean_threshold());
    Ok(RunCopy {
        kind: RunKind::Scoring,
        origin: None,
        shared: answer.get("org_id").is_some(),
        name: answer.plain("alias")?,
        status,
        metadata: None,
        threshold,
        settings: Some(plan.to_settings()),
        policy: None,
        policy_version: None,
        bundle: None,
        total,
        completed,
        summary: finished_at.map(|_| summary(answer, least)).transpose()?,
        failure: None,
        created_at: started_at.or(finished_at).ok_or_else(|| Error::invalid("it tells no time"))?,
        started_at,
        finished_at,
    })
}

/// What came of a run that has ended, and passes with this score.
fn summary(answer: Answer<'_>, threshold: i64) -> Result<RawObject> {
    let means = answer.object("aggregate_results")?.unwrap_or_default();
    let result = number(answer, "result")?;
    let enough = result.is_some_and(|result| result >= threshold as f64);
    let summary = Summary {
        result,
        is_gte_threshold: truth(answer, "is_gte_threshold")?.unwrap_or(enough),
        aggregate_results: means.into_string(),
    };
    Ok(summary.to_json())
}
