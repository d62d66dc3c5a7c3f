//! How benchmarks are run (contract §5.6): by the gateway, which calls the configured runtime
//! ([`push`]), or by a runtime that asks for work ([`pull`]). Whoever works on one holds its lease;
//! what both do with verdicts is in [`verdicts`].

pub mod pull;
mod push;
mod verdicts;
pub mod wanted;

use std::sync::Arc;
use std::time::Duration;

use evalstone_core::benchmark::{Claimed, Runner};
use evalstone_core::error::Error;
use evalstone_kit::dialect::Work;
use evalstone_store::Store;
use tokio::sync::Notify;

use crate::runtime::Runtime;
use crate::settings::{BenchmarkSettings, Settings};

/// Stages of an engine's life that are no text of a conversation: no runtime evaluates them
/// (contract §4.7).
pub const HOOKS: &[&str] = &["tool_registration", "policy_publish"];

/// How often somebody begins to work on a benchmark without a single new verdict before it is given
/// up: it may be the benchmark that brings runtimes down.
const MOST_ATTEMPTS: i64 = 5;

/// How often a gateway looks for benchmarks that another left unfinished.
const LOOK: Duration = Duration::from_secs(5);

/// How many benchmarks a gateway works on at a time, besides those whose start waits for their end.
const WORKERS: usize = 2;

/// Everything that running benchmarks takes.
#[derive(Clone)]
pub struct Benchmarks {
    store: Store,
    runtime: Option<Runtime>,
    settings: Settings,
    /// Wakes the workers when there is something to do.
    queued: Arc<Notify>,
}

impl Benchmarks {
    /// Benchmarks over this store, by this runtime if there is one.
    pub fn new(store: &Store, runtime: Option<Runtime>, settings: &Settings) -> Self {
        let (store, settings) = (store.clone(), settings.clone());
        Self { store, runtime, settings, queued: Arc::new(Notify::new()) }
    }

    /// Who is to work on a new benchmark: the gateway where a runtime is configured, which then sees
    /// whether that runs the wanted policy.
    pub fn first_runner(&self) -> Runner {
        match self.runtime {
            Some(_) => Runner::Gateway,
            None => Runner::Runtime,
        }
    }

    /// How long the start of a benchmark of so many samples waits for its end; none for one that is
    /// too large to wait for.
    pub fn patience(&self, samples: i64) -> Option<Duration> {
        let BenchmarkSettings { inline_samples, inline_wait, .. } = &self.settings.benchmarks;
        (samples <= i64::from(*inline_samples)).then_some(inline_wait.0)
    }

    /// Tells the workers that a benchmark waits for them.
    pub fn wake(&self) {
        self.queued.notify_one();
    }

    /// What works on benchmarks in the background.
    pub fn workers(&self) -> Vec<Work> {
        (0..WORKERS).map(|_| Box::pin(self.clone().work_for_ever()) as Work).collect()
    }

    async fn work_for_ever(self) {
        loop {
            match self.work_on_next().await {
                Ok(true) => continue,
                Ok(false) => {}
                Err(error) => evalstone_kit::errors::log(&error),
            }
            tokio::select! {
                () = self.queued.notified() => {}
                () = tokio::time::sleep(LOOK) => {}
            }
        }
    }

    /// Works on the oldest benchmark that waits for a gateway; false when none does.
    async fn work_on_next(&self) -> Result<bool, Error> {
        let worker = uuid::Uuid::new_v4();
        let Some(claimed) = self.store.claim_for_gateway(worker, push::TERM).await? else {
            return Ok(false);
        };
        if !self.is_hopeless(&claimed).await? {
            self.push(claimed).await?;
        }
        Ok(true)
    }

    /// Gives up a benchmark that was begun too often in vain; whether it was one.
    async fn is_hopeless(&self, claimed: &Claimed) -> Result<bool, Error> {
        let before = claimed.attempts - 1;
        if before < MOST_ATTEMPTS {
            return Ok(false);
        }
        let why =
            format!("{before} times in a row whoever worked on it fell silent without a result");
        self.end(claimed.lease, Some(why)).await?;
        Ok(true)
    }
}
