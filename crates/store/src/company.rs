//! Long work beside short work. The cores are shared, and a thread that computes without a pause keeps one until the
//! system's clock ticks, which takes milliseconds: short work that is done in a fraction of one would wait for it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

/// How many items long work takes in company before it gives its core away.
const STEP: usize = 5;
/// How many items it takes between two looks at others.
const LOOK: usize = 5 * STEP;
/// For how many items company is taken to stay after it was seen: those who wait cannot be seen.
const STAY: usize = 800;

/// Counts those who come with short work.
#[derive(Clone, Default)]
pub struct Arrivals(Arc<AtomicU64>);

impl Arrivals {
    /// Somebody has come.
    pub fn add(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// What tells long work whether others come from now on.
    pub fn company(&self) -> Company {
        let seen = self.0.load(Ordering::Relaxed);
        Company { arrivals: self.clone(), seen, stays: 0 }
    }
}

/// Tells long work whether others come with short work meanwhile.
pub struct Company {
    arrivals: Arrivals,
    seen: u64,
    /// For how many items more those who came last are taken to be here.
    stays: usize,
}

impl Company {
    /// Whether others are here while the next `items` are worked on.
    pub fn is_here(&mut self, items: usize) -> bool {
        let come = self.arrivals.0.load(Ordering::Relaxed);
        if come != self.seen {
            (self.seen, self.stays) = (come, STAY);
        }
        let is_here = self.stays > 0;
        self.stays = self.stays.saturating_sub(items);
        is_here
    }
}

/// What `items` gives. In company this thread's core goes to whoever waits for it after every few of them; without,
/// those who wait work for the same end, and the slowest of them would lose by it.
pub fn giving_way<I: Iterator>(items: I, mut company: Company) -> impl Iterator<Item = I::Item> {
    let mut others_are_here = false;
    items.enumerate().map(move |(at, item)| {
        if at % LOOK == LOOK - 1 {
            others_are_here = company.is_here(LOOK);
        }
        if others_are_here && at % STEP == STEP - 1 {
            thread::yield_now();
        }
        item
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn company_stays_for_some_items_after_it_was_seen() {
        let arrivals = Arrivals::default();
        arrivals.add();
        let mut company = arrivals.company();
        assert!(!company.is_here(1), "they came before");
        for items in [1, 25, 100] {
            arrivals.add();
            assert!((0..STAY / items).all(|_| company.is_here(items)), "{items} at a time");
            assert!(!company.is_here(items), "{items} at a time");
        }
        arrivals.add();
        assert!(company.is_here(STAY));
        assert!(!company.is_here(1));
    }

    #[test]
    fn nothing_is_lost_on_the_way() {
        let arrivals = Arrivals::default();
        let company = arrivals.company();
        arrivals.add();
        let all = 0..3 * LOOK + 7;
        assert!(giving_way(all.clone(), company).eq(all));
    }
}
