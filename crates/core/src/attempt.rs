//! Telling a write from its own repetition.
//!
//! A client that lost the answer sends the same write again, though it may have been committed. What
//! was committed is kept with it, in the same transaction, under a fingerprint; a repetition finds
//! it and is told what the first was told.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::annotation::Annotation;
use crate::benchmark::Benchmark;
use crate::bundle::Bundle;
use crate::caller::Caller;
use crate::collection::Collection;
use crate::dataset::{Added, Dataset, StoredCase};
use crate::error::Result;
use crate::id::{ApiKeyId, CaseId, DatasetId, RunId};
use crate::pipeline::Pipeline;
use crate::policy::PolicyVersion;
use crate::project::Environment;
use crate::run::Run;
use crate::scoring::Scoring;

/// How long what a counted request came to is kept: longer than a client with three tries and a
/// minute's patience for each goes on trying.
const COUNTED: Duration = Duration::from_secs(5 * 60);
/// How long what a named request came to is kept.
const NAMED: Duration = Duration::from_secs(24 * 60 * 60);

/// A digest of what makes two requests the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Fingerprint(Uuid);

impl Fingerprint {
    /// The digest of these parts, whose boundaries count.
    #[must_use]
    pub fn of(parts: &[&[u8]]) -> Self {
        let mut hash = Sha256::new();
        for part in parts {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        let mut head = [0; 16];
        head.copy_from_slice(&hash.finalize()[..16]);
        Self(Uuid::from_bytes(head))
    }

    /// Its 128 bits in the form of a UUID.
    #[must_use]
    pub const fn uuid(self) -> Uuid {
        self.0
    }
}

/// How a client tells a repetition from a second, deliberate request of the same content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// By the number of the try: 0 is a request of its own; higher ones repeat it. An answer serves
    /// one repeated request only, since two clients may send the same.
    Try(u32),
    /// By a name of its choice, the `Idempotency-Key`, with a digest of the content, which must be
    /// the same each time, where the content is digested.
    Name {
        /// The digest of the content.
        content: Option<Fingerprint>,
    },
}

/// What a write has made or changed.
#[derive(Clone, Copy, Debug)]
pub enum Made<'a> {
    /// A dataset, made or changed.
    Dataset(&'a Dataset),
    /// A dataset with cases from a file.
    Loaded(DatasetId),
    /// A pipeline, made or changed.
    Pipeline(&'a Pipeline),
    /// A case.
    Case(&'a StoredCase),
    /// Many cases.
    Cases(&'a Added),
    /// A run, made or changed.
    Run(&'a Run),
    /// An annotation.
    Annotation(&'a Annotation),
    /// Cases made of annotated traces.
    Exported(&'a Added),
    /// A benchmark was started.
    Benchmark(&'a Benchmark),
    /// A scoring run, made or changed.
    Scoring(&'a Scoring),
    /// A run is gone.
    RunDeleted(RunId),
    /// A collection was made.
    Collection(&'a Collection),
    /// A version of a policy.
    Policy(&'a PolicyVersion),
    /// A bundle, published or made the active one.
    Bundle(&'a Bundle),
    /// A dataset is gone.
    DatasetDeleted(DatasetId),
    /// A case is gone.
    CaseDeleted(CaseId),
    /// An environment of a project.
    Environment(&'a Environment),
    /// A key is revoked.
    KeyRevoked(ApiKeyId),
}

/// What a dialect writes down of a write, so that it can answer its repetition in its own words: the
/// answer itself, or, where that is long and cannot change, what to look up.
pub type Note = fn(&Made<'_>, &Caller) -> Result<String>;

/// A write that may be repeated, or is a repetition.
#[derive(Clone)]
pub struct Attempt {
    /// What it shares with its repetitions.
    pub fingerprint: Fingerprint,
    /// How the client tells repetitions.
    pub sign: Sign,
    /// What to write down of it.
    pub note: Note,
    /// Dropped when nobody works on it any more, which is what its repetitions wait for.
    pub hold: Option<Arc<dyn Hold>>,
}

/// Whoever wants to know how an attempt goes on.
pub trait Hold: Send + Sync {
    /// What it came to was written down.
    fn kept(&self);
}

impl Attempt {
    /// Whether something like it may have been committed before.
    #[must_use]
    pub const fn may_repeat(&self) -> bool {
        match self.sign {
            Sign::Try(tries) => tries > 0,
            Sign::Name { .. } => true,
        }
    }

    /// How long what it came to is kept.
    #[must_use]
    pub const fn lifetime(&self) -> Duration {
        match self.sign {
            Sign::Try(_) => COUNTED,
            Sign::Name { .. } => NAMED,
        }
    }
}

impl fmt::Debug for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { fingerprint, sign, note: _, hold: _ } = self;
        f.debug_struct("Attempt").field("fingerprint", fingerprint).field("sign", sign).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_boundaries_of_parts_count() {
        assert_eq!(Fingerprint::of(&[b"ab", b"c"]), Fingerprint::of(&[b"ab", b"c"]));
        assert_ne!(Fingerprint::of(&[b"ab", b"c"]), Fingerprint::of(&[b"a", b"bc"]));
        assert_ne!(Fingerprint::of(&[b"ab", b""]), Fingerprint::of(&[b"ab"]));
    }

    #[test]
    fn a_first_try_repeats_nothing() {
        let attempt = |sign| Attempt {
            fingerprint: Fingerprint::of(&[]),
            sign,
            note: |_, _| Ok(String::new()),
            hold: None,
        };
        assert!(!attempt(Sign::Try(0)).may_repeat());
        assert!(attempt(Sign::Try(1)).may_repeat());
        assert!(attempt(Sign::Name { content: None }).may_repeat());
    }
}
