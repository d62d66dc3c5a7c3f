//! Stopping without losing a request.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use actix_web::dev::ServerHandle;
use futures_util::future::join_all;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::config::Shutdown;

/// The exit code of a gateway that was told twice to stop: what a shell shows for SIGINT.
const INTERRUPTED: i32 = 130;

/// Whether the gateway is about to stop. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Draining(Arc<AtomicBool>);

impl Draining {
    /// Whether load balancers should look elsewhere.
    #[must_use]
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// The signals that stop the gateway.
pub struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

/// What was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stop {
    /// SIGTERM: an orchestrator stops us and takes a moment to send requests elsewhere.
    Terminate,
    /// SIGINT: a person at a terminal, who should not wait for the grace.
    Interrupt,
}

impl Signals {
    /// Takes the signals from now on; until then they end the process.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn listen() -> std::io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    async fn next(&mut self) -> Stop {
        tokio::select! {
            _ = self.terminate.recv() => Stop::Terminate,
            _ = self.interrupt.recv() => Stop::Interrupt,
        }
    }
}

/// Waits for a signal and stops the servers; a second signal ends the process at once.
pub async fn stop_on_signal(
    mut signals: Signals,
    servers: Vec<ServerHandle>,
    draining: Draining,
    settings: Shutdown,
) {
    let first = signals.next().await;
    tokio::select! {
        () = stop(first, servers, draining, settings) => {}
        second = signals.next() => {
            tracing::warn!(signal = ?second, "told to stop again; ending at once");
            std::process::exit(INTERRUPTED);
        }
    }
}

async fn stop(first: Stop, servers: Vec<ServerHandle>, draining: Draining, settings: Shutdown) {
    draining.set();
    if first == Stop::Terminate {
        tracing::info!(grace = %settings.grace, "stopping; requests are still accepted");
        tokio::time::sleep(settings.grace.0).await;
    }
    tracing::info!(drain = %settings.drain, "stopping; requests that have begun may go on");
    join_all(servers.iter().map(|server| server.stop(true))).await;
}
