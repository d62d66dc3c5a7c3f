//! One thread owns the writing connection. Writes that wait at the same time share one transaction
//! (group commit); each runs in a savepoint, so that one that fails takes back only its own work.
//! Answers go out after COMMIT.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};

use diesel::prelude::*;
use evalstone_core::error::{Error, Result};
use tokio::sync::oneshot;

use crate::failure::{Failure, Outcome, out_of_reach, overloaded};

/// How many writes share one commit at the most.
const MAX_GROUP: usize = 256;
/// How many writes wait at the most before further ones are turned away.
const MAX_QUEUE: usize = 4_096;

/// Tells the one who waits how it went; the argument is why the shared commit failed, if it did.
type Reply = Box<dyn FnOnce(Option<&str>) + Send>;
type Job = Box<dyn FnOnce(&mut SqliteConnection) -> Reply + Send>;

/// The way to the writer thread. The thread ends when the last one of these is dropped.
#[derive(Clone)]
pub struct Writer {
    jobs: SyncSender<Job>,
    queued: Arc<AtomicUsize>,
}

impl Writer {
    /// Starts the thread.
    pub fn start(connection: SqliteConnection) -> Result<Self> {
        let (jobs, waiting) = sync_channel(MAX_QUEUE);
        let queued = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&queued);
        std::thread::Builder::new()
            .name("sqlite-writer".into())
            .spawn(move || run(connection, &waiting, &counter))
            .map_err(Error::fault)?;
        Ok(Self { jobs, queued })
    }

    /// How many writes wait.
    pub fn queued(&self) -> usize {
        self.queued.load(Ordering::Relaxed)
    }

    /// Runs a write; it is on disk when this returns.
    pub async fn submit<T, F>(&self, query: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut SqliteConnection) -> Outcome<T> + Send + 'static,
    {
        self.send(query)?.await.map_err(|_| stopped())?
    }

    /// The same for a thread that may block.
    pub fn submit_blocking<T, F>(&self, query: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut SqliteConnection) -> Outcome<T> + Send + 'static,
    {
        self.send(query)?.blocking_recv().map_err(|_| stopped())?
    }

    fn send<T, F>(&self, query: F) -> Result<oneshot::Receiver<Result<T>>>
    where
        T: Send + 'static,
        F: FnOnce(&mut SqliteConnection) -> Outcome<T> + Send + 'static,
    {
        let (sender, receiver) = oneshot::channel();
        let job: Job = Box::new(move |connection| {
            let outcome = connection.transaction(|connection| guarded(connection, query));
            Box::new(move |commit_error| {
                let result = match (commit_error, outcome) {
                    (_, Err(failure)) => Err(failure.into()),
                    (Some(why), Ok(_)) => Err(out_of_reach(why)),
                    (None, Ok(value)) => Ok(value),
                };
                // Whoever asked may have gone; the write stands all the same.
                drop(sender.send(result));
            })
        });
        self.queued.fetch_add(1, Ordering::Relaxed);
        self.jobs.try_send(job).map_err(|error| {
            self.queued.fetch_sub(1, Ordering::Relaxed);
            match error {
                TrySendError::Full(_) => overloaded("the SQLite writer's queue is full"),
                TrySendError::Disconnected(_) => stopped(),
            }
        })?;
        Ok(receiver)
    }
}

fn stopped() -> Error {
    out_of_reach("the SQLite writer has stopped")
}

/// A panic in a query must not end the writer: it becomes a failure, and its work is rolled back.
fn guarded<T, F>(connection: &mut SqliteConnection, query: F) -> Outcome<T>
where
    F: FnOnce(&mut SqliteConnection) -> Outcome<T>,
{
    catch_unwind(AssertUnwindSafe(|| query(connection)))
        .unwrap_or_else(|_| Err(Failure::Domain(Error::fault("a write panicked"))))
}

fn run(mut connection: SqliteConnection, waiting: &Receiver<Job>, queued: &AtomicUsize) {
    while let Ok(first) = waiting.recv() {
        let mut replies: Vec<Reply> = Vec::new();
        let committed: QueryResult<()> = connection.immediate_transaction(|connection| {
            queued.fetch_sub(1, Ordering::Relaxed);
            replies.push(first(connection));
            while replies.len() < MAX_GROUP {
                let Ok(job) = waiting.try_recv() else { break };
                queued.fetch_sub(1, Ordering::Relaxed);
                replies.push(job(connection));
            }
            Ok(())
        });
        let error = committed.err().map(|error| error.to_string());
        for reply in replies {
            reply(error.as_deref());
        }
    }
}
