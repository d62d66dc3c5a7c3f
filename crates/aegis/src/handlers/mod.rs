//! What happens at each route.

pub mod catalog;
pub mod collections;
pub mod dataset_types;
pub mod datasets;
pub mod runs;

use actix_web::HttpResponse;
use evalstone_core::error::{Error, Kind};

use crate::errors::Failure;

/// A path that the vendor does not have either.
pub async fn unknown_route() -> Result<HttpResponse, Failure> {
    Err(Error::new(Kind::NotFound, "Not Found").into())
}
