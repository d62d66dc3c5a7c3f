//! The organization (contract §2.4).

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use evalstone_store::Store;

use super::ok;
use crate::auth::{Right, member};
use crate::errors::Failure;
use crate::mapping::tenancy;

/// `GET /v1/orgs/{org_id}`: the token's own.
pub async fn get_organization(
    request: HttpRequest,
    store: Data<Store>,
) -> Result<HttpResponse, Failure> {
    let caller = member(&request, &store, Right::Read).await?;
    let organization = store.own_organization(&caller).await?;
    Ok(ok(tenancy::organization(organization).to_json()))
}
