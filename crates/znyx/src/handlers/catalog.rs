//! The catalog (contract §3.8).

use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use evalstone_kit::attempt::replayed;
use evalstone_kit::limits::Limits;
use evalstone_store::Store;
use evalstone_store::attempts::Begun;

use super::{find, ok};
use crate::attempts::{begin_noting, installed};
use crate::auth::{Right, member};
use crate::body::Body;
use crate::catalog::{Catalog, install};
use crate::errors::Failure;
use crate::{NAME, mapping, wire};

/// `GET /v1/orgs/{org_id}/datasets/catalog`: what can be installed, and what of it is.
pub async fn list_catalog(
    request: HttpRequest,
    store: Data<Store>,
    catalog: Data<Catalog>,
) -> Result<HttpResponse, Failure> {
    let caller = member(&request, &store, Right::Read).await?;
    let query = wire::DatasetQuery::read(request.query_string())?;
    let entries = mapping::filtered(catalog.entries().await?, &query);
    let ids = entries.iter().map(|entry| entry.id.clone()).collect();
    let installed = store.datasets_of_sources(&caller, NAME, ids).await?;
    Ok(ok(mapping::catalog_page(entries, &installed, query.window)))
}

/// `POST /v1/orgs/{org_id}/datasets/install`: the dataset of an entry, which is made once.
pub async fn install_dataset(
    request: HttpRequest,
    payload: Payload,
    store: Data<Store>,
    limits: Data<Limits>,
    catalog: Data<Catalog>,
) -> Result<HttpResponse, Failure> {
    let body = Body::read(&request, payload, &limits, wire::Install::WRAPPING).await?;
    let caller = member(&request, &store, Right::Write).await?;
    let wire::Install { entry } = wire::Install::read(&body)?;
    let caller = match begin_noting(&store, caller.clone(), &request, &body, installed).await? {
        Begun::Again(id) => {
            let made = find(&store, &caller, &id).await?;
            return Ok(replayed(ok(mapping::dataset(&made).to_json())));
        }
        Begun::First(caller) => caller,
    };
    let entry = catalog.find(&entry).await?;
    let dataset = install(&store, &caller, entry, limits.record).await?;
    Ok(ok(mapping::dataset(&dataset).to_json()))
}
