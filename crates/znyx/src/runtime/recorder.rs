//! Keeping the traces that were forwarded, beside answering: a bounded queue that one worker
//! empties into the store, many at a time. What finds the queue full is lost, and counted.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use evalstone_core::caller::Caller;
use evalstone_core::error::{Error, Kind};
use evalstone_core::guardrail::NewTrace;
use evalstone_kit::dialect::Work;
use evalstone_kit::errors::log;
use evalstone_kit::observe::{rows_lost, rows_written};
use evalstone_store::Store;
use tokio::sync::mpsc::{Receiver, Sender, channel};

use super::Operation;
use super::events::Done;
use crate::settings::Record;
use crate::{NAME, mapping};

/// How many evaluations wait at the most.
const MOST: usize = 4_096;
/// How many bytes they have together at the most.
const MOST_BYTES: usize = 64 << 20;
/// How many are written together at the most.
const BATCH: usize = 500;
/// How often a write is tried that the database has no time for.
const TRIES: u32 = 5;
/// How often it is looked whether all have been written.
const PAUSE: Duration = Duration::from_millis(10);

/// An evaluation that was answered.
#[derive(Clone, Debug)]
pub struct Evaluation {
    /// Who asked.
    pub caller: Caller,
    /// What was asked.
    pub operation: Operation,
    /// The request's body.
    pub request: Bytes,
    /// What came of it.
    pub outcome: Outcome,
    /// When it was answered.
    pub at: DateTime<Utc>,
}

/// What came of an evaluation.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// The runtime's answer.
    Answer(Bytes),
    /// The end of the runtime's stream.
    Stream(Done),
}

impl Evaluation {
    fn size(&self) -> usize {
        let outcome = match &self.outcome {
            Outcome::Answer(body) => body.len(),
            Outcome::Stream(done) => done.summary.as_str().len(),
        };
        self.request.len() + outcome
    }
}

/// The way into the queue. Clones share it.
#[derive(Clone, Debug)]
pub struct Recorder(Arc<Queue>);

#[derive(Debug)]
struct Queue {
    keep: Record,
    sender: Sender<Evaluation>,
    /// Taken by the worker.
    receiver: Mutex<Option<Receiver<Evaluation>>>,
    /// How many have not been written yet, and their bytes.
    waiting: AtomicUsize,
    bytes: AtomicUsize,
}

impl Recorder {
    /// An empty queue for what is to be kept.
    pub fn new(keep: Record) -> Self {
        let (sender, receiver) = channel(MOST);
        Self(Arc::new(Queue {
            keep,
            sender,
            receiver: Mutex::new(Some(receiver)),
            waiting: AtomicUsize::new(0),
            bytes: AtomicUsize::new(0),
        }))
    }

    /// Queues an evaluation, without waiting.
    pub fn record(&self, evaluation: Evaluation) {
        if self.0.keep == Record::None {
            return;
        }
        let size = evaluation.size();
        self.0.waiting.fetch_add(1, Ordering::Relaxed);
        let before = self.0.bytes.fetch_add(size, Ordering::Relaxed);
        let fits = before.saturating_add(size) <= MOST_BYTES;
        if !fits || self.0.sender.try_send(evaluation).is_err() {
            self.0.release(1, size);
            lose("queue", 1, "the traces of evaluations come faster than they can be stored");
        }
    }

    /// What empties the queue for as long as it is polled. There is one such worker.
    pub fn worker(&self, store: &Store) -> Vec<Work> {
        let receiver = self.0.receiver.lock().unwrap_or_else(PoisonError::into_inner).take();
        let work = |receiver| -> Work { Box::pin(drain(self.0.clone(), receiver, store.clone())) };
        receiver.map(work).into_iter().collect()
    }

    /// Waits until all that was queued is written.
    pub fn finish(&self) -> Work {
        let queue = self.0.clone();
        Box::pin(async move {
            while queue.waiting.load(Ordering::Relaxed) > 0 {
                tokio::time::sleep(PAUSE).await;
            }
        })
    }
}

impl Queue {
    fn release(&self, evaluations: usize, bytes: usize) {
        self.waiting.fetch_sub(evaluations, Ordering::Relaxed);
        self.bytes.fetch_sub(bytes, Ordering::Relaxed);
    }
}

async fn drain(queue: Arc<Queue>, mut receiver: Receiver<Evaluation>, store: Store) {
    let mut batch = Vec::new();
    while receiver.recv_many(&mut batch, BATCH).await > 0 {
        let (evaluations, bytes) = (batch.len(), batch.iter().map(Evaluation::size).sum());
        write(&store, queue.keep, std::mem::take(&mut batch)).await;
        queue.release(evaluations, bytes);
    }
}

/// Writes evaluations: those of one key by one call of the store.
async fn write(store: &Store, keep: Record, batch: Vec<Evaluation>) {
    let mut by_key = BTreeMap::new();
    let mut unread = 0;
    for evaluation in batch {
        match mapping::evaluated(&evaluation, keep) {
            Some(trace) => {
                let key = evaluation.caller.key;
                let entry = by_key.entry(key).or_insert_with(|| (evaluation.caller, Vec::new()));
                entry.1.push(trace);
            }
            None => unread += 1,
        }
    }
    if unread > 0 {
        lose("unread", unread, "the runtime's answers have no decision");
    }
    for (caller, traces) in by_key.into_values() {
        let count = traces.len() as u64;
        match store_all(store, &caller, traces).await {
            Ok(()) => rows_written(NAME, count),
            Err(error) => {
                log(&error);
                lose("database", count, "the traces of evaluations cannot be stored");
            }
        }
    }
}

/// Stores traces; a database that is busy is asked again.
async fn store_all(store: &Store, caller: &Caller, traces: Vec<NewTrace>) -> Result<(), Error> {
    let mut tries = 1;
    loop {
        let error = match store.record_guardrail_traces(caller, traces.clone()).await {
            Ok(()) => return Ok(()),
            Err(error) => error,
        };
        match error.kind() {
            Kind::Unavailable { retry_after } if tries < TRIES => {
                tokio::time::sleep(retry_after).await;
            }
            _ => return Err(error),
        }
        tries += 1;
    }
}

fn lose(reason: &'static str, count: u64, what: &str) {
    rows_lost(NAME, reason, count);
    tracing::warn!(count, "{what}; they are lost");
}

#[cfg(test)]
mod tests {
    use evalstone_core::json::RawJson;

    use super::*;

    fn evaluation(size: usize) -> Evaluation {
        Evaluation {
            caller: Caller::sample(),
            operation: Operation::Input,
            request: Bytes::from(vec![b'x'; size]),
            outcome: Outcome::Stream(Done { summary: RawJson::from_text(""), rules: Vec::new() }),
            at: Utc::now(),
        }
    }

    fn waiting(recorder: &Recorder) -> usize {
        recorder.0.waiting.load(Ordering::Relaxed)
    }

    #[test]
    fn what_finds_the_queue_full_is_lost_at_once() {
        let recorder = Recorder::new(Record::All);
        for _ in 0..MOST + 10 {
            recorder.record(evaluation(1));
        }
        assert_eq!(waiting(&recorder), MOST);
        let recorder = Recorder::new(Record::Metadata);
        for _ in 0..10 {
            recorder.record(evaluation(MOST_BYTES / 4));
        }
        assert_eq!(waiting(&recorder), 3);
        let silent = Recorder::new(Record::None);
        silent.record(evaluation(1));
        assert_eq!(waiting(&silent), 0);
    }
}
