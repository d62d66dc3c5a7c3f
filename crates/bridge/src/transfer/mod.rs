//! Making one place have what another has.

mod case_ids;
mod dataset;
mod runs;
#[cfg(test)]
mod runs_tests;

use std::cell::RefCell;
use std::collections::HashMap;
use std::io::Write;
use std::time::Duration;

use evalstone_core::error::{Error, Kind, Result};
use evalstone_kit::remote::RemoteDataset;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use crate::place::Place;
use crate::progress::{Event, Listener};
use crate::report::{Action, DatasetReport, Report, RunReport};
use dataset::Moved;
use runs::Runs;

/// How a move is carried out.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Which datasets of the source, by id or name; all when empty.
    pub chosen: Vec<String>,
    /// Whether nothing is written.
    pub dry_run: bool,
    /// Whether runs are moved, too.
    pub runs: bool,
    /// How many datasets are moved at the same time.
    pub parallel: usize,
    /// How often a dataset is begun again that makes no progress.
    pub tries: usize,
    /// The pause before that.
    pub pause: Duration,
}

/// What a move works with.
pub(crate) struct Move<'a> {
    source: &'a Place,
    target: &'a Place,
    plan: &'a Plan,
    listener: &'a dyn Listener,
    /// The target's datasets by their names.
    there: RefCell<HashMap<String, Vec<RemoteDataset>>>,
    /// Which of them are the counterpart of which of the source's already, by their places.
    claimed: RefCell<HashMap<String, usize>>,
}

/// Makes `target` have what `source` has, or tells what that would take. Rejects are written to
/// `rejects`, which is asked for when there is the first.
///
/// # Errors
/// When a place cannot be listed, or rejects cannot be written. What befalls a dataset is in the report.
pub async fn transfer(
    source: &Place,
    target: &Place,
    plan: &Plan,
    listener: &dyn Listener,
    mut rejects: impl FnMut() -> Result<Box<dyn Write>>,
) -> Result<Report> {
    let datasets = chosen(source, &plan.chosen).await?;
    listener.hear(Event::Found(datasets.len()));
    let there = by_name(target).await?;
    let job = Move {
        source,
        target,
        plan,
        listener,
        there: RefCell::new(there),
        claimed: RefCell::default(),
    };
    let done = job.datasets(&datasets, &mut rejects).await?;
    let (Runs { reports: runs, left: mut not_moved }, unlisted) = match plan.runs {
        true => job.runs(&datasets, &done).await,
        false => (Runs { reports: Vec::new(), left: vec!["runs, as was asked".to_owned()] }, None),
    };
    if let Some(error) = &unlisted {
        not_moved.push(format!("runs, which cannot all be listed: {}", error.message()));
    }
    let listed = unlisted.is_none();
    // What is not whole must not pass for it.
    let is_wrong = |action, verified| action == Action::Failed || verified == Some(false);
    let failed = done.iter().any(|report| is_wrong(report.action, report.verified))
        || runs.iter().any(|report| is_wrong(report.action, report.verified));
    if !plan.dry_run && !failed && listed {
        target.remote.finish().await?;
    }
    // That it cannot be counted does not undo what was moved.
    not_moved.extend(source.remote.others().await.unwrap_or_else(|error| {
        vec![format!("whatever else there is, uncounted: {}", error.message())]
    }));
    let complete = listed
        && done.iter().all(|report| report.complete(plan.dry_run))
        && runs.iter().all(RunReport::complete);
    Ok(Report {
        source: source.name.clone(),
        target: target.name.clone(),
        dry_run: plan.dry_run,
        complete,
        datasets: done,
        runs,
        not_moved,
    })
}

impl Move<'_> {
    /// Moves the datasets; their reports are in the order of the source.
    async fn datasets(
        &self,
        datasets: &[RemoteDataset],
        rejects: &mut impl FnMut() -> Result<Box<dyn Write>>,
    ) -> Result<Vec<DatasetReport>> {
        let mut done = stream::iter(grouped(datasets))
            .map(|group| {
                let one = move |(index, dataset)| self.one(index, dataset);
                stream::iter(group).then(one).boxed_local()
            })
            .flatten_unordered(self.plan.parallel.max(1));
        let mut reports: Vec<(usize, DatasetReport)> = Vec::new();
        let mut out: Option<Box<dyn Write>> = None;
        while let Some((index, Moved { report, rejects: some })) = done.next().await {
            if report.counts.rejected > 0 && !self.plan.dry_run {
                if out.is_none() {
                    out = Some(rejects()?);
                }
                if let Some(out) = &mut out {
                    some.pour(out)?;
                }
            }
            reports.push((index, report));
        }
        reports.sort_by_key(|(index, _)| *index);
        Ok(reports.into_iter().map(|(_, report)| report).collect())
    }
}

/// Datasets by their names, with their places. Those of one name could take each other's counterparts, so
/// they go one after the other.
fn grouped(datasets: &[RemoteDataset]) -> Vec<Vec<(usize, RemoteDataset)>> {
    let mut groups: Vec<Vec<(usize, RemoteDataset)>> = Vec::new();
    let mut group_of: HashMap<String, usize> = HashMap::new();
    for (index, dataset) in datasets.iter().cloned().enumerate() {
        let group = *group_of.entry(key(&dataset.about.name)).or_insert_with(|| {
            groups.push(Vec::new());
            groups.len() - 1
        });
        groups[group].push((index, dataset));
    }
    groups
}

/// Datasets of a place by id or name, all when none is chosen, oldest first.
///
/// # Errors
/// Not found when the place does not have one of them; when it cannot be listed.
pub async fn chosen(place: &Place, chosen: &[String]) -> Result<Vec<RemoteDataset>> {
    let mut all = Vec::new();
    let mut walk = place.remote.datasets();
    while let Some(piece) = walk.try_next().await? {
        all.extend(piece);
    }
    // Most places list the newest first, and tell times too coarse to tell all apart.
    all.reverse();
    all.sort_by_key(|dataset| dataset.created_at);
    if chosen.is_empty() {
        return Ok(all);
    }
    let is =
        |dataset: &RemoteDataset, word: &String| dataset.id == *word || dataset.about.name == *word;
    if let Some(missing) = chosen.iter().find(|word| !all.iter().any(|dataset| is(dataset, word))) {
        let text = format!("{} has no dataset {missing:?}", place.name);
        return Err(Error::new(Kind::NotFound, text));
    }
    all.retain(|dataset| chosen.iter().any(|word| is(dataset, word)));
    Ok(all)
}

/// The datasets of a place by the keys of their names.
pub(crate) async fn by_name(place: &Place) -> Result<HashMap<String, Vec<RemoteDataset>>> {
    let mut all: HashMap<String, Vec<RemoteDataset>> = HashMap::new();
    for dataset in chosen(place, &[]).await? {
        all.entry(key(&dataset.about.name)).or_default().push(dataset);
    }
    Ok(all)
}

/// What two names have in common that mean one dataset: some places trim them.
pub(crate) fn key(name: &str) -> String {
    name.trim().to_owned()
}
