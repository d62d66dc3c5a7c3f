//! Comparing the runs of two places.

use evalstone_core::error::Result;
use evalstone_core::run::RunKind;
use evalstone_kit::remote::RemoteDataset;
use evalstone_kit::remote::runs::{RemoteRun, UnreadableRun};
use futures_util::TryStreamExt as _;

use super::verdict::RunVerdict;
use crate::place::Place;
use crate::progress::{Event, Listener};
use crate::report::RunDigests;
use crate::runs::{Standing, has_ended, stand};

/// Compares the runs over these datasets that the target takes.
pub async fn verify(
    source: &Place,
    target: &Place,
    datasets: &[RemoteDataset],
    all: bool,
    listener: &dyn Listener,
) -> Result<Vec<RunVerdict>> {
    let mut verdicts = Vec::new();
    let mut walk = source.remote.runs(datasets, all);
    while let Some(piece) = walk.try_next().await? {
        for run in piece {
            match run {
                Ok(run) if target.remote.takes(run.run.kind) && has_ended(&run.run) => {
                    listener.hear(Event::Read(1));
                    verdicts.push(judge(source, target, &run).await?);
                }
                Ok(_) => {}
                Err(UnreadableRun { id, kind, why }) if target.remote.takes(kind) => {
                    let why = format!("it cannot be read: {why}");
                    verdicts.push(RunVerdict { why: Some(why), ..nothing(kind, None, id) });
                }
                Err(_) => {}
            }
        }
    }
    Ok(verdicts)
}

async fn judge(source: &Place, target: &Place, run: &RemoteRun) -> Result<RunVerdict> {
    let there = target.remote.known_run(run).await?;
    let mut verdict = nothing(run.run.kind, run.run.name.clone(), run.id.clone());
    let Some(there) = there else {
        verdict.why = Some("it is not there".to_owned());
        return Ok(verdict);
    };
    verdict.target_id = Some(there.id.clone());
    match stand(source, target, run, &there).await? {
        Standing::Equal(digests) => {
            verdict.equal = true;
            verdict.in_parts = digests.target.is_some();
            verdict.digests = digests;
        }
        Standing::OtherHead => verdict.why = Some("it says something else of itself".to_owned()),
        Standing::OtherParts(digests) => {
            verdict.in_parts = true;
            verdict.digests = digests;
            verdict.why = Some("something else came of it".to_owned());
        }
        Standing::Outgrown => verdict.why = Some("more came of it since it was moved".to_owned()),
    }
    Ok(verdict)
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
        why: None,
        digests: RunDigests::default(),
    }
}
