//! Comparing the runs of two places.

use evalstone_core::error::Result;
use evalstone_kit::remote::RemoteDataset;
use evalstone_kit::remote::runs::RemoteRun;
use futures_util::TryStreamExt as _;

use super::verdict::RunVerdict;
use crate::place::Place;
use crate::progress::{Event, Listener};
use crate::report::{RunDigests, shown};
use crate::runs::{has_ended, same_head, whole};

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
    let (source, target) = (&*source.remote, &*target.remote);
    let there = target.known_run(run).await?;
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
    if !same_head(source, target, &run.run, &there.run) {
        verdict.why = Some("it says something else of itself");
        return Ok(verdict);
    }
    verdict.in_parts = run.tells_parts && there.tells_parts;
    if verdict.in_parts {
        let (ours, theirs) = (whole(source, run).await?, whole(target, &there).await?);
        let digests = RunDigests { source: Some(shown(&ours)), target: Some(shown(&theirs)) };
        if digests.source != digests.target {
            verdict.why = Some("something else came of it");
        }
        verdict.digests = digests;
    }
    verdict.equal = verdict.why.is_none();
    Ok(verdict)
}
