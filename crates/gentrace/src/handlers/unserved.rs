//! What is not served: documented operations, and routes that nobody knows.

use actix_web::HttpRequest;
use evalstone_core::error::{Error, Kind};

use crate::auth::Reader;
use crate::errors::Failure;

/// The answer to a documented operation that this gateway does not serve.
pub async fn unserved(_: Reader, request: HttpRequest) -> Result<&'static str, Failure> {
    let path = request.match_pattern().unwrap_or_default();
    let message = format!("{} {path} is not served by this gateway", request.method());
    Err(Error::new(Kind::Unsupported, message).into())
}

/// The answer to whatever else is asked for under our prefixes.
pub async fn unknown_route(_: Reader, request: HttpRequest) -> Result<&'static str, Failure> {
    let message = format!("Route {} {} not found", request.method(), request.path());
    Err(Error::new(Kind::NotFound, message).into())
}
