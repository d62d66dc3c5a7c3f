//! Routes that belong to no vendor. Their errors are RFC 9457 problems.

mod digest;
mod health;

use actix_web::{HttpRequest, HttpResponse, ResponseError};
use evalstone_core::error::{Error, Kind};
use evalstone_kit::errors::answer;
use evalstone_kit::problem::{self, not_allowed};
use evalstone_kit::routes::{Routes, resource};
use evalstone_store::Store;

use crate::numbers::Numbers;
use crate::shutdown::Draining;

/// What our own routes work with.
#[derive(Clone)]
pub struct Own {
    /// The store.
    pub store: Store,
    /// Whether the gateway is about to stop.
    pub draining: Draining,
    /// The metrics.
    pub numbers: Numbers,
}

/// Our routes.
pub fn table() -> Routes {
    Routes::under("", not_allowed)
        .line(resource("/healthz").get(health::live))
        .line(resource("/readyz").get(health::ready))
        .line(resource("/metrics").get(health::metrics))
        .line(resource("/evalstone/datasets/{dataset}/digest").get(digest::show))
}

/// Answers what no route and no dialect knows.
pub async fn unknown(request: HttpRequest) -> Result<HttpResponse, Problem> {
    let text = format!("nothing is served at {}", request.path());
    Err(Problem(Error::new(Kind::NotFound, text)))
}

/// An error on one of our own routes.
#[derive(Debug)]
pub struct Problem(Error);

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        Self(error)
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl ResponseError for Problem {
    fn error_response(&self) -> HttpResponse {
        answer(&self.0, problem::render)
    }
}
