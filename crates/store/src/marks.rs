//! Where in a dataset the pages lie that were asked for. Vendors' clients ask for a page by how many cases come
//! before it; counting these each time would make the last page of a large dataset the slowest. Who reads page
//! after page begins each where the one before has ended, and counts nothing.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use evalstone_core::id::{DatasetId, Number, OrganizationId};

/// How many datasets are kept in mind.
const MOST_DATASETS: usize = 64;
/// How many places of each.
const MOST_MARKS: usize = 1_024;

/// A dataset as it was when it was read. With every case that comes or goes its version is another.
#[derive(Clone, Copy, Debug)]
pub struct DatasetState {
    /// Whose it is.
    pub organization: OrganizationId,
    /// The dataset.
    pub dataset: DatasetId,
    /// Its version.
    pub version: i64,
}

/// A place in a dataset.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mark {
    /// How many cases come before it.
    pub offset: i64,
    /// The number of the last of these; 0 at the beginning.
    pub after: Number,
}

/// The places that are known.
#[derive(Default)]
pub struct Marks(Mutex<Book>);

#[derive(Default)]
struct Book {
    datasets: HashMap<(OrganizationId, DatasetId), Known>,
    /// How often it was used, by which the dataset is known that was not used for longest.
    uses: u64,
}

#[derive(Default)]
struct Known {
    version: i64,
    used: u64,
    /// Numbers by offsets.
    marks: BTreeMap<i64, Number>,
}

impl Marks {
    /// The last place known that lies at this offset or before it.
    pub fn nearest(&self, state: DatasetState, offset: i64) -> Mark {
        let mut book = self.lock();
        book.uses += 1;
        let uses = book.uses;
        let known = book.datasets.get_mut(&(state.organization, state.dataset));
        let Some(known) = known.filter(|known| known.version == state.version) else {
            return Mark::default();
        };
        known.used = uses;
        let found = known.marks.range(..=offset).next_back();
        found.map_or_else(Mark::default, |(offset, after)| Mark { offset: *offset, after: *after })
    }

    /// Keeps a place in mind.
    pub fn learn(&self, state: DatasetState, mark: Mark) {
        let mut book = self.lock();
        book.uses += 1;
        let uses = book.uses;
        let known = book.datasets.entry((state.organization, state.dataset)).or_default();
        if known.version != state.version {
            *known = Known { version: state.version, ..Known::default() };
        }
        known.used = uses;
        if known.marks.len() >= MOST_MARKS {
            // Half of them, evenly: from the nearest that is left it is not far.
            let mut is_kept = false;
            known.marks.retain(|_, _| {
                is_kept = !is_kept;
                is_kept
            });
        }
        known.marks.insert(mark.offset, mark.after);
        if book.datasets.len() > MOST_DATASETS {
            let oldest = book.datasets.iter().min_by_key(|(_, known)| known.used);
            if let Some(oldest) = oldest.map(|(dataset, _)| *dataset) {
                book.datasets.remove(&oldest);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Book> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use evalstone_core::id::Id;

    use super::*;

    fn state(version: i64) -> DatasetState {
        DatasetState { organization: Id::generate(), dataset: Id::generate(), version }
    }

    fn mark(offset: i64) -> Mark {
        Mark { offset, after: 10 * offset }
    }

    #[test]
    fn the_nearest_place_before_is_given_while_the_dataset_is_the_same() {
        let (marks, one) = (Marks::default(), state(3));
        assert_eq!(marks.nearest(one, 500), Mark::default());
        marks.learn(one, mark(200));
        marks.learn(one, mark(400));
        let found = [0, 199, 200, 399, 400, 9_999].map(|offset| marks.nearest(one, offset).offset);
        assert_eq!(found, [0, 0, 200, 200, 400, 400]);
        assert_eq!(marks.nearest(one, 300), mark(200));
        assert_eq!(marks.nearest(state(3), 500), Mark::default(), "another dataset");
        let changed = DatasetState { version: 4, ..one };
        assert_eq!(marks.nearest(changed, 500), Mark::default());
        marks.learn(changed, mark(100));
        assert_eq!(marks.nearest(changed, 500), mark(100));
        assert_eq!(marks.nearest(one, 500), Mark::default());
    }

    #[test]
    fn what_is_kept_in_mind_is_bounded() {
        let marks = Marks::default();
        let states: Vec<DatasetState> = (0..=MOST_DATASETS).map(|_| state(1)).collect();
        for state in &states {
            marks.learn(*state, mark(7));
            marks.nearest(states[0], 7);
        }
        assert_eq!(marks.lock().datasets.len(), MOST_DATASETS);
        let known = |state: &DatasetState| marks.nearest(*state, 7) == mark(7);
        assert!(known(&states[0]) && !known(&states[1]) && known(&states[MOST_DATASETS]));
        for offset in 1..10_000 {
            marks.learn(states[0], mark(offset));
            assert!(marks.lock().datasets.values().all(|known| known.marks.len() <= MOST_MARKS));
            assert_eq!(marks.nearest(states[0], offset), mark(offset));
        }
        assert!(marks.nearest(states[0], 2_000).offset > 0, "some of the first are left");
    }
}
