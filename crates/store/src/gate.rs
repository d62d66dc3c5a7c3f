//! Who may use a database connection: at most as many tasks as there are connections, and nobody
//! waits long for a turn.

use std::sync::Arc;
use std::time::Duration;

use evalstone_core::error::{Error, Result};
use tokio::sync::Semaphore;

use crate::failure::overloaded;

/// How long a task waits for its turn before the client is told to try again; together with the
/// wait for a connection it stays under three seconds (design §4).
const PATIENCE: Duration = Duration::from_millis(2_500);

/// Lets as many tasks through as there are connections.
#[derive(Clone)]
pub struct Gate {
    turns: Arc<Semaphore>,
    size: u32,
}

impl Gate {
    /// A gate for a pool of `size` connections.
    pub fn new(size: u32) -> Self {
        Self { turns: Arc::new(Semaphore::new(size as usize)), size }
    }

    /// Runs blocking work on a thread that may block, once it is this task's turn.
    pub async fn run<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce() -> Result<T> + Send + 'static,
    {
        let turn = tokio::time::timeout(PATIENCE, Arc::clone(&self.turns).acquire_owned())
            .await
            .map_err(|_| overloaded("no database connection came free"))?
            .map_err(Error::fault)?;
        tokio::task::spawn_blocking(move || {
            let result = work();
            drop(turn);
            result
        })
        .await
        .map_err(Error::fault)?
    }

    /// How many connections there are.
    pub fn size(&self) -> usize {
        self.size as usize
    }

    /// How many of them are in use.
    pub fn in_use(&self) -> usize {
        self.size().saturating_sub(self.turns.available_permits())
    }
}
