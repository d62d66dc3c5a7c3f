//! `evalstone serve`.

use std::time::Duration;

use actix_web::rt::{System, spawn};
use evalstone_core::key::RawKey;
use evalstone_store::Store;
use futures_util::future::join_all;

use super::output;
use crate::application::Application;
use crate::chores::{
    self, analyze_unknown, flush_last_uses, forget_attempts, tidy, write_last_uses,
};
use crate::config::Config;
use crate::failure::Failure;
use crate::first_run::{self, bootstrap_key};
use crate::numbers::Numbers;
use crate::upstream::Upstreams;
use crate::{logging, opening};

/// How long the dialects may take for what they have left to do when the last request is answered.
const FINISH: Duration = Duration::from_secs(5);

/// Runs the gateway until a signal stops it.
///
/// # Errors
/// When the database or an address is not to be had.
pub fn run(config: &Config) -> Result<(), Failure> {
    logging::start(&config.log)?;
    let numbers = Numbers::start()?;
    let bootstrap = bootstrap_key(|name| std::env::var(name).ok())?;
    opening::make_spool_dir(config)?;
    let lock = opening::lock(config)?;
    let store = opening::open(config)?;
    let served = System::new().block_on(serve(config, store, numbers, bootstrap));
    drop(lock);
    served
}

async fn serve(
    config: &Config,
    store: Store,
    numbers: Numbers,
    bootstrap: Option<RawKey>,
) -> Result<(), Failure> {
    // Found before the first request, because later there may be loads that are under way. What is being
    // moved into the database is no leftover; the next start finds what that may leave.
    let unfinished = match opening::lock_loading(config) {
        Ok(_lock) => store.unfinished_loads().await?,
        Err(_) => Vec::new(),
    };
    // Bound before the first key is made: a key whose showing an occupied port prevents is lost.
    let application = Application::bind(config, &store, numbers.clone())?;
    let made = first_run::prepare(&store, bootstrap).await?;
    if let Some(organization) = made.organization {
        chores::seed(&application.dialects, organization).await;
    }
    announce(&application, made.key.as_ref())?;
    let workers = application.dialects.iter().flat_map(|dialect| (dialect.workers)());
    let workers: Vec<_> = workers.map(spawn).collect();
    let beside = application.upstreams.clone().map(|upstreams| spawn(upstreams.work()));
    let chores = [
        spawn(numbers.upkeep()),
        spawn(write_last_uses(store.clone())),
        spawn(forget_attempts(store.clone())),
        spawn(analyze_unknown(store.clone())),
        spawn(tidy(store.clone(), unfinished)),
    ];
    let finish: Vec<_> = application.dialects.iter().map(|d| d.finish.clone()).collect();
    let upstreams = application.upstreams.clone();
    application.run().await?;
    let finished = join_all(finish.iter().map(|finish| finish()));
    let finished = async { (finished.await, join_all(upstreams.map(Upstreams::finish)).await) };
    if tokio::time::timeout(FINISH, finished).await.is_err() {
        tracing::warn!("what was still to be stored after the last answers is lost");
    }
    for chore in workers.into_iter().chain(chores).chain(beside) {
        chore.abort();
    }
    flush_last_uses(&store).await;
    tracing::info!("stopped");
    Ok(())
}

/// Tells whoever started the gateway where it is and how to use it. The first line is for scripts
/// too: it ends with the address, whose port is the real one.
fn announce(application: &Application, first_key: Option<&RawKey>) -> Result<(), Failure> {
    let version = env!("CARGO_PKG_VERSION");
    let mut lines: Vec<String> = application
        .addresses
        .iter()
        .map(|address| format!("Evalstone {version} is listening on http://{address}"))
        .collect();
    if let Some(key) = first_key {
        lines.push(String::new());
        lines.push("Admin key of the new organization \"default\", shown only this once:".into());
        lines.push(format!("  {}", key.expose()));
    }
    let base_url = application.base_url();
    for dialect in &application.dialects {
        lines.push(String::new());
        lines.push(format!("{}:", dialect.title));
        lines.extend((dialect.quickstart)(&base_url).iter().map(|line| format!("  {line}")));
    }
    output::text(&lines.join("\n"))
}
