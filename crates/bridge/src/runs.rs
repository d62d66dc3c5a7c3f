//! What the commands want to know of runs.

use evalstone_core::digest::DatasetDigest;
use evalstone_core::error::Result;
use evalstone_core::run::{RunKind, RunStatus};
use evalstone_core::run_copy::RunCopy;
use evalstone_kit::remote::Remote;
use evalstone_kit::remote::runs::RemoteRun;
use futures_util::TryStreamExt as _;

use crate::place::Place;
use crate::report::{RunDigests, shown};

/// Whether a run will not change any more. An experiment never says so: reports may always arrive.
pub const fn has_ended(run: &RunCopy) -> bool {
    match (run.kind, run.status) {
        (RunKind::Experiment, _) | (_, RunStatus::Completed | RunStatus::Failed) => true,
        (RunKind::Benchmark | RunKind::Scoring, RunStatus::Queued | RunStatus::Running) => false,
    }
}

/// Whether two runs of two places are the same besides their parts, as far as both places can say.
pub fn same_head(source: &dyn Remote, target: &dyn Remote, one: &RunCopy, other: &RunCopy) -> bool {
    let said = |run: &RunCopy| target.said(&source.said(run)).digest();
    said(one) == said(other)
}

/// How a run of the target stands to the source's.
pub enum Standing {
    /// It is the same, as far as both places tell; with the digests of the parts, where both do.
    Equal(RunDigests),
    /// It says something else of itself.
    OtherHead,
    /// Something else came of it.
    OtherParts(RunDigests),
    /// Something else came of it than what a move has brought. The target keeps a note of that, but does not
    /// tell its parts.
    Outgrown,
}

/// Compares a run with its counterpart.
pub async fn stand(
    source: &Place,
    target: &Place,
    run: &RemoteRun,
    there: &RemoteRun,
) -> Result<Standing> {
    let (source, target) = (&*source.remote, &*target.remote);
    if !same_head(source, target, &run.run, &there.run) {
        return Ok(Standing::OtherHead);
    }
    let theirs = match there.tells_parts {
        true if run.tells_parts => Some(shown(&whole(target, there).await?)),
        _ => there.noted.clone(),
    };
    let Some(theirs) = theirs.filter(|_| run.tells_parts) else {
        return Ok(Standing::Equal(RunDigests::default()));
    };
    let ours = shown(&whole(source, run).await?);
    let same = ours == theirs;
    let digests = RunDigests { source: Some(ours), target: Some(theirs) };
    Ok(match same {
        true => Standing::Equal(digests),
        false if there.tells_parts => Standing::OtherParts(digests),
        false => Standing::Outgrown,
    })
}

/// The digest of all parts of a run in their order.
pub async fn whole(place: &dyn Remote, run: &RemoteRun) -> Result<DatasetDigest> {
    let mut digest = DatasetDigest::new();
    let mut walk = place.parts(run);
    while let Some(piece) = walk.try_next().await? {
        piece.iter().for_each(|fetched| digest.push(&fetched.part.digest()));
    }
    Ok(digest)
}

/// What a run is called in reports.
pub fn name_of(run: &RemoteRun) -> String {
    let name = run.run.name.as_deref().unwrap_or(&run.id);
    format!("{} {name}", run.run.kind.as_str())
}
