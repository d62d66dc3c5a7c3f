//! What a dialect crate hands to the server: its one public way in.

use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;

use actix_web::HttpRequest;
use actix_web::web::ServiceConfig;
use evalstone_core::error::Result;
use evalstone_core::id::OrganizationId;
use serde::{Deserialize, Serialize};

use crate::errors::Render;
use crate::likeness::Likeness;
use crate::limits::Limits;
use crate::routes::Paths;

/// Adds routes to an application. It is called once per worker thread.
pub type Mount = Arc<dyn Fn(&mut ServiceConfig) + Send + Sync>;

/// Starts what a dialect does beside answering requests: each future works until it is dropped. It
/// is called once in a process.
pub type Workers = Arc<dyn Fn() -> Vec<Work> + Send + Sync>;

/// Gives what a dialect still has to do when no request comes any more, while its workers work on:
/// to end soon. It is called once in a process.
pub type Finish = Arc<dyn Fn() -> Work + Send + Sync>;

/// Something that works for as long as it is polled.
pub type Work = Pin<Box<dyn Future<Output = ()>>>;

/// Gives a new organization what the vendor gives one that registers. It is usable without.
pub type Seed = Arc<dyn Fn(OrganizationId) -> Seeding + Send + Sync>;

/// A seed that is being laid.
pub type Seeding = Pin<Box<dyn Future<Output = Result<()>>>>;

/// What the server gives every dialect, besides its store and its own settings.
#[derive(Clone, Debug, Default)]
pub struct Means {
    /// What requests may bring.
    pub limits: Limits,
    /// The directory in which an administrator may put files for a dialect.
    pub data_dir: PathBuf,
}

/// The settings of a dialect that has none of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoSettings {}

/// One vendor's dialect, ready to be mounted. For the server, the whole cost of a dialect is one
/// line in its list of them.
#[derive(Clone)]
pub struct Dialect {
    /// The short name: the label in logs and metrics and the key in the configuration.
    pub name: &'static str,
    /// The vendor's name as people write it.
    pub title: &'static str,
    /// The path prefixes that this dialect answers under, each without a trailing slash. Of all
    /// dialects' prefixes the longest that fits a path decides what the request is counted as.
    pub prefixes: &'static [&'static str],
    /// The paths of its tables, by which logs and metrics name requests, also those that a vendor answers.
    pub paths: Arc<Paths>,
    /// The dialect's scopes. The server mounts those of all dialects before any fallback.
    pub mount: Mount,
    /// What answers paths that no dialect's scopes know; see [`no_fallback`].
    pub fallback: Mount,
    /// What it does beside answering requests; see [`no_workers`].
    pub workers: Workers,
    /// What it still has to do when no request comes any more; see [`no_finish`].
    pub finish: Finish,
    /// What a new organization starts with; see [`no_seed`].
    pub seed: Seed,
    /// What another server that speaks it is like, the vendor's among them.
    pub likeness: &'static Likeness,
    /// Where a request says its key.
    pub key: fn(&HttpRequest) -> Option<&str>,
    /// How it writes errors.
    pub render: Render,
    /// Lines that a user can paste to point the vendor's SDK at `base_url`, such as
    /// `http://127.0.0.1:3825`.
    pub quickstart: fn(base_url: &str) -> Vec<String>,
}

/// The fallback of a dialect that has none.
#[must_use]
pub fn no_fallback() -> Mount {
    Arc::new(|_| {})
}

/// The workers of a dialect that only answers requests.
#[must_use]
pub fn no_workers() -> Workers {
    Arc::new(Vec::new)
}

/// The end of a dialect that has nothing left to do.
#[must_use]
pub fn no_finish() -> Finish {
    Arc::new(|| Box::pin(std::future::ready(())))
}

/// The seed of a dialect whose organizations start empty.
#[must_use]
pub fn no_seed() -> Seed {
    Arc::new(|_| Box::pin(async { Ok(()) }))
}

/// Whether `path` is `prefix` or lies below it.
#[must_use]
pub fn is_under(path: &str, prefix: &str) -> bool {
    path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::is_under;

    #[test]
    fn prefixes_end_at_a_slash() {
        assert!(is_under("/api/v1", "/api/v1"));
        assert!(is_under("/api/v1/datasets", "/api/v1"));
        assert!(!is_under("/api/v10/datasets", "/api/v1"));
        assert!(!is_under("/api", "/api/v1"));
    }
}
