//! Comparing the runs of two places.

use std::collections::HashMap;

use evalstone_core::error::Result;
use evalstone_core::run::RunKind;
use evalstone_kit::remote::RemoteDataset;
use evalstone_kit::remote::runs::{RemoteRun, UnreadableRun};
use futures_util::TryStreamExt as _;

use super::verdict::{DatasetVerdict, RunVerdict};
use crate::place::Place;
use crate::progress::{Event, Listener};
use crate::report::RunDigests;
use crate::runs::{Left, Sorted, Standing, name_of, sorted, stand, unsaid};

/// Two places whose datasets were compared.
pub struct Pair<'a> {
    pub source: &'a Place,
    pub target: &'a Place,
    /// The source's datasets.
    pub datasets: &'a [RemoteDataset],
    /// What was found of them at the target.
    pub verdicts: &'a [DatasetVerdict],
    pub listener: &'a dyn Listener,
}

impl Pair<'_> {
    /// Compares the runs over the datasets that the target takes, and tells which others there are; with
    /// `all`, those of no dataset, too.
    pub async fn verify(&self, all: bool) -> Result<(Vec<RunVerdict>, Vec<String>)> {
        let (mut verdicts, mut left) = (Vec::new(), Left::default());
        let counterparts: HashMap<&str, &str> = self
            .verdicts
            .iter()
            .filter_map(|verdict| Some((verdict.source_id.as_str(), verdict.target_id.as_deref()?)))
            .collect();
        let mut walk = self.source.remote.runs(self.datasets, all);
        while let Some(piece) = walk.try_next().await? {
            for run in piece {
                match sorted(&*self.target.remote, run) {
                    Sorted::Wanted(run) => {
                        let dataset = run.dataset.as_deref();
                        let there = dataset.and_then(|id| counterparts.get(id).copied());
                        verdicts.push(self.judge(&run, there).await?);
                    }
                    Sorted::Unreadable(UnreadableRun { id, kind, why }) => {
                        let why = format!("it cannot be read: {why}");
                        verdicts.push(RunVerdict { why: Some(why), ..nothing(kind, None, id) });
                    }
                    Sorted::Left(kind, why) => left.note(kind, why),
                }
            }
        }
        Ok((verdicts, left.told()))
    }

    async fn judge(&self, run: &RemoteRun, dataset: Option<&str>) -> Result<RunVerdict> {
        self.listener.hear(Event::Run { name: &name_of(run) });
        let there = self.target.remote.known_run(run).await?;
        let mut verdict = nothing(run.run.kind, run.run.name.clone(), run.id.clone());
        verdict.unsaid = unsaid(&*self.source.remote, &*self.target.remote, &run.run);
        let Some(there) = there else {
            verdict.why = Some("it is not there".to_owned());
            return Ok(verdict);
        };
        verdict.target_id = Some(there.id.clone());
        if dataset.zip(there.dataset.as_deref()).is_some_and(|(wanted, found)| wanted != found) {
            verdict.why = Some("it is over another dataset".to_owned());
            return Ok(verdict);
        }
        let places = (self.source, self.target);
        match stand(places, run, &there, self.listener).await? {
            Standing::Equal(digests) => {
                verdict.equal = true;
                verdict.in_parts = digests.target.is_some();
                verdict.digests = digests;
            }
            Standing::OtherHead => {
                verdict.why = Some("it says something else of itself".to_owned());
            }
            Standing::OtherParts(digests) => {
                verdict.in_parts = true;
                verdict.digests = digests;
                verdict.why = Some("something else came of it".to_owned());
            }
            Standing::Outgrown => {
                verdict.why = Some("more came of it since it was moved".to_owned());
            }
        }
        Ok(verdict)
    }
}

/// The verdict on a run of which nothing is known at the target.
fn nothing(kind: RunKind, name: Option<String>, source_id: String) -> RunVerdict {
    RunVerdict {
        kind: kind.as_str(),
        name,
        source_id,
        target_id: None,
        equal: false,
        in_parts: false,
        unsaid: Vec::new(),
        why: None,
        digests: RunDigests::default(),
    }
}
