//! Which attempts this gateway is working on.

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use evalstone_core::attempt::{Attempt, Fingerprint, Hold, Sign};
use tokio::sync::Notify;

/// How long it is remembered that an attempt came to nothing.
const REMEMBERED: Duration = Duration::from_secs(5 * 60);
/// How many such failures are remembered.
const MAX_FAILURES: usize = 10_000;

/// The attempts under way.
#[derive(Default)]
pub struct Underway {
    known: Mutex<Known>,
    ended: Notify,
}

#[derive(Default)]
struct Known {
    /// How many have entered so far.
    entered: u64,
    running: HashMap<Fingerprint, Vec<Running>>,
    /// When the latest attempt with this fingerprint came to nothing.
    failures: HashMap<Fingerprint, Instant>,
}

#[derive(Clone, Copy)]
struct Running {
    entry: u64,
    sign: Sign,
}

/// An attempt's place among those under way; it ends when this is dropped.
pub struct Place {
    underway: Arc<Underway>,
    fingerprint: Fingerprint,
    me: Running,
    began: AtomicBool,
    kept: AtomicBool,
}

impl Underway {
    /// Enters an attempt.
    pub fn enter(self: &Arc<Self>, attempt: &Attempt) -> Place {
        let Attempt { fingerprint, sign, note: _, hold: _ } = attempt;
        let mut known = self.known();
        known.entered += 1;
        let me = Running { entry: known.entered, sign: *sign };
        known.running.entry(*fingerprint).or_default().push(me);
        drop(known);
        Place {
            underway: Arc::clone(self),
            fingerprint: *fingerprint,
            me,
            began: AtomicBool::new(false),
            kept: AtomicBool::new(false),
        }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    /// From here on the attempt is carried out.
    pub fn carry_out(&self) {
        self.began.store(true, Ordering::Release);
    }

    /// The end of one that this may repeat, if any is under way.
    pub fn next_end(&self) -> Option<impl Future<Output = ()> + '_> {
        let mut ended: Pin<Box<_>> = Box::pin(self.underway.ended.notified());
        // It listens from here on, so that no end is missed between looking and waiting.
        ended.as_mut().enable();
        let known = self.underway.known();
        let running = known.running.get(&self.fingerprint)?;
        running.iter().any(|other| self.me.may_repeat(other)).then_some(ended)
    }

    /// Whether the latest attempt that this may repeat came to nothing: then what was written down
    /// before belongs to somebody else. It is told once.
    pub fn follows_failure(&self) -> bool {
        let mut known = self.underway.known();
        let failed = known.failures.remove(&self.fingerprint);
        failed.is_some_and(|at| at.elapsed() < REMEMBERED)
    }
}

impl Running {
    /// Whether this one may be a repetition of the other: a later try, or one of the same name.
    fn may_repeat(&self, other: &Self) -> bool {
        other.entry < self.entry
            && match (self.sign, other.sign) {
                (Sign::Try(mine), Sign::Try(theirs)) => theirs < mine,
                (Sign::Name { .. }, _) | (_, Sign::Name { .. }) => true,
            }
    }
}

impl Hold for Place {
    fn kept(&self) {
        self.kept.store(true, Ordering::Release);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut known = self.underway.known();
        if let Some(running) = known.running.get_mut(&self.fingerprint) {
            running.retain(|other| other.entry != self.me.entry);
            if running.is_empty() {
                known.running.remove(&self.fingerprint);
            }
        }
        if self.began.load(Ordering::Acquire) && matches!(self.me.sign, Sign::Try(_)) {
            known.note_end(self.fingerprint, self.kept.load(Ordering::Acquire));
        }
        drop(known);
        self.underway.ended.notify_waiters();
    }
}

impl Known {
    fn note_end(&mut self, fingerprint: Fingerprint, kept: bool) {
        if kept {
            self.failures.remove(&fingerprint);
            return;
        }
        if self.failures.len() >= MAX_FAILURES {
            self.failures.retain(|_, at| at.elapsed() < REMEMBERED);
        }
        if self.failures.len() < MAX_FAILURES {
            self.failures.insert(fingerprint, Instant::now());
        }
    }
}
