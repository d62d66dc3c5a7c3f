//! Routes that nobody knows.

use actix_web::HttpRequest;
use evalstone_core::error::{Error, Kind};

use crate::auth::Reader;
use crate::errors::Failure;

/// The answer to whatever else is asked for under our prefixes.
pub async fn unknown_route(_: Reader, request: HttpRequest) -> Result<&'static str, Failure> {
    let message = format!("Route {} {} not found", request.method(), request.path());
    Err(Error::new(Kind::NotFound, message).into())
}
