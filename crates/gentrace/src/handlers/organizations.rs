//! Organizations.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use evalstone_core::id::OrganizationTag;
use evalstone_store::Store;

use super::{ok, path};
use crate::auth::Reader;
use crate::errors::Failure;
use crate::mapping;
use crate::wire::ids::Given;

/// The words that stand for the key's own organization, whose UUID the SDKs give users no way to
/// learn (contract §3.5).
const OWN: [&str; 2] = ["default", "me"];

/// `GET /v4/organizations/{id}`.
pub async fn get_organization(
    Reader(caller): Reader,
    request: HttpRequest,
    store: Data<Store>,
) -> Result<HttpResponse, Failure> {
    if !OWN.contains(&path::text(&request, "organization_id")) {
        let given: Given<OrganizationTag> = path::id(&request, "organization_id")?;
        if given.id != caller.organization {
            return Err(given.missing().into());
        }
    }
    Ok(ok(&mapping::organization(store.own_organization(&caller).await?)))
}
