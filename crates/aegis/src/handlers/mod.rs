//! What happens at each route.

pub mod catalog;
pub mod collections;
pub mod dataset_types;
pub mod datasets;
pub mod runs;

use actix_web::HttpResponse;
use actix_web::web::Data;
use evalstone_core::error::{Error, Kind};
use evalstone_store::Store;

use crate::errors::Failure;

/// Removes the rows of what was deleted, while the client has its answer already. What fails here
/// is done at the next start.
async fn sweep(store: Data<Store>) {
    if let Err(error) = store.sweep().await {
        evalstone_kit::errors::log(&error);
    }
}

/// A path that the vendor does not have either.
pub async fn unknown_route() -> Result<HttpResponse, Failure> {
    Err(Error::new(Kind::NotFound, "Not Found").into())
}
