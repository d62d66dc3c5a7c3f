//! Ids in paths.

use actix_web::HttpRequest;
use evalstone_core::error::Result;

use crate::wire::ids::{Given, GivenPipeline};
use crate::wire::problems::invalid;

/// The UUID that stands for `{name}` in the route's path.
///
/// # Errors
/// Invalid when it is none.
pub fn id<K>(request: &HttpRequest, name: &str) -> Result<Given<K>> {
    Given::parse("id", text(request, name)).map_err(|problem| invalid(&problem))
}

/// The pipeline that stands for `{name}` in the route's path.
///
/// # Errors
/// Invalid when it is neither a UUID nor `default`.
pub fn pipeline(request: &HttpRequest, name: &str) -> Result<GivenPipeline> {
    GivenPipeline::parse("id", text(request, name)).map_err(|problem| invalid(&problem))
}

/// What stands for `{name}` in the route's path.
pub fn text<'a>(request: &'a HttpRequest, name: &str) -> &'a str {
    request.match_info().get(name).unwrap_or_default()
}
