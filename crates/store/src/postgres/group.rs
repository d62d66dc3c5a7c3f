//! Small writes that wait at the same time are written together: one multi-row statement and one
//! commit for all of them. A group that fails is tried again one by one, so that only the guilty
//! one is told.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::time::Instant;

use diesel::prelude::*;
use evalstone_core::error::{Error, Result};
use tokio::sync::oneshot;

use super::pool::Pool;
use crate::failure::{Failure, Outcome, out_of_reach, overloaded};
use crate::gate::{LEAST_PATIENCE, PATIENCE};

/// How many writes share one commit at the most.
const MAX_GROUP: usize = 128;
/// How many writes wait at the most before further ones are turned away.
const MAX_QUEUE: usize = 4_096;

/// Writes a group; the outer failure is the group's, an inner one belongs to its write alone.
type Run<I, O> = fn(&mut PgConnection, &[I]) -> Outcome<Vec<Outcome<O>>>;
type Waiting<I, O> = (I, Answer<O>);

/// The way back to who asked, and since when it waits.
struct Answer<O> {
    sender: oneshot::Sender<Result<O>>,
    since: Instant,
}

/// The way to the thread that writes groups of `I`s. The thread ends when the last one of these is
/// dropped.
pub struct Group<I, O> {
    jobs: SyncSender<Waiting<I, O>>,
    queued: Arc<AtomicUsize>,
}

impl<I, O> Clone for Group<I, O> {
    fn clone(&self) -> Self {
        Self { jobs: self.jobs.clone(), queued: Arc::clone(&self.queued) }
    }
}

impl<I: Send + 'static, O: Send + 'static> Group<I, O> {
    /// Starts the thread.
    pub fn start(name: &str, pool: Pool, run: Run<I, O>) -> Result<Self> {
        let (jobs, waiting) = sync_channel(MAX_QUEUE);
        let queued = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&queued);
        std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || serve(&pool, &waiting, &counter, run))
            .map_err(Error::fault)?;
        Ok(Self { jobs, queued })
    }

    /// How many writes wait.
    pub fn queued(&self) -> usize {
        self.queued.load(Ordering::Relaxed)
    }

    /// Writes one; it is committed when this returns.
    pub async fn submit(&self, job: I) -> Result<O> {
        let (sender, receiver) = oneshot::channel();
        self.queued.fetch_add(1, Ordering::Relaxed);
        let answer = Answer { sender, since: Instant::now() };
        self.jobs.try_send((job, answer)).map_err(|error| {
            self.queued.fetch_sub(1, Ordering::Relaxed);
            match error {
                TrySendError::Full(_) => overloaded("the queue of a group thread is full"),
                TrySendError::Disconnected(_) => stopped(),
            }
        })?;
        receiver.await.map_err(|_| stopped())?
    }
}

fn stopped() -> Error {
    out_of_reach("a group thread has stopped")
}

fn serve<I, O>(
    pool: &Pool,
    waiting: &Receiver<Waiting<I, O>>,
    queued: &AtomicUsize,
    run: Run<I, O>,
) {
    while let Ok(first) = waiting.recv() {
        let mut group = vec![first];
        group.extend(waiting.try_iter().take(MAX_GROUP - 1));
        queued.fetch_sub(group.len(), Ordering::Relaxed);
        let (jobs, answers) = in_time(group);
        if jobs.is_empty() {
            continue;
        }
        for (outcome, answer) in write(pool, &jobs, run).into_iter().zip(answers) {
            // Whoever asked may have gone; the write stands all the same.
            drop(answer.sender.send(outcome.map_err(Error::from)));
        }
    }
}

/// Turns away what has waited too long, which happens when the database answers slowly or not at
/// all: it was not tried yet, so that trying again is safe.
fn in_time<I, O>(group: Vec<Waiting<I, O>>) -> (Vec<I>, Vec<Answer<O>>) {
    let (ready, late): (Vec<_>, Vec<_>) =
        group.into_iter().partition(|(_, answer)| answer.since.elapsed() < PATIENCE);
    for (_, answer) in late {
        drop(answer.sender.send(Err(overloaded("a write waited too long for its group"))));
    }
    ready.into_iter().unzip()
}

fn write<I, O>(pool: &Pool, jobs: &[I], run: Run<I, O>) -> Vec<Outcome<O>> {
    match attempt(pool, jobs, run) {
        Ok(outcomes) => outcomes,
        Err(failure) if jobs.len() == 1 || failure.strikes_all() => struck(failure, jobs.len()),
        Err(_) => one_by_one(pool, jobs, run),
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
    let guarded = || {
        pool.with(LEAST_PATIENCE, |connection| {
            connection.transaction(|connection| run(connection, jobs))
        })
    };
    catch_unwind(AssertUnwindSafe(guarded))
        .unwrap_or_else(|_| Err(Failure::Domain(Error::fault("a group of writes panicked"))))
}
