//! Who may use a database connection: at most as many tasks as there are connections, and nobody
//! waits long for a turn.

use std::sync::Arc;
use std::time::{Duration, Instant};

use evalstone_core::error::{Error, Result};
use tokio::sync::{Semaphore, oneshot};

use crate::company::{Arrivals, Company};
use crate::failure::overloaded;

/// How long a request waits for its turn and its connection before the client is told to try again:
/// under three seconds, together with [`LEAST_PATIENCE`] (design §4).
pub const PATIENCE: Duration = Duration::from_millis(2_400);
/// What there is for the connection when the turn took all the patience.
pub const LEAST_PATIENCE: Duration = Duration::from_millis(500);

/// How many loads wait for their turn at the most. Each has its file on disk, but for small ones.
const WAITING_LOADS: usize = 64;
/// How long a load waits: the client has sent a whole file and would have to send it again.
const LOAD_PATIENCE: Duration = Duration::from_secs(30);

/// Lets as many tasks through as there are connections.
#[derive(Clone)]
pub struct Gate {
    turns: Arc<Semaphore>,
    size: u32,
    arrivals: Arrivals,
}

impl Gate {
    /// A gate for a pool of `size` connections.
    pub fn new(size: u32) -> Self {
        let turns = Arc::new(Semaphore::new(size as usize));
        Self { turns, size, arrivals: Arrivals::default() }
    }

    /// What tells long work whether others come through the gate meanwhile.
    pub fn company(&self) -> Company {
        self.arrivals.company()
    }

    /// Counts somebody who comes with short work, but needs no connection for it.
    pub fn pass(&self) {
        self.arrivals.add();
    }

    /// Runs blocking work on a thread that may block, once it is this task's turn. The work is told
    /// how long it may wait for a connection. Its turn lasts until it ends, even when nobody waits
    /// for it any more.
    pub async fn run<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(Duration) -> Result<T> + Send + 'static,
    {
        self.run_asked(Instant::now(), work).await
    }

    /// The same for work that was asked for at `asked` and has waited for something else since then.
    pub async fn run_asked<T, F>(&self, asked: Instant, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(Duration) -> Result<T> + Send + 'static,
    {
        self.pass();
        self.take_turn(asked, work).await
    }

    /// The same for a piece of long work, which is no company for other long work.
    pub async fn run_piece<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(Duration) -> Result<T> + Send + 'static,
    {
        self.take_turn(Instant::now(), work).await
    }

    async fn take_turn<T, F>(&self, asked: Instant, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(Duration) -> Result<T> + Send + 'static,
    {
        let patience = PATIENCE.saturating_sub(asked.elapsed());
        let turn = tokio::time::timeout(patience, Arc::clone(&self.turns).acquire_owned())
            .await
            .map_err(|_| overloaded("no database connection came free"))?
            .map_err(Error::fault)?;
        let (sender, receiver) = oneshot::channel();
        // One kind of task for all work: what the runtime makes of each kind takes kilobytes of the binary.
        let task: Box<dyn FnOnce() + Send> = Box::new(move || {
            let result = work(PATIENCE.saturating_sub(asked.elapsed()).max(LEAST_PATIENCE));
            drop(turn);
            // Whoever asked may have gone; the work is done all the same.
            drop(sender.send(result));
        });
        tokio::task::spawn_blocking(task);
        receiver.await.map_err(Error::fault)?
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

/// Lets some loads through at a time and some more wait. Each has a thread of its own, so that long
/// loads never take the threads that short queries run on; on Postgres it has a connection of its
/// own too, so that their number is what bounds the gateway's connections.
#[derive(Clone)]
pub struct LoadGate {
    turns: Arc<Semaphore>,
    places: Arc<Semaphore>,
}

impl LoadGate {
    /// A gate that lets `size` loads through at a time.
    pub fn new(size: u32) -> Self {
        Self {
            turns: Arc::new(Semaphore::new(size as usize)),
            places: Arc::new(Semaphore::new(WAITING_LOADS)),
        }
    }

    /// Runs a load. The inner result is an error when it panicked.
    pub async fn run<T, F>(&self, work: F) -> Result<Result<T, oneshot::error::RecvError>>
    where
        T: Send + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        let place = self.places.try_acquire().map_err(|_| too_many("too many loads wait"))?;
        let turn = tokio::time::timeout(LOAD_PATIENCE, Arc::clone(&self.turns).acquire_owned())
            .await
            .map_err(|_| too_many("no load has ended in time"))?
            .map_err(Error::fault)?;
        drop(place);
        let (sender, receiver) = oneshot::channel();
        std::thread::Builder::new()
            .name("load".to_owned())
            .spawn(move || {
                let done = work();
                drop(turn);
                // Whoever asked may have gone; the load stands all the same.
                drop(sender.send(done));
            })
            .map_err(too_many)?;
        Ok(receiver.await)
    }
}

fn too_many(context: impl std::fmt::Display) -> Error {
    Error::unavailable(
        "Too many uploads are being loaded; nothing was stored. Try again.",
        Duration::from_secs(5),
    )
    .with_context(context)
}
