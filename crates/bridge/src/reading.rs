//! A dataset of the source as it is read: every case with what the target will have of it.

use std::collections::VecDeque;

use evalstone_core::digest::{DatasetDigest, Digest, case_digest};
use evalstone_core::error::Result;
use evalstone_core::loss::loss;
use evalstone_kit::remote::{Fetched, RemoteDataset, Unreadable, Walk};
use futures_util::TryStreamExt as _;

use crate::place::Place;
use crate::progress::{Event, Listener};
use crate::rejects::Rejects;
use crate::report::Counts;

/// Reads a dataset of the source once, and counts.
pub struct Reading<'a> {
    walk: Walk<'a, Result<Fetched, Unreadable>>,
    target: &'a Place,
    listener: &'a dyn Listener,
    ready: VecDeque<Expected>,
    /// What was counted so far.
    pub counts: Counts,
    /// What is read.
    pub dataset: &'a RemoteDataset,
    /// The digest of what was read.
    pub source: DatasetDigest,
    /// The digest of what the target will have of it.
    pub expected: DatasetDigest,
    /// What cannot be moved.
    pub rejects: Rejects,
}

/// A case that can be moved.
pub struct Expected {
    /// The case.
    pub fetched: Fetched,
    /// The digest of what the target will have of it.
    pub digest: Digest,
}

impl<'a> Reading<'a> {
    /// Begins to read.
    pub fn of(
        source: &'a Place,
        dataset: &'a RemoteDataset,
        target: &'a Place,
        listener: &'a dyn Listener,
    ) -> Self {
        Self {
            walk: source.remote.cases(&dataset.id),
            dataset,
            target,
            listener,
            ready: VecDeque::new(),
            counts: Counts { source: dataset.case_count, ..Counts::default() },
            source: DatasetDigest::new(),
            expected: DatasetDigest::new(),
            rejects: Rejects::new(&dataset.about.name),
        }
    }

    /// The next case that can be moved; none at the end.
    pub async fn next(&mut self) -> Result<Option<Expected>> {
        loop {
            if let Some(expected) = self.ready.pop_front() {
                self.expected.push(&expected.digest);
                return Ok(Some(expected));
            }
            let Some(piece) = self.walk.try_next().await? else { return Ok(None) };
            self.counts.fetched += piece.len() as u64;
            self.listener.hear(Event::Read(piece.len() as u64));
            for read in piece {
                self.take(read)?;
            }
        }
    }

    fn take(&mut self, read: Result<Fetched, Unreadable>) -> Result<()> {
        let fetched = match read {
            Ok(fetched) => fetched,
            Err(Unreadable { text, why }) => {
                self.counts.rejected += 1;
                self.counts.unreadable += 1;
                return self.rejects.unreadable(&text, &why);
            }
        };
        let digest = case_digest(&fetched.case);
        self.source.push(&digest);
        match self.target.round_trip(&fetched.case) {
            Ok(there) => {
                let lost = loss(&fetched.case, &there);
                self.counts.lose(&lost);
                let digest = if lost.is_empty() { digest } else { case_digest(&there) };
                self.ready.push_back(Expected { fetched, digest });
                Ok(())
            }
            Err(why) => {
                self.counts.rejected += 1;
                self.rejects.unwritable(fetched.id.as_deref(), &fetched.case, &why.0)
            }
        }
    }
}
