//! What the commands want to know of runs.

use std::borrow::Cow;
use std::collections::BTreeMap;

use evalstone_core::digest::DatasetDigest;
use evalstone_core::error::Result;
use evalstone_core::json::{RawJson, object};
use evalstone_core::run::{RunKind, RunStatus};
use evalstone_core::run_copy::RunCopy;
use evalstone_kit::remote::runs::{RemoteRun, UnreadableRun};
use evalstone_kit::remote::{Remote, counted};
use futures_util::TryStreamExt as _;

use crate::place::Place;
use crate::progress::{Event, Listener, Silent};
use crate::report::{RunDigests, shown};

/// Whether a run will not change any more. An experiment never says so: reports may always arrive.
const fn has_ended(run: &RunCopy) -> bool {
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

/// What a run says of itself at the source and will not at the target, by the members of [`RunCopy`].
pub fn unsaid(source: &dyn Remote, target: &dyn Remote, run: &RunCopy) -> Vec<String> {
    let said = source.said(run);
    let (here, there) = (written(&said), written(&target.said(&said)));
    let there = there.view();
    let lost = here.view().members().filter(|(key, value)| {
        let kept = there.members().find(|(name, _)| name.raw() == key.raw());
        kept.is_none_or(|(_, kept)| kept.raw() != value.raw())
    });
    lost.filter_map(|(key, _)| key.text().map(Cow::into_owned)).collect()
}

fn written(run: &RunCopy) -> RawJson {
    RawJson::trusted(object(|object| run.write(object)))
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
    (source, target): (&Place, &Place),
    run: &RemoteRun,
    there: &RemoteRun,
    listener: &dyn Listener,
) -> Result<Standing> {
    let (source, target) = (&*source.remote, &*target.remote);
    if !same_head(source, target, &run.run, &there.run) {
        return Ok(Standing::OtherHead);
    }
    if !run.tells_parts || !(there.tells_parts || there.noted.is_some()) {
        return Ok(Standing::Equal(RunDigests::default()));
    }
    let ours = shown(&whole(source, run, listener).await?);
    if !there.tells_parts {
        // A note says what was sent, which proves nothing of what is there.
        return Ok(match there.noted.as_ref() == Some(&ours) {
            true => Standing::Equal(RunDigests { source: Some(ours), target: None }),
            false => Standing::Outgrown,
        });
    }
    let theirs = shown(&whole(target, there, &Silent).await?);
    let same = ours == theirs;
    let digests = RunDigests { source: Some(ours), target: Some(theirs) };
    Ok(if same { Standing::Equal(digests) } else { Standing::OtherParts(digests) })
}

/// The digest of all parts of a run in their order.
pub async fn whole(
    place: &dyn Remote,
    run: &RemoteRun,
    listener: &dyn Listener,
) -> Result<DatasetDigest> {
    let mut digest = DatasetDigest::new();
    let mut walk = place.parts(run);
    while let Some(piece) = walk.try_next().await? {
        listener.hear(Event::Read(piece.len() as u64));
        piece.iter().for_each(|fetched| digest.push(&fetched.part.digest()));
    }
    Ok(digest)
}

/// What a run is called in reports.
pub fn name_of(run: &RemoteRun) -> String {
    let name = run.run.name.as_deref().unwrap_or(&run.id);
    format!("{} {name}", run.run.kind.as_str())
}

/// How many runs are left out, by their kinds and the reasons.
#[derive(Default)]
pub struct Left(BTreeMap<(&'static str, &'static str, &'static str), u64>);

impl Left {
    /// One more.
    pub fn note(&mut self, kind: RunKind, why: &'static str) {
        let (one, many) = words(kind);
        *self.0.entry((one, many, why)).or_default() += 1;
    }

    /// All of them in words for people.
    pub fn told(self) -> Vec<String> {
        let told = |((one, many, why), count)| {
            counted(Some(count), one, many).map(|counted| format!("{counted}, {why}"))
        };
        self.0.into_iter().filter_map(told).collect()
    }
}

/// One run of a kind, and many.
const fn words(kind: RunKind) -> (&'static str, &'static str) {
    match kind {
        RunKind::Experiment => ("experiment with its traces", "experiments with their traces"),
        RunKind::Benchmark => ("benchmark with its results", "benchmarks with their results"),
        RunKind::Scoring => {
            ("scoring run with its evaluations", "scoring runs with their evaluations")
        }
    }
}

/// What is to become of a run of the source.
pub enum Sorted {
    /// It is to be at the target.
    Wanted(Box<RemoteRun>),
    /// It should be, and cannot be read.
    Unreadable(UnreadableRun),
    /// It is left out, for this reason.
    Left(RunKind, &'static str),
}

/// Sorts a run that the source has listed.
pub fn sorted(target: &dyn Remote, run: Result<RemoteRun, UnreadableRun>) -> Sorted {
    let kind = match &run {
        Ok(run) => run.run.kind,
        Err(unreadable) => unreadable.kind,
    };
    match run {
        _ if !target.takes(kind) => {
            Sorted::Left(kind, "which the target does not take from elsewhere")
        }
        Ok(run) if !has_ended(&run.run) => Sorted::Left(kind, "which have not ended"),
        Ok(run) => Sorted::Wanted(Box::new(run)),
        Err(unreadable) => Sorted::Unreadable(unreadable),
    }
}
