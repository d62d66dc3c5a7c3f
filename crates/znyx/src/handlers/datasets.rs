//! Datasets (contract §3.1 to §3.4).

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse};
use evalstone_core::dataset::{Beside, Dataset};
use evalstone_kit::attempt::replayed;
use evalstone_kit::limits::Limits;
use evalstone_kit::stream::{lent, listed, streamed};
use evalstone_store::Store;
use evalstone_store::attempts::Begun;
use evalstone_store::dataset_lists::DatasetPages;

use super::{find, not_found, ok};
use crate::attempts::begin;
use crate::auth::{Right, member};
use crate::body::Body;
use crate::errors::Failure;
use crate::{NAME, mapping, wire};

/// `POST /v1/orgs/{org_id}/datasets` (seed 000).
pub async fn create_dataset(
    request: HttpRequest,
    payload: Payload,
    store: Data<Store>,
    limits: Data<Limits>,
) -> Result<HttpResponse, Failure> {
    let body = Body::read(&request, payload, &limits, wire::NewDataset::WRAPPING).await?;
    let caller = member(&request, &store, Right::Write).await?;
    let new = mapping::new_dataset(wire::NewDataset::read(&body)?);
    let caller = match begin(&store, caller, &request, &body).await? {
        Begun::Again(answer) => return Ok(replayed(ok(answer))),
        Begun::First(caller) => caller,
    };
    let made = store.create_dataset(&caller, new).await?;
    Ok(ok(mapping::dataset(&made).to_json()))
}

/// `GET /v1/orgs/{org_id}/datasets` (seed 002): newest first.
pub async fn list_datasets(
    request: HttpRequest,
    store: Data<Store>,
) -> Result<HttpResponse, Failure> {
    let caller = member(&request, &store, Right::Read).await?;
    let query = wire::DatasetQuery::read(request.query_string())?;
    let window = query.window;
    let Some(filter) = mapping::filter(&query) else {
        return Ok(ok(wire::Page::head(0, window, "datasets") + wire::Page::TAIL));
    };
    let part = mapping::window(window);
    let (total, pages) = store.counted_datasets(&caller, Beside::Facet(NAME), filter, part).await?;
    let write = |row: &Dataset, text: &mut String| mapping::dataset(row).write(text);
    let rows = lent(pages, DatasetPages::next, write).await?;
    let head = wire::Page::head(total, window, "datasets");
    Ok(streamed(StatusCode::OK, "application/json", listed(head, rows, wire::Page::TAIL)))
}

/// `GET /v1/orgs/{org_id}/datasets/{dataset_id}`.
pub async fn get_dataset(
    request: HttpRequest,
    path: Path<(String, String)>,
    store: Data<Store>,
) -> Result<HttpResponse, Failure> {
    let caller = member(&request, &store, Right::Read).await?;
    let found = find(&store, &caller, &path.1).await?;
    Ok(ok(mapping::dataset(&found).to_json()))
}

/// `PATCH /v1/orgs/{org_id}/datasets/{dataset_id}`: the vendor documents that metadata can be
/// edited, but not how (contract U4).
pub async fn update_dataset(
    request: HttpRequest,
    payload: Payload,
    path: Path<(String, String)>,
    store: Data<Store>,
    limits: Data<Limits>,
) -> Result<HttpResponse, Failure> {
    let body = Body::read(&request, payload, &limits, wire::DatasetUpdate::WRAPPING).await?;
    let caller = member(&request, &store, Right::Write).await?;
    let change = mapping::dataset_change(wire::DatasetUpdate::read(&body)?);
    let caller = match begin(&store, caller, &request, &body).await? {
        Begun::Again(answer) => return Ok(replayed(ok(answer))),
        Begun::First(caller) => caller,
    };
    let found = find(&store, &caller, &path.1).await?;
    let changed = store.change_dataset(&caller, NAME, found.id, change).await?;
    Ok(ok(mapping::dataset(&changed.ok_or_else(not_found)?).to_json()))
}

/// `DELETE /v1/orgs/{org_id}/datasets/{dataset_id}`: with all its samples.
pub async fn delete_dataset(
    request: HttpRequest,
    path: Path<(String, String)>,
    store: Data<Store>,
) -> Result<HttpResponse, Failure> {
    let caller = member(&request, &store, Right::Write).await?;
    let caller = match begin(&store, caller, &request, &Body::Missing).await? {
        Begun::Again(answer) => return Ok(replayed(ok(answer))),
        Begun::First(caller) => caller,
    };
    let found = find(&store, &caller, &path.1).await?;
    if !store.delete_dataset(&caller, found.id).await? {
        return Err(not_found().into());
    }
    actix_web::rt::spawn(sweep(store));
    Ok(ok(wire::deleted(&found.id.to_string())))
}

/// Removes the rows of what was deleted, while the client has its answer already. What fails here
/// is done at the next start.
async fn sweep(store: Data<Store>) {
    if let Err(error) = store.sweep().await {
        evalstone_kit::errors::log(&error);
    }
}
