//! Small writes that wait at the same time are written together: one multi-row statement and one
//! commit for all of them. A group that fails is tried again one by one, so that only the guilty
//! one is told. No group waits for a lock that somebody else holds: what is blocked by one goes back
//! to who asked for it, to be written without the others.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};

use diesel::prelude::*;
use evalstone_core::error::{Error, Result};
use tokio::sync::oneshot;

use super::pool::Pool;
use crate::failure::{Failure, Outcome, out_of_reach, overloaded};
use crate::gate::{LEAST_PATIENCE, PATIENCE};
use crate::turn::{Turn, not_taken};

/// How many writes share one commit at the most.
const MAX_GROUP: usize = 128;
/// How many bytes of texts a write has at the most, about, that is written together with others: until then it waits in
/// memory, and the statement for all of them has another copy.
pub(crate) const GROUPED_BYTES: usize = 64 * 1024;
/// How many writes wait at the most before further ones are turned away.
const MAX_QUEUE: usize = 4_096;

/// Writes a group, all or nothing; the outer failure is the group's, an inner one belongs to its write alone.
pub type Run<I, O> = fn(&mut PgConnection, &[I]) -> Outcome<Vec<Outcome<O>>>;
/// Tells which writes of a group need not wait for a lock. It waits for none itself.
type Free<I> = fn(&mut PgConnection, &[I]) -> Outcome<Vec<bool>>;
/// The way back to who asked.
type Answer<I, O> = oneshot::Sender<Result<Written<I, O>>>;
type Waiting<I, O> = (Turn<I>, Answer<I, O>);

/// What became of a write.
pub enum Written<I, O> {
    /// It is committed.
    Done(O),
    /// It was not tried, or came to nothing, because somebody holds a lock that it needs.
    Blocked(I),
    /// It was not tried, because it has more than [`GROUPED_BYTES`].
    TooLarge(I),
}

/// What writes one without the others, in a transaction that is its own.
pub fn alone<I, O>(run: Run<I, O>, job: I) -> impl FnOnce(&mut PgConnection) -> Outcome<O> {
    move |connection| {
        let outcome = run(connection, std::slice::from_ref(&job))?.pop();
        outcome.unwrap_or_else(|| Err(Error::fault("a write told nothing").into()))
    }
}

/// How groups are written.
pub struct Work<I, O> {
    /// Writes one.
    pub run: Run<I, O>,
    /// Finds what is not blocked in one.
    pub free: Free<I>,
    /// Tells how many bytes of texts one write has.
    pub bytes: fn(&I) -> usize,
}

impl<I, O> Clone for Work<I, O> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<I, O> Copy for Work<I, O> {}

/// The way to the thread that writes groups of `I`s. The thread ends when the last one of these is
/// dropped.
pub struct Group<I, O> {
    jobs: SyncSender<Waiting<I, O>>,
    queued: Arc<AtomicUsize>,
    bytes: fn(&I) -> usize,
}

impl<I, O> Clone for Group<I, O> {
    fn clone(&self) -> Self {
        Self { jobs: self.jobs.clone(), queued: Arc::clone(&self.queued), bytes: self.bytes }
    }
}

impl<I: Send + 'static, O: Send + 'static> Group<I, O> {
    /// Starts the thread. The pool's connections must not wait long for locks.
    pub fn start(name: &str, pool: Pool, work: Work<I, O>) -> Result<Self> {
        let (jobs, waiting) = sync_channel(MAX_QUEUE);
        let queued = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&queued);
        std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || serve(&pool, &waiting, &counter, work))
            .map_err(Error::fault)?;
        Ok(Self { jobs, queued, bytes: work.bytes })
    }

    /// How many writes wait.
    pub fn queued(&self) -> usize {
        self.queued.load(Ordering::Relaxed)
    }

    /// Writes one; it is committed when this returns, unless it is given back. One whose turn does not
    /// come in time is given up.
    pub async fn submit(&self, job: I) -> Result<Written<I, O>> {
        if (self.bytes)(&job) > GROUPED_BYTES {
            return Ok(Written::TooLarge(job));
        }
        let (sender, receiver) = oneshot::channel();
        let turn = Turn::new(job);
        self.queued.fetch_add(1, Ordering::Relaxed);
        self.jobs.try_send((turn.clone(), sender)).map_err(|error| {
            self.queued.fetch_sub(1, Ordering::Relaxed);
            match error {
                TrySendError::Full(_) => overloaded("the queue of a group thread is full"),
                TrySendError::Disconnected(_) => not_taken(),
            }
        })?;
        turn.answer(receiver, PATIENCE).await?
    }
}

fn serve<I, O>(
    pool: &Pool,
    waiting: &Receiver<Waiting<I, O>>,
    queued: &AtomicUsize,
    work: Work<I, O>,
) {
    while let Ok(first) = waiting.recv() {
        let mut group = vec![first];
        group.extend(waiting.try_iter().take(MAX_GROUP - 1));
        queued.fetch_sub(group.len(), Ordering::Relaxed);
        let taken = group.into_iter().filter_map(|(turn, answer)| Some((turn.take()?, answer)));
        let (jobs, answers): (Vec<I>, Vec<_>) = taken.unzip();
        if !jobs.is_empty() {
            write(pool, jobs, answers, work);
        }
    }
}

fn write<I, O>(pool: &Pool, jobs: Vec<I>, answers: Vec<Answer<I, O>>, work: Work<I, O>) {
    match attempt(pool, &jobs, work.run) {
        Ok(outcomes) => tell(answers, outcomes),
        Err(failure) if failure.is_lock_timeout() => around_locks(pool, jobs, answers, work),
        Err(failure) if jobs.len() == 1 || failure.strikes_all() => {
            tell(answers, struck(failure, jobs.len()));
        }
        Err(_) => tell(answers, one_by_one(pool, &jobs, work.run)),
    }
}

fn tell<I, O>(answers: Vec<Answer<I, O>>, outcomes: Vec<Outcome<O>>) {
    for (answer, outcome) in answers.into_iter().zip(outcomes) {
        // Whoever asked may have gone; the write stands all the same.
        drop(answer.send(outcome.map(Written::Done).map_err(Error::from)));
    }
}

/// Writes what no lock is in the way of, and gives the rest back.
fn around_locks<I, O>(pool: &Pool, jobs: Vec<I>, answers: Vec<Answer<I, O>>, work: Work<I, O>) {
    let free = match jobs.len() {
        1 => vec![false],
        several => guarded(pool, |c| c.transaction(|c| (work.free)(c, &jobs)))
            .unwrap_or_else(|_| vec![false; several]),
    };
    let (free, blocked): (Vec<_>, Vec<_>) =
        jobs.into_iter().zip(answers).zip(free).partition(|(_, free)| *free);
    give_back(blocked.into_iter().map(|(job, _)| job));
    let (jobs, answers): (Vec<I>, Vec<_>) = free.into_iter().map(|(job, _)| job).unzip();
    if jobs.is_empty() {
        return;
    }
    match attempt(pool, &jobs, work.run) {
        Ok(outcomes) => tell(answers, outcomes),
        Err(failure) if failure.strikes_all() => tell(answers, struck(failure, jobs.len())),
        Err(_) => give_back(jobs.into_iter().zip(answers)),
    }
}

fn give_back<I, O>(blocked: impl Iterator<Item = (I, Answer<I, O>)>) {
    for (job, answer) in blocked {
        // Where whoever asked has gone, it is not written at all.
        drop(answer.send(Ok(Written::Blocked(job))));
    }
}

/// The end of writes that cannot be tried one by one: after a lost connection nobody knows whether
/// they were committed, so that another try could write them twice; and where no connection is to
/// be had, each would wait for one anew.
fn struck<O>(failure: Failure, jobs: usize) -> Vec<Outcome<O>> {
    let again = failure.to_string();
    let mut outcomes = vec![Err(failure)];
    outcomes.resize_with(jobs, || Err(Failure::Domain(out_of_reach(&again))));
    outcomes
}

fn one_by_one<I, O>(pool: &Pool, jobs: &[I], run: Run<I, O>) -> Vec<Outcome<O>> {
    let mut outcomes = Vec::with_capacity(jobs.len());
    for job in jobs {
        match attempt(pool, std::slice::from_ref(job), run) {
            Ok(outcome) => outcomes.extend(outcome),
            Err(failure) if failure.strikes_all() => {
                outcomes.extend(struck(failure, jobs.len() - outcomes.len()));
                break;
            }
            Err(failure) => outcomes.push(Err(failure)),
        }
    }
    outcomes
}

fn attempt<I, O>(pool: &Pool, jobs: &[I], run: Run<I, O>) -> Outcome<Vec<Outcome<O>>> {
    guarded(pool, |connection| run(connection, jobs))
}

/// Does something on a connection; a panic is a failure of it alone.
fn guarded<T>(pool: &Pool, work: impl FnOnce(&mut PgConnection) -> Outcome<T>) -> Outcome<T> {
    let with_connection = || pool.with(LEAST_PATIENCE, work);
    catch_unwind(AssertUnwindSafe(with_connection))
        .unwrap_or_else(|_| Err(Failure::Domain(Error::fault("a group of writes panicked"))))
}
