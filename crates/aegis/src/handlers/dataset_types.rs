//! `/dataset-types` (contract §3.6, §4.7).

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use evalstone_store::Store;

use crate::auth;
use crate::errors::Failure;
use crate::wire::dataset::DatasetType;
use crate::wire::write_array;

/// The kinds of dataset, as a bare array.
pub async fn list_dataset_types(
    request: HttpRequest,
    store: Data<Store>,
) -> Result<HttpResponse, Failure> {
    auth::reader(&request, &store).await?;
    let mut body = String::new();
    write_array(&mut body, &DatasetType::ALL, DatasetType::write);
    Ok(HttpResponse::Ok().content_type("application/json").body(body))
}
