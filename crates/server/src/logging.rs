//! The log: structured lines on standard error, as text for people or JSON for machines.

use std::io::IsTerminal as _;
use std::panic::PanicHookInfo;

use tracing_subscriber::EnvFilter;

use crate::config::{Log, LogFormat};
use crate::failure::Failure;

/// The HTTP server's account of its own threads, and of clients that do not speak HTTP, is of no use
/// to operators.
const QUIET: &str = "actix_server=warn,actix_http::h1=off";

/// Starts logging for the whole process, panics of any thread included.
///
/// # Errors
/// When `log.level` cannot be understood.
pub fn start(log: &Log) -> Result<(), Failure> {
    // What the configuration says of the same modules comes later and wins.
    let filter = EnvFilter::try_new(format!("{QUIET},{}", log.level))
        .map_err(|error| Failure::new(format!("log.level {:?}: {error}", log.level)))?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    match log.format {
        LogFormat::Text => builder.init(),
        LogFormat::Json => builder.json().init(),
    }
    std::panic::set_hook(Box::new(panicked));
    Ok(())
}

/// A panic in mid-request is inside the request's span, so this line carries its id.
fn panicked(panic: &PanicHookInfo<'_>) {
    tracing::error!("{panic}");
}
