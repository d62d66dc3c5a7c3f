//! Runs and what came of them, as they are moved between places.

use evalstone_core::run::RunKind;
use evalstone_core::run_copy::{RunCopy, RunPart};

use super::{AboutPipeline, Walk};

/// A run on a server.
#[derive(Clone, Debug)]
pub struct RemoteRun {
    /// Its id there.
    pub id: String,
    /// The id there of the dataset that it is over.
    pub dataset: Option<String>,
    /// The pipeline that ran, where one is named.
    pub pipeline: Option<AboutPipeline>,
    /// What it is.
    pub run: RunCopy,
    /// Whether the place tells what came of it, too.
    pub tells_parts: bool,
    /// Where it does not, but keeps a note of what a move has brought: the digest of those parts in
    /// hexadecimal (design §2.4, chained like that of a dataset's cases).
    pub noted: Option<String>,
}

/// A run that is there and cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnreadableRun {
    /// Its id there.
    pub id: String,
    /// Its kind.
    pub kind: RunKind,
    /// What is wrong with it.
    pub why: String,
}

/// A walk through the runs of a place.
pub type RunWalk<'a> = Walk<'a, Result<RemoteRun, UnreadableRun>>;

/// A part of a run as it was read somewhere.
#[derive(Clone, Debug)]
pub struct FetchedPart {
    /// The id there of the case that it is of, where it is of one.
    pub case: Option<String>,
    /// The part.
    pub part: RunPart,
}
