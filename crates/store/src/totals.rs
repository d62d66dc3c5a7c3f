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
pub struct Totals(Mutex<HashMap<Key, (Remembered, Instant)>>);

impl Totals {
    /// What is remembered, unless it is too old.
    pub fn recall(&self, caller: &Caller, filter: &DatasetFilter) -> Option<Remembered> {
        let totals = self.lock();
        let (remembered, since) = totals.get(&key(caller, filter))?;
        (since.elapsed() < GOOD).then_some(*remembered)
    }

    /// Remembers how many there were, unless the filter asks for more than versions tell.
    pub fn remember(&self, caller: &Caller, filter: &DatasetFilter, total: Remembered) {
        let DatasetFilter { categories, source, pipeline, archived: _, search, ownership: _ } =
            filter;
        if !categories.is_empty() || source.is_some() || pipeline.is_some() || search.is_some() {
            return;
        }
        let mut totals = self.lock();
        if totals.len() >= MOST {
            totals.clear();
        }
        totals.insert(key(caller, filter), (total, Instant::now()));
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Key, (Remembered, Instant)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn key(caller: &Caller, filter: &DatasetFilter) -> Key {
    (caller.organization, caller.user, filter.clone())
}
