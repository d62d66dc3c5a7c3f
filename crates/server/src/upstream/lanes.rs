//! Calls that vendors have carried out, on their way into our copy: those of one organization and dialect in
//! the order in which they came, those of others at the same time.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use chrono::Utc;
use evalstone_core::caller::Caller;
use evalstone_core::error::Error;
use evalstone_core::id::OrganizationId;
use evalstone_core::upstream::NewMiss;
use evalstone_kit::dialect::Dialect;
use evalstone_kit::likeness::Effect;
use tokio::sync::{Mutex, OwnedMutexGuard, OwnedSemaphorePermit, oneshot};

use super::copy::{Copied, Copier, Copy};
use super::held::Held;
use super::numbers;

/// How long it takes at first until something is tried again, and at the most.
pub const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(300);
/// How long it takes at the most until the database is asked again who made a call.
const NAMING: Duration = Duration::from_secs(5);

/// How long to wait after this many tries.
pub fn pause(tries: i64) -> Duration {
    let doublings = u32::try_from(tries.clamp(1, 20) - 1).unwrap_or_default();
    LONGEST_PAUSE.min(FIRST_PAUSE.saturating_mul(1 << doublings.min(10)))
}

/// A call to be carried out here.
pub struct MirrorJob {
    /// The dialect.
    pub dialect: Dialect,
    /// Who made it.
    pub caller: Caller,
    /// The call.
    pub copy: Copy,
    /// The vendor's answer, to learn from.
    pub theirs: Held,
    /// Told when it is carried out, or kept.
    pub done: Option<oneshot::Sender<()>>,
    /// A place among those who wait, given back when this is dropped.
    pub _place: OwnedSemaphorePermit,
}

/// A call of which only the key is known, because the database could not be asked whose it is.
pub struct Unnamed {
    /// The key. It is kept in memory alone.
    pub key: String,
    /// Makes the job, once it is known who made the call.
    pub job: Box<dyn FnOnce(Caller) -> MirrorJob + Send>,
    /// The dialect's name.
    pub dialect: &'static str,
    /// The call's route.
    pub route: String,
}

/// Whose calls keep their order: those of one organization in one dialect, and in each dialect those of
/// which it is not known yet.
type Lane = (Option<OrganizationId>, &'static str);

/// The lanes. They live on one thread; clones share them.
#[derive(Clone)]
pub struct Lanes {
    copier: Copier,
    // Whoever asks first for such a mutex gets it first.
    turns: Rc<RefCell<HashMap<Lane, Arc<Mutex<()>>>>>,
    /// How many calls are not named yet, by dialect.
    unnamed: Rc<RefCell<HashMap<&'static str, usize>>>,
    /// The lanes in which something waits that cannot even be kept. Whoever comes later is answered at once.
    stuck: Rc<RefCell<HashSet<Lane>>>,
}

impl MirrorJob {
    fn lane(&self) -> Lane {
        (Some(self.caller.organization), self.dialect.name)
    }

    /// Whether something was made of which nobody knows what it is called.
    fn tells_nothing(&self) -> bool {
        self.copy.call.effect == Effect::Makes && self.copy.made.is_none()
    }

    /// Lets whoever made the call go, carried out or not.
    fn release(&mut self) {
        if let Some(done) = self.done.take() {
            // A client that has gone needs no answer.
            let _ = done.send(());
        }
    }
}

impl Lanes {
    /// No lanes yet.
    pub fn new(copier: Copier) -> Self {
        let (turns, unnamed, stuck) = (Rc::default(), Rc::default(), Rc::default());
        Self { copier, turns, unnamed, stuck }
    }

    /// What carries calls out.
    pub fn copier(&self) -> &Copier {
        &self.copier
    }

    /// Waits until nobody else works for this organization in this dialect.
    pub fn turn(
        &self,
        organization: OrganizationId,
        dialect: &'static str,
    ) -> impl Future<Output = OwnedMutexGuard<()>> + use<> {
        self.turn_in((Some(organization), dialect))
    }

    fn turn_in(&self, lane: Lane) -> impl Future<Output = OwnedMutexGuard<()>> + use<> {
        self.turns.borrow_mut().entry(lane).or_default().clone().lock_owned()
    }

    /// Takes a call; it is carried out behind those of its lane.
    pub fn take(&self, mut job: MirrorJob) {
        let dialect = job.dialect.name;
        if self.unnamed.borrow().get(dialect).is_some_and(|count| *count > 0) {
            job.release();
            let (lanes, turn) = (self.clone(), self.turn_in((None, dialect)));
            actix_web::rt::spawn(async move {
                let turn = turn.await;
                lanes.enter(job);
                drop(turn);
            });
        } else {
            self.enter(job);
        }
    }

    fn enter(&self, mut job: MirrorJob) {
        let (lanes, turn) = (self.clone(), self.turn(job.caller.organization, job.dialect.name));
        if self.stuck.borrow().contains(&job.lane()) {
            job.release();
        }
        // Tasks begin in the order in which they are made, and so ask for their turn.
        actix_web::rt::spawn(async move {
            let turn = turn.await;
            lanes.carry_out(job).await;
            drop(turn);
        });
    }

    /// Takes a call of which it is not known who made it. Those that come after it wait, too.
    pub fn take_unnamed(&self, unnamed: Unnamed) {
        let dialect = unnamed.dialect;
        *self.unnamed.borrow_mut().entry(dialect).or_default() += 1;
        let (lanes, turn) = (self.clone(), self.turn_in((None, dialect)));
        actix_web::rt::spawn(async move {
            let turn = turn.await;
            lanes.name(unnamed).await;
            if let Some(count) = lanes.unnamed.borrow_mut().get_mut(dialect) {
                *count -= 1;
            }
            drop(turn);
        });
    }

    async fn name(&self, unnamed: Unnamed) {
        let Unnamed { key, job, dialect, route } = unnamed;
        let mut tries = 0;
        loop {
            match self.copier.store.authenticate(&key).await {
                Ok(Some(caller)) => return self.enter(job(caller)),
                Ok(None) => return unknown_key(dialect, &route),
                Err(error) => warn("who made a mirrored call cannot be told yet", &error),
            }
            tries += 1;
            tokio::time::sleep(NAMING.min(pause(tries))).await;
        }
    }

    async fn carry_out(&self, mut job: MirrorJob) {
        let (organization, dialect) = (job.caller.organization, job.dialect.name);
        let waiting = self.copier.store.any_miss_waits(organization, dialect).await;
        let copied = match waiting {
            // What is only read of the copy must wait for what it lacks.
            Ok(true) if !job.copy.call.effect.changes() => return,
            _ if job.tells_nothing() => {
                Copied::Refused("the answer does not tell the id of what was made".to_owned())
            }
            Ok(true) => Copied::Failed("calls before it wait to be carried out".to_owned()),
            Ok(false) => self.copier.apply(&job.dialect, &job.caller, &job.copy).await,
            Err(error) => Copied::Failed(error.to_string()),
        };
        match copied {
            Copied::Done(ours) => {
                self.learn(&job, ours).await;
                self.count(&job, "done");
            }
            Copied::Refused(_) | Copied::Failed(_) if !job.copy.call.effect.changes() => {}
            Copied::Refused(reason) => self.keep(&mut job, reason, true).await,
            Copied::Failed(reason) => self.keep(&mut job, reason, false).await,
        }
        job.release();
    }

    async fn learn(&self, job: &MirrorJob, ours: Option<super::inner::OwnAnswer>) {
        if let Some(ours) = ours {
            let call = job.copy.call;
            let learned =
                self.copier.learn(&job.dialect, &job.caller, call, &ours, &job.theirs).await;
            if let Err(error) = learned {
                warn("what a vendor calls things could not be kept", &error);
            }
        }
    }

    fn count(&self, job: &MirrorJob, outcome: &'static str) {
        if job.copy.call.effect.changes() {
            numbers::copied(job.dialect.name, &job.copy.call.route(), outcome);
        }
    }

    /// Keeps a call until it can be carried out. As long as it cannot even be kept, it waits here, and so
    /// do those behind it; whoever made it is not kept waiting.
    async fn keep(&self, job: &mut MirrorJob, reason: String, failed: bool) {
        self.count(job, if failed { "failed" } else { "queued" });
        let route = job.copy.call.route();
        tracing::warn!(
            dialect = job.dialect.name,
            route,
            failed,
            reason,
            "a mirrored call was missed"
        );
        let miss = miss_of(job, &reason, failed);
        let mut tries = 0;
        loop {
            let due = Utc::now() + FIRST_PAUSE;
            let (store, organization) = (&self.copier.store, job.caller.organization);
            match store.add_miss(organization, miss.clone(), due, job.copy.body.pieces()).await {
                Ok(()) => break,
                Err(error) => warn("a mirrored call that was missed could not be kept yet", &error),
            }
            self.stuck.borrow_mut().insert(job.lane());
            job.release();
            tries += 1;
            tokio::time::sleep(pause(tries)).await;
        }
        self.stuck.borrow_mut().remove(&job.lane());
    }
}

fn miss_of(job: &MirrorJob, reason: &str, failed: bool) -> NewMiss {
    let Copy { id, call, target, content_type, content_encoding, body, made } = &job.copy;
    NewMiss {
        id: *id,
        dialect: job.dialect.name,
        key: job.caller.key,
        method: call.method.to_owned(),
        target: target.clone(),
        route: call.route(),
        content_type: content_type.clone(),
        content_encoding: content_encoding.clone(),
        made: made.clone(),
        bytes: body.len(),
        // Postgres holds no such character.
        reason: reason.replace('\0', ""),
        failed,
    }
}

/// Counts a call whose key nobody has registered here: it belongs to no organization of ours.
pub fn unknown_key(dialect: &'static str, route: &str) {
    numbers::copied(dialect, route, "unknown_key");
    tracing::warn!(dialect, route, "a call with a key that is not known here is not copied");
}

/// Logs what went wrong beside answering.
pub fn warn(what: &str, error: &Error) {
    let context = error.context().unwrap_or_default();
    tracing::warn!(context, "{what}: {error}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_bound() {
        let seconds: Vec<u64> = [0, 1, 2, 3, 9, 100].map(|n| pause(n).as_secs()).to_vec();
        assert_eq!(seconds, [1, 1, 2, 4, 256, 300]);
    }
}
