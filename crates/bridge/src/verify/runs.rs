//! Comparing the runs of two places.

use evalstone_core::error::Result;
use evalstone_kit::remote::RemoteDataset;
use evalstone_kit::remote::runs::RemoteRun;
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
            if target.remote.takes(run.run.kind) && has_ended(&run.run) {
                listener.hear(Event::Parts(1));
                verdicts.push(judge(source, target, &run).await?);
            }
        }
    }
    Ok(verdicts)
}

async fn judge(source: &Place, target: &Place, run: &RemoteRun) -> Result<RunVerdict> {
    let there = target.remote.known_run(run).await?;
    let mut verdict = RunVerdict {
        kind: run.run.kind.as_str(),
        name: run.run.name.clone(),
        source_id: run.id.clone(),
        target_id: there.as_ref().map(|there| there.id.clone()),
        equal: false,
        in_parts: false,
        why: None,
        digests: RunDigests::default(),
    };
    let Some(there) = there else {
        verdict.why = Some("it is not there");
        return Ok(verdict);
    };
    match stand(source, target, run, &there).await? {
        Standing::Equal(digests) => {
            verdict.equal = true;
            verdict.in_parts = digests.target.is_some();
            verdict.digests = digests;
        }
        Standing::OtherHead => verdict.why = Some("it says something else of itself"),
        Standing::OtherParts(digests) => {
            verdict.in_parts = true;
            verdict.digests = digests;
            verdict.why = Some("something else came of it");
        }
        Standing::Outgrown => verdict.why = Some("more came of it since it was moved"),
    }
    Ok(verdict)
}
