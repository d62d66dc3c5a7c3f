//! What happens at each route.

pub mod catalog;
pub mod dataset_types;
pub mod datasets;
pub mod runs;

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use evalstone_core::error::{Error, Kind};
use evalstone_store::Store;

use crate::auth;
use crate::errors::Failure;

/// A path that the vendor does not have either.
pub async fn unknown_route() -> Result<HttpResponse, Failure> {
    Err(Error::new(Kind::NotFound, "Not Found").into())
}

/// An operation that the vendor documents and this gateway does not serve yet: 501, never a
/// pretended success.
pub async fn not_served(request: HttpRequest, store: Data<Store>) -> Result<HttpResponse, Failure> {
    auth::reader(&request, &store).await?;
    let path = request.match_pattern().unwrap_or_default();
    let text = format!("{} {path} is not served by this gateway yet", request.method());
    Err(Error::new(Kind::Unsupported, text).into())
}
