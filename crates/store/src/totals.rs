//! What is remembered of how many datasets there are (`queries/dataset_totals.rs`).

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use evalstone_core::caller::Caller;
use evalstone_core::dataset::DatasetFilter;
use evalstone_core::id::{Number, OrganizationId, UserId};

/// How many are simply counted: remembering so few is not worth it.
pub const FEW: i64 = 1_000;
/// How many totals are remembered at the most.
const MOST: usize = 1_024;
/// How long a total is good: what somebody does to the database by hand, or an older gateway beside this one,
/// makes no version.
const GOOD: Duration = Duration::from_secs(10);
/// After which time it is looked again whether datasets are being made.
const AGAIN: Duration = Duration::from_secs(1);

/// How many datasets there were.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Remembered {
    /// In which version of the organization's list.
    pub version: i64,
    /// Up to which number.
    pub upto: Number,
    /// How many met the filter.
    pub count: i64,
}

type Key = (OrganizationId, UserId, DatasetFilter);

/// Totals by the user and the filter.
#[derive(Default)]
pub struct Totals {
    known: Mutex<HashMap<Key, (Remembered, Instant)>>,
    /// When datasets were last seen being made, of whichever organization.
    unsettled: Mutex<Option<Instant>>,
}

impl Totals {
    /// What is remembered, and whether it is still good.
    pub fn recall(&self, caller: &Caller, filter: &DatasetFilter) -> Option<(Remembered, bool)> {
        let known = lock(&self.known);
        let (remembered, since) = known.get(&key(caller, filter))?;
        Some((*remembered, since.elapsed() < GOOD))
    }

    /// Whether a filter asks for nothing that can change without another version.
    pub const fn can_remember(filter: &DatasetFilter) -> bool {
        let DatasetFilter { categories, source, pipeline, archived: _, search, ownership: _ } =
            filter;
        categories.is_empty() && source.is_none() && pipeline.is_none() && search.is_none()
    }

    /// Remembers how many meet a filter that can be remembered.
    pub fn remember(&self, caller: &Caller, filter: &DatasetFilter, total: Remembered) {
        let mut known = lock(&self.known);
        if known.len() >= MOST {
            known.clear();
        }
        known.insert(key(caller, filter), (total, Instant::now()));
    }

    /// Notes that datasets are being made at the moment.
    pub fn are_unsettled(&self) {
        *lock(&self.unsettled) = Some(Instant::now());
    }

    /// Whether it is time to look again whether none are being made.
    pub fn may_be_settled(&self) -> bool {
        lock(&self.unsettled).is_none_or(|since| since.elapsed() >= AGAIN)
    }
}

fn lock<T>(what: &Mutex<T>) -> MutexGuard<'_, T> {
    what.lock().unwrap_or_else(PoisonError::into_inner)
}

fn key(caller: &Caller, filter: &DatasetFilter) -> Key {
    (caller.organization, caller.user, filter.clone())
}
