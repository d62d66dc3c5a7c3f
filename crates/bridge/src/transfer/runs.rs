//! Moving runs with what came of them, after their datasets.

use std::collections::HashMap;

use evalstone_core::digest::DatasetDigest;
use evalstone_core::error::{Error, Kind, Result};
use evalstone_kit::remote::runs::{FetchedPart, RemoteRun, UnreadableRun};
use evalstone_kit::remote::{RemoteDataset, Walk};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use tokio::sync::Mutex;

use super::Move;
use super::case_ids::CaseIds;
use super::dataset::LONGEST_PAUSE;
use crate::progress::{Event, Silent};
use crate::report::{Action, DatasetReport, RunDigests, RunReport, shown};
use crate::runs::{Left, Sorted, Standing, name_of, same_head, sorted, stand, unsaid, whole};

/// What becomes of a source's runs.
pub struct Runs {
    /// Those that were moved, or should have been, in the order of the source.
    pub reports: Vec<RunReport>,
    /// What was left where it is, in words for people.
    pub left: Vec<String>,
}

/// Where the datasets went, and their cases.
struct Whereabouts<'a> {
    datasets: &'a [RemoteDataset],
    /// The target's ids of the source's datasets; none for those that were not moved whole.
    moved: HashMap<&'a str, Option<&'a str>>,
    cases: Mutex<CaseIds>,
}

/// What a try came to.
struct Tried {
    action: Action,
    target: Option<RemoteRun>,
    why: Option<String>,
    written: u64,
    verified: Option<bool>,
    digests: RunDigests,
}

impl Move<'_> {
    /// Moves the runs over these datasets. With the reason why they could not all be listed, if so.
    pub async fn runs(
        &self,
        datasets: &[RemoteDataset],
        done: &[DatasetReport],
    ) -> (Runs, Option<Error>) {
        let dry_run = self.plan.dry_run;
        let moved = datasets.iter().zip(done).map(|(dataset, report)| {
            let target = report.target_id.as_deref().unwrap_or(&dataset.id);
            (dataset.id.as_str(), report.is_whole(dry_run).then_some(target))
        });
        let moved = moved.collect();
        let whereabouts = Whereabouts { datasets, moved, cases: Mutex::default() };
        let (mut reports, mut left) = (Vec::new(), Left::default());
        let mut walk = self.source.remote.runs(datasets, self.plan.chosen.is_empty());
        // One after the other: lists show them in the order in which they were made.
        let failed = loop {
            let piece = match walk.try_next().await {
                Ok(Some(piece)) => piece,
                Ok(None) => break None,
                Err(error) => break Some(error),
            };
            for run in piece {
                match sorted(&*self.target.remote, run) {
                    Sorted::Wanted(run) => match self.run(&run, &whereabouts).await {
                        Some(report) => reports.push(report),
                        None => left.note(run.run.kind, "which were deleted meanwhile"),
                    },
                    Sorted::Unreadable(run) => reports.push(unread(run)),
                    Sorted::Left(kind, why) => left.note(kind, why),
                }
            }
        };
        (Runs { reports, left: left.told() }, failed)
    }

    /// Moves a run, and begins again what fails for a reason that passes; none when the source has it no more.
    async fn run(&self, run: &RemoteRun, whereabouts: &Whereabouts<'_>) -> Option<RunReport> {
        let (mut left, mut pause) = (self.plan.tries, self.plan.pause);
        self.listener.hear(Event::Run { name: &name_of(run) });
        loop {
            let error = match self.try_run(run, whereabouts).await {
                Ok(tried) => return Some(self.run_report(run, tried)),
                Err(error) if self.is_gone(run, &error).await => return None,
                Err(error) => error,
            };
            let asked = match error.kind() {
                Kind::Unavailable { retry_after } if left > 0 => retry_after,
                _ => return Some(self.run_report(run, Tried::failed(error.message().to_owned()))),
            };
            left -= 1;
            self.listener.hear(Event::Again { name: &name_of(run), why: error.message() });
            tokio::time::sleep(asked.max(pause)).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    async fn try_run(&self, run: &RemoteRun, whereabouts: &Whereabouts<'_>) -> Result<Tried> {
        let (source, target) = (&*self.source.remote, &*self.target.remote);
        let known = target.known_run(run).await?;
        if let Some(there) = &known {
            let elsewhere = whereabouts.dataset(run)?.zip(there.dataset.clone());
            if elsewhere.is_some_and(|(wanted, found)| wanted != found) {
                let why = "the one that is there is over another dataset";
                return Ok(Tried { why: Some(why.to_owned()), ..Tried::differing(there.clone()) });
            }
            match stand((self.source, self.target), run, there, self.listener).await? {
                Standing::Equal(digests) => return Ok(Tried::skipped(there.clone(), digests)),
                // What is sent again is there once.
                Standing::Outgrown => {}
                Standing::OtherHead | Standing::OtherParts(_) => {
                    return Ok(Tried::differing(there.clone()));
                }
            }
        }
        let like = RemoteRun { dataset: whereabouts.dataset(run)?, ..run.clone() };
        let action = if known.is_some() { Action::Continued } else { Action::Created };
        let mut digest = DatasetDigest::new();
        let mut parts = self.outbound_parts(run, whereabouts, &mut digest);
        if self.plan.dry_run {
            while parts.try_next().await?.is_some() {}
            drop(parts);
            return Ok(Tried { action, written: digest.count(), ..Tried::nothing() });
        }
        let made = target.receive(&like, parts).await?;
        let ours = run.tells_parts.then(|| shown(&digest));
        let theirs = match made.tells_parts {
            true => Some(shown(&whole(target, &made, &Silent).await?)),
            false => None,
        };
        let verified = match (&ours, &theirs) {
            _ if !same_head(source, target, &run.run, &made.run) => Some(false),
            (Some(ours), Some(theirs)) => Some(ours == theirs),
            // It must have noted what it was sent; whether that is there cannot be read.
            (Some(ours), None) => (made.noted.as_ref() != Some(ours)).then_some(false),
            (None, _) => None,
        };
        let why = "what was written is not what is read again";
        Ok(Tried {
            action,
            target: Some(made),
            why: (verified == Some(false)).then(|| why.to_owned()),
            written: digest.count(),
            verified,
            digests: RunDigests { target: theirs.filter(|_| ours.is_some()), source: ours },
        })
    }

    /// The parts of a run with the target's ids of their cases; `digest` becomes that of what was read.
    fn outbound_parts<'a>(
        &'a self,
        run: &'a RemoteRun,
        whereabouts: &'a Whereabouts<'_>,
        digest: &'a mut DatasetDigest,
    ) -> Walk<'a, FetchedPart> {
        let renames = !self.target.remote.knows_case_ids() && !self.plan.dry_run;
        let begun = (self.source.remote.parts(run), digest, None);
        stream::try_unfold(begun, move |(mut walk, digest, mut all_whole)| async move {
            let Some(mut piece) = walk.try_next().await? else { return Ok(None) };
            self.listener.hear(Event::Read(piece.len() as u64));
            for FetchedPart { case, part } in &mut piece {
                digest.push(&part.digest());
                let Some(case) = case.as_mut().filter(|_| renames) else { continue };
                if all_whole.is_none() {
                    all_whole = Some(self.load_cases(run, whereabouts).await?);
                }
                match whereabouts.cases.lock().await.there(case) {
                    Some(there) => *case = there,
                    // The source has it no more: it keeps its id.
                    None if all_whole == Some(true) => {}
                    None => {
                        let why = "one of its cases is in a dataset that was not moved whole";
                        return Err(Error::invalid(why));
                    }
                }
            }
            Ok(Some((piece, (walk, digest, all_whole))))
        })
        .boxed_local()
    }

    /// Learns which cases of the target the cases became that a run may name; whether all that the source has
    /// are among them.
    async fn load_cases(&self, run: &RemoteRun, whereabouts: &Whereabouts<'_>) -> Result<bool> {
        let of_run =
            |dataset: &&RemoteDataset| run.dataset.as_ref().is_none_or(|id| *id == dataset.id);
        let mut cases = whereabouts.cases.lock().await;
        let mut all_whole = true;
        for dataset in whereabouts.datasets.iter().filter(of_run) {
            match whereabouts.moved.get(dataset.id.as_str()) {
                Some(Some(there)) => {
                    cases.load((self.source, dataset), (self.target, there)).await?;
                }
                _ => all_whole = false,
            }
        }
        Ok(all_whole)
    }

    fn run_report(&self, run: &RemoteRun, tried: Tried) -> RunReport {
        let Tried { action, target, why, written, verified, digests } = tried;
        RunReport {
            kind: run.run.kind.as_str(),
            name: run.run.name.clone(),
            source_id: run.id.clone(),
            target_id: target.map(|there| there.id),
            action,
            why,
            unsaid: unsaid(&*self.source.remote, &*self.target.remote, &run.run),
            written,
            verified,
            digests,
        }
    }

    /// Whether the source has a run no more that it has listed.
    async fn is_gone(&self, run: &RemoteRun, error: &Error) -> bool {
        error.kind() == Kind::NotFound
            && self
                .source
                .remote
                .parts(run)
                .try_next()
                .await
                .is_err_and(|error| error.kind() == Kind::NotFound)
    }
}

impl Whereabouts<'_> {
    /// The target's id of a run's dataset. One that is not among the source's datasets any more keeps its own.
    fn dataset(&self, run: &RemoteRun) -> Result<Option<String>> {
        let Some(dataset) = &run.dataset else { return Ok(None) };
        match self.moved.get(dataset.as_str()) {
            Some(Some(there)) => Ok(Some((*there).to_owned())),
            Some(None) => Err(Error::invalid("its dataset was not moved whole")),
            None => Ok(Some(dataset.clone())),
        }
    }
}

impl Tried {
    const fn nothing() -> Self {
        Self {
            action: Action::Failed,
            target: None,
            why: None,
            written: 0,
            verified: None,
            digests: RunDigests { source: None, target: None },
        }
    }

    fn failed(why: String) -> Self {
        Self { why: Some(why), ..Self::nothing() }
    }

    fn differing(there: RemoteRun) -> Self {
        let why = Some("what is there under its id is something else".to_owned());
        Self { action: Action::Differs, target: Some(there), why, ..Self::nothing() }
    }

    fn skipped(there: RemoteRun, digests: RunDigests) -> Self {
        let (action, verified) = (Action::Skipped, digests.target.is_some().then_some(true));
        Self { action, target: Some(there), verified, digests, ..Self::nothing() }
    }
}

fn unread(run: UnreadableRun) -> RunReport {
    let UnreadableRun { id, kind, why } = run;
    RunReport {
        kind: kind.as_str(),
        name: None,
        source_id: id,
        target_id: None,
        action: Action::Failed,
        why: Some(format!("it cannot be read: {why}")),
        unsaid: Vec::new(),
        written: 0,
        verified: None,
        digests: RunDigests::default(),
    }
}
