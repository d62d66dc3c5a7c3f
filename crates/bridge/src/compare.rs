//! Reading a dataset of the target beside the source's, to learn how much of it is there.

use std::collections::VecDeque;

use evalstone_core::digest::{DatasetDigest, Digest, case_digest};
use evalstone_core::error::Result;
use evalstone_kit::remote::{Fetched, Unreadable, Walk};
use futures_util::TryStreamExt as _;

use crate::place::Place;
use crate::reading::{Expected, Reading};

/// How a dataset of the target stands to the source's.
pub enum Standing {
    /// It has just what it should.
    Equal,
    /// It has the first cases, and nothing else; this is the next one.
    Begun(Box<Expected>),
    /// It has something else from this case on, counted from 1.
    Differs(u64),
}

/// The digests of a dataset's cases, one by one; none for what is no case.
pub struct Digests<'a> {
    walk: Walk<'a, Result<Fetched, Unreadable>>,
    ready: VecDeque<Option<Digest>>,
}

impl<'a> Digests<'a> {
    /// Begins to read.
    pub fn of(place: &'a Place, id: &'a str) -> Self {
        Self { walk: place.remote.cases(id), ready: VecDeque::new() }
    }

    /// The next one; none at the end.
    pub async fn next(&mut self) -> Result<Option<Option<Digest>>> {
        loop {
            if let Some(digest) = self.ready.pop_front() {
                return Ok(Some(digest));
            }
            let Some(piece) = self.walk.try_next().await? else { return Ok(None) };
            let digest = |read: Result<Fetched, Unreadable>| {
                read.ok().map(|fetched| case_digest(&fetched.case))
            };
            self.ready.extend(piece.into_iter().map(digest));
        }
    }
}

/// Reads both until they part or end.
pub async fn compare(reading: &mut Reading<'_>, there: &mut Digests<'_>) -> Result<Standing> {
    let mut count = 0;
    loop {
        let expected = reading.next().await?;
        let found = there.next().await?;
        match (expected, found) {
            (None, None) => return Ok(Standing::Equal),
            (Some(expected), None) => return Ok(Standing::Begun(Box::new(expected))),
            (Some(expected), Some(Some(found))) if expected.digest == found => count += 1,
            _ => return Ok(Standing::Differs(count + 1)),
        }
        reading.counts.skipped = count;
    }
}

/// The digest of a dataset as it is; none when something in it is no case.
pub async fn digest(place: &Place, id: &str) -> Result<Option<DatasetDigest>> {
    let (mut digests, mut whole) = (Digests::of(place, id), DatasetDigest::new());
    while let Some(digest) = digests.next().await? {
        match digest {
            Some(digest) => whole.push(&digest),
            None => return Ok(None),
        }
    }
    Ok(Some(whole))
}
