//! One thread owns the writing connection. Writes that wait at the same time share one transaction
//! (group commit); each runs in a savepoint, so that one that fails takes back only its own work.
//! Answers go out after COMMIT.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};

use diesel::connection::{AnsiTransactionManager, TransactionManager as _};
use diesel::prelude::*;
use diesel::r2d2::R2D2Connection as _;
use diesel::result::Error as DieselError;
use evalstone_core::error::{Error, Result};
use tokio::sync::oneshot;

use super::connect;
use crate::failure::{Failure, Outcome, out_of_reach, overloaded};
use crate::gate::PATIENCE;
use crate::turn::{Turn, not_taken};

/// How many writes share one commit at the most.
const MAX_GROUP: usize = 256;
/// How many writes wait at the most before further ones are turned away.
const MAX_QUEUE: usize = 4_096;

/// Tells the one who waits how it went; the argument is why the shared commit failed, if it did.
type Reply = Box<dyn FnOnce(Option<&str>) + Send>;
/// A write. It also tells whether the writes after it can share its transaction.
type Job = Box<dyn FnOnce(&mut SqliteConnection) -> (Reply, bool) + Send>;

/// The way to the writer thread. The thread ends when the last one of these is dropped.
#[derive(Clone)]
pub struct Writer {
    jobs: SyncSender<Job>,
    queued: Arc<AtomicUsize>,
}

impl Writer {
    /// Starts the thread, with a connection to the database at `path`.
    pub fn start(path: &str) -> Result<Self> {
        let connection = connect(path)?;
        let path = path.to_owned();
        let (jobs, waiting) = sync_channel(MAX_QUEUE);
        let queued = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&queued);
        std::thread::Builder::new()
            .name("sqlite-writer".into())
            .spawn(move || run(&path, connection, &waiting, &counter))
            .map_err(Error::fault)?;
        Ok(Self { jobs, queued })
    }

    /// How many writes wait.
    pub fn queued(&self) -> usize {
        self.queued.load(Ordering::Relaxed)
    }

    /// Runs a write; it is on disk when this returns. One whose turn does not come in time is given
    /// up.
    pub async fn submit<T, F>(&self, query: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut SqliteConnection) -> Outcome<T> + Send + 'static,
    {
        let turn = Turn::new(query);
        let answer = self.send(turn.clone())?;
        turn.answer(answer, PATIENCE).await?
    }

    /// The same for a thread that may block. It waits for its turn for as long as it takes: pieces
    /// of an upload are not given up because others write too.
    pub fn submit_blocking<T, F>(&self, query: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut SqliteConnection) -> Outcome<T> + Send + 'static,
    {
        self.send(Turn::new(query))?.blocking_recv().map_err(|_| not_taken())?
    }

    /// Puts a write into the queue.
    fn send<T, F>(&self, turn: Turn<F>) -> Result<oneshot::Receiver<Result<T>>>
    where
        T: Send + 'static,
        F: FnOnce(&mut SqliteConnection) -> Outcome<T> + Send + 'static,
    {
        let (sender, receiver) = oneshot::channel();
        let job: Job = Box::new(move |connection| {
            let Some(query) = turn.take() else {
                // Nobody waits for it any more.
                return (Box::new(|_: Option<&str>| ()) as Reply, true);
            };
            let outcome = connection.transaction(|connection| guarded(connection, query));
            // Some errors, such as a full disk, make SQLite roll back the whole transaction; a
            // write after that would be in one of its own.
            let sound = !matches!(outcome, Err(Failure::Database(_)));
            let reply: Reply = Box::new(move |commit_error| {
                let result = match (commit_error, outcome) {
                    // What made SQLite give up the shared transaction, whichever error says so.
                    (Some(why), Err(Failure::Database(error))) => {
                        Err(out_of_reach(format!("{error}; {why}")))
                    }
                    (_, Err(failure)) => Err(failure.into()),
                    (Some(why), Ok(_)) => Err(out_of_reach(why)),
                    (None, Ok(value)) => Ok(value),
                };
                // Whoever asked may have gone; the write stands all the same.
                drop(sender.send(result));
            });
            (reply, sound)
        });
        self.queued.fetch_add(1, Ordering::Relaxed);
        self.jobs.try_send(job).map_err(|error| {
            self.queued.fetch_sub(1, Ordering::Relaxed);
            match error {
                TrySendError::Full(_) => overloaded("the SQLite writer's queue is full"),
                TrySendError::Disconnected(_) => not_taken(),
            }
        })?;
        Ok(receiver)
    }
}

/// A panic in a query must not end the writer: it becomes a failure, and its work is rolled back.
fn guarded<T, F>(connection: &mut SqliteConnection, query: F) -> Outcome<T>
where
    F: FnOnce(&mut SqliteConnection) -> Outcome<T>,
{
    catch_unwind(AssertUnwindSafe(|| query(connection)))
        .unwrap_or_else(|_| Err(Failure::Domain(Error::fault("a write panicked"))))
}

fn run(
    path: &str,
    mut connection: SqliteConnection,
    waiting: &Receiver<Job>,
    queued: &AtomicUsize,
) {
    while let Ok(first) = waiting.recv() {
        queued.fetch_sub(1, Ordering::Relaxed);
        let mut next = Some(first);
        let mut replies: Vec<Reply> = Vec::new();
        let committed: QueryResult<()> = connection.immediate_transaction(|connection| {
            while let Some(job) = next.take() {
                let (reply, sound) = job(connection);
                replies.push(reply);
                if is_left_open(connection) {
                    return Err(DieselError::BrokenTransactionManager);
                }
                if sound && replies.len() < MAX_GROUP {
                    next = waiting.try_recv().ok();
                    queued.fetch_sub(usize::from(next.is_some()), Ordering::Relaxed);
                }
            }
            Ok(())
        });
        if committed.is_err() && replies.is_empty() {
            turn_away(waiting, queued);
        }
        let error = committed.err().map(|error| error.to_string());
        for reply in replies {
            reply(error.as_deref());
        }
        if connection.is_broken() {
            reconnect(path, &mut connection);
        }
    }
}

/// Whether a write has left a transaction open inside the shared one, as one does that panics in it: COMMIT would end
/// that one instead.
fn is_left_open(connection: &mut SqliteConnection) -> bool {
    let status = AnsiTransactionManager::transaction_manager_status_mut(connection);
    !matches!(status.transaction_depth(), Ok(Some(depth)) if depth.get() == 1)
}

/// No transaction could begin, for which SQLite has waited already: whoever else waits is told to
/// try again, and not kept until as many waits are over. Dropping a write answers it.
fn turn_away(waiting: &Receiver<Job>, queued: &AtomicUsize) {
    let refused = waiting.try_iter().count();
    queued.fetch_sub(refused, Ordering::Relaxed);
    tracing::warn!(refused, "the SQLite database is locked or cannot be written");
}

/// A transaction that could neither be committed nor rolled back, as SQLite leaves it when the disk
/// is full, makes a connection useless.
fn reconnect(path: &str, connection: &mut SqliteConnection) {
    match connect(path) {
        Ok(new) => *connection = new,
        Err(error) => tracing::warn!(context = error.context(), "{error}"),
    }
}
