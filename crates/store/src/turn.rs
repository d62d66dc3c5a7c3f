//! Writes that wait for their turn on another thread, and who may still give them up.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use evalstone_core::error::Result;
use tokio::sync::oneshot;

use crate::failure::{out_of_reach, overloaded};

/// Work that waits for its turn. Either the thread whose turn it is takes it, or whoever asked for
/// it, who thereby gives it up: never both.
pub struct Turn<T>(Arc<Mutex<Option<T>>>);

impl<T> Clone for Turn<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> Turn<T> {
    /// Work that waits from now on.
    pub fn new(work: T) -> Self {
        Self(Arc::new(Mutex::new(Some(work))))
    }

    /// The work, unless it was taken before.
    pub fn take(&self) -> Option<T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// The answer to the work. Work whose turn does not come within `patience` is given up and never
    /// done; for work that has begun the answer is waited for, because it is done either way.
    ///
    /// # Errors
    /// Unavailable when it is given up, or when the thread does not take it.
    pub async fn answer<R>(
        &self,
        mut answer: oneshot::Receiver<R>,
        patience: Duration,
    ) -> Result<R> {
        let given = match tokio::time::timeout(patience, &mut answer).await {
            Ok(given) => given,
            Err(_) if self.take().is_some() => {
                return Err(overloaded("a write waited too long for its turn"));
            }
            Err(_) => answer.await,
        };
        given.map_err(|_| not_taken())
    }
}

/// The thread has stopped, or turned the work away.
pub fn not_taken() -> evalstone_core::error::Error {
    out_of_reach("the thread that writes did not take a write")
}
