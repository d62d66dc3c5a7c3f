//! Small writes that wait at the same time are written together: one multi-row statement and one
//! commit for all of them. A group that fails is tried again one by one, so that only the guilty
//! one is told.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};

use diesel::prelude::*;
use evalstone_core::error::{Error, Result};
use tokio::sync::oneshot;

use super::pool::Pool;
use crate::failure::{Failure, Outcome, out_of_reach, overloaded};

/// How many writes share one commit at the most.
const MAX_GROUP: usize = 128;
/// How many writes wait at the most before further ones are turned away.
const MAX_QUEUE: usize = 4_096;

/// Writes a group; the outer failure is the group's, an inner one belongs to its write alone.
type Run<I, O> = fn(&mut PgConnection, &[I]) -> Outcome<Vec<Outcome<O>>>;
type Waiting<I, O> = (I, oneshot::Sender<Result<O>>);

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
        self.jobs.try_send((job, sender)).map_err(|error| {
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
    while let Ok((first, sender)) = waiting.recv() {
        let mut jobs = vec![first];
        let mut senders = vec![sender];
        while jobs.len() < MAX_GROUP {
            let Ok((job, sender)) = waiting.try_recv() else { break };
            jobs.push(job);
            senders.push(sender);
        }
        queued.fetch_sub(jobs.len(), Ordering::Relaxed);
        for (outcome, sender) in write(pool, &jobs, run).into_iter().zip(senders) {
            // Whoever asked may have gone; the write stands all the same.
            drop(sender.send(outcome.map_err(Error::from)));
        }
    }
}

fn write<I, O>(pool: &Pool, jobs: &[I], run: Run<I, O>) -> Vec<Outcome<O>> {
    match attempt(pool, jobs, run) {
        Ok(outcomes) => outcomes,
        // After a lost connection nobody knows whether the group was committed: writing it again
        // could write it twice.
        Err(failure) if jobs.len() == 1 || failure.is_connection_lost() => {
            let again = failure.to_string();
            let mut outcomes = vec![Err(failure)];
            outcomes.resize_with(jobs.len(), || Err(Failure::Domain(out_of_reach(&again))));
            outcomes
        }
        Err(_) => jobs.iter().flat_map(|job| write(pool, std::slice::from_ref(job), run)).collect(),
    }
}

fn attempt<I, O>(pool: &Pool, jobs: &[I], run: Run<I, O>) -> Outcome<Vec<Outcome<O>>> {
    let guarded =
        || pool.with(|connection| connection.transaction(|connection| run(connection, jobs)));
    catch_unwind(AssertUnwindSafe(guarded))
        .unwrap_or_else(|_| Err(Failure::Domain(Error::fault("a group of writes panicked"))))
}
