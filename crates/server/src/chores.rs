//! What is done now and then while the gateway runs.

use std::time::Duration;

use evalstone_core::error::Error;
use evalstone_core::id::OrganizationId;
use evalstone_kit::dialect::Dialect;
use evalstone_store::Store;
use evalstone_store::loads::Leftover;

use crate::seeding;

/// How stale the "last used" of a key may be.
const LAST_USES: Duration = Duration::from_secs(30);

/// How long answers lie about that have expired.
const ATTEMPTS: Duration = Duration::from_secs(60);

/// How long plans may be those of an empty table after it has grown.
const STATISTICS: Duration = Duration::from_secs(5);

/// Writes down when keys were used, for as long as it is polled.
pub async fn write_last_uses(store: Store) {
    let mut ticks = tokio::time::interval(LAST_USES);
    loop {
        ticks.tick().await;
        flush_last_uses(&store).await;
    }
}

/// Writes down when keys were used until now. Failing at it is no reason to end with an error.
pub async fn flush_last_uses(store: &Store) {
    if let Err(error) = store.flush_last_uses().await {
        warn("could not write down when keys were used", &error);
    }
}

/// Forgets answers that no client will ask for again, for as long as it is polled.
pub async fn forget_attempts(store: Store) {
    let mut ticks = tokio::time::interval(ATTEMPTS);
    loop {
        ticks.tick().await;
        if let Err(error) = store.forget_attempts().await {
            warn("could not forget old attempts; it is tried again", &error);
        }
    }
}

/// Sees to it that the database knows its tables when they grow for the first time, for as long as it is polled. What
/// keeps it from that may stay for long, and is told once.
pub async fn analyze_unknown(store: Store) {
    let mut ticks = tokio::time::interval(STATISTICS);
    let mut has_failed = false;
    loop {
        ticks.tick().await;
        let outcome = store.analyze_unknown().await;
        if let Err(error) = &outcome
            && !has_failed
        {
            warn("could not analyze new tables; it is tried again", error);
        }
        has_failed = outcome.is_err();
    }
}

/// Gives the organization that this start has made what it starts with, if that can be done.
pub async fn seed(dialects: &[Dialect], organization: OrganizationId) {
    if let Err(error) = seeding::seed(dialects, organization).await {
        warn("the new organization has not got all samples; they can be installed", &error);
    }
}

/// Removes what an earlier run of the gateway left half done: `unfinished` loads, found before
/// requests were served, and deleted datasets.
pub async fn tidy(store: Store, unfinished: Vec<Leftover>) {
    if let Err(error) = store.remove(unfinished).await {
        warn("could not remove unfinished uploads; the next start tries again", &error);
    }
    if let Err(error) = store.sweep().await {
        warn("could not remove deleted datasets; the next start tries again", &error);
    }
}

fn warn(what: &str, error: &Error) {
    let context = error.context().unwrap_or_default();
    tracing::warn!(context, "{what}: {error}");
}
