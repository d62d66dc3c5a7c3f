//! Safe retries: a write that is repeated because its answer was lost is done once.
//!
//! A write that may be repeated carries an [`Attempt`] in its caller. What it came to is written
//! down in its own transaction, so that a crash leaves either both or none, and nothing to clean
//! up. [`Store::begin`] finds it for a repetition. One that comes while the first is still under way
//! waits for its end, without a connection: on this gateway by being woken, across gateways on
//! Postgres by looking for an advisory lock that the first one's transaction shares.

mod underway;

use std::sync::Arc;
use std::time::Duration;

use evalstone_core::attempt::{Attempt, Hold};
use evalstone_core::caller::Caller;
use evalstone_core::error::{Error, Result};

pub use underway::Underway;

use crate::{Backend, Store, postgres, sqlite};
use underway::Place;

/// How long a repetition waits for the first to end: less than the minute after which the vendors'
/// clients give a request up.
const PATIENCE: Duration = Duration::from_secs(50);
/// How long it waits at first before it looks again for what another gateway does.
const FIRST_PAUSE: Duration = Duration::from_millis(20);
/// And at the most.
const LONGEST_PAUSE: Duration = Duration::from_millis(320);

/// How a write goes on that may be a repetition.
#[derive(Debug)]
pub enum Begun {
    /// It is to be carried out, by this caller.
    First(Caller),
    /// It was carried out before; this is what was written down of it.
    Again(String),
}

/// What the database knows of a repetition's first.
pub enum Claim {
    /// Another gateway is working on it.
    Busy,
    /// What was written down of it.
    Note(String),
    /// Nothing.
    Nothing,
}

impl Store {
    /// Begins a write that the client may repeat, or repeats. To be called when the request has been
    /// read whole, before anything is looked up for it.
    ///
    /// # Errors
    /// Invalid when the same name was given to another content; unavailable when the first does not
    /// end in time.
    pub async fn begin(&self, mut caller: Caller, attempt: Option<Attempt>) -> Result<Begun> {
        let Some(mut attempt) = attempt else {
            return Ok(Begun::First(caller));
        };
        let place = Arc::new(self.underway.enter(&attempt));
        if attempt.may_repeat() {
            let earlier = tokio::time::timeout(PATIENCE, self.earlier(&caller, &attempt, &place));
            if let Some(note) = earlier.await.map_err(|_| still_running())?? {
                return Ok(Begun::Again(note));
            }
        }
        place.carry_out();
        let hold: Arc<dyn Hold> = place;
        attempt.hold = Some(hold);
        caller.attempt = Some(Arc::new(attempt));
        Ok(Begun::First(caller))
    }

    /// What the write came to that this one repeats, once it has ended.
    async fn earlier(
        &self,
        caller: &Caller,
        attempt: &Attempt,
        place: &Place,
    ) -> Result<Option<String>> {
        let mut pause = FIRST_PAUSE;
        loop {
            // Asked before the database is: what ends in between has been kept by then.
            let ended = place.next_end();
            if place.follows_failure() {
                return Ok(None);
            }
            match self.claim(caller, attempt).await? {
                Claim::Note(note) => return Ok(Some(note)),
                Claim::Busy => {
                    tokio::time::sleep(pause).await;
                    pause = LONGEST_PAUSE.min(pause * 2);
                }
                Claim::Nothing => match ended {
                    Some(ended) => ended.await,
                    None => return Ok(None),
                },
            }
        }
    }

    async fn claim(&self, caller: &Caller, attempt: &Attempt) -> Result<Claim> {
        let (caller, attempt) = (caller.clone(), attempt.clone());
        match &self.backend {
            Backend::Postgres(b) => {
                b.write(move |c| postgres::queries::attempts::claim(c, &caller, &attempt)).await
            }
            Backend::Sqlite(b) => {
                b.write(move |c| sqlite::queries::attempts::claim(c, &caller, &attempt)).await
            }
        }
    }

    /// Forgets what no client will ask for any more. Called now and then.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn forget_attempts(&self) -> Result<()> {
        loop {
            let more = match &self.backend {
                Backend::Postgres(b) => b.write(postgres::queries::attempts::forget).await,
                Backend::Sqlite(b) => b.write(sqlite::queries::attempts::forget).await,
            }?;
            if !more {
                return Ok(());
            }
        }
    }
}

fn still_running() -> Error {
    Error::unavailable(
        "An earlier try of this request is still being carried out; try again.",
        Duration::from_secs(1),
    )
}

/// Another gateway has carried out a request of the same name at the same moment.
pub fn overtaken() -> Error {
    Error::unavailable(
        "Another request with this Idempotency-Key was carried out at the same time; try again.",
        Duration::from_secs(1),
    )
}
