//! One function per operation: parse, authorize, one call of the store, answer.

pub mod annotations;
pub mod benchmarks;
pub mod bundles;
pub mod catalog;
pub mod datasets;
pub mod evaluations;
pub mod organizations;
pub mod policies;
pub mod projects;
pub mod samples;
pub mod telemetry;
pub mod tokens;
pub mod traces;
pub mod workers;

use actix_web::HttpResponse;
use evalstone_core::caller::Caller;
use evalstone_core::dataset::{Dataset, Reference};
use evalstone_core::error::{Error, Kind, Result};
use evalstone_store::Store;

use crate::NAME;
use crate::errors::Failure;

/// Answers paths that are no route.
pub async fn unknown_route() -> Result<HttpResponse, Failure> {
    Err(Error::new(Kind::NotFound, "Not Found").into())
}

fn ok(json: String) -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(json)
}

/// The reference that a path's segment makes. An id with U+0000 is nobody's, and some databases
/// cannot even be asked for it.
fn reference(segment: &str) -> Result<Reference> {
    if segment.contains('\0') { Err(not_found()) } else { Ok(Reference::of_text(segment)) }
}

/// The dataset that a path's segment names.
async fn find(store: &Store, caller: &Caller, segment: &str) -> Result<Dataset> {
    let reference = reference(segment)?;
    store.dataset(caller, NAME, &reference).await?.ok_or_else(not_found)
}

/// The same for an unknown id, a malformed one and one of another organization.
fn not_found() -> Error {
    Error::not_found("Dataset")
}
