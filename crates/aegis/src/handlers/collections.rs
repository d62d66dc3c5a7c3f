//! `/data-collections` (contract §3.7 to §3.11).

use actix_web::http::StatusCode;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use evalstone_core::caller::Caller;
use evalstone_core::collection::Collection;
use evalstone_core::dataset::Window;
use evalstone_core::error::{Error, Result};
use evalstone_core::sharing::asked;
use evalstone_kit::attempt::replayed;
use evalstone_kit::limits::Limits;
use evalstone_store::Store;
use evalstone_store::attempts::Begun;
use evalstone_store::collections::By;

use crate::attempts::begin_with;
use crate::body::{Body, Reader};
use crate::edits::{collection_change, new_collection, number, numbers};
use crate::errors::Failure;
use crate::query::CollectionQuery;
use crate::wire::change::{CollectionBody, NewCollectionBody};
use crate::{NAME, answer, auth};

/// Makes a collection, whose visibility follows from its datasets.
pub async fn create_collection(
    request: HttpRequest,
    payload: Payload,
    store: Data<Store>,
    limits: Data<Limits>,
) -> Result<HttpResponse, Failure> {
    let caller = auth::writer(&request, &store).await?;
    let body = Body::read(&request, payload, &limits, 0).await?;
    let given = NewCollectionBody::read(&body)?;
    let caller = match begin_with(&store, caller.clone(), &request, &body).await? {
        Begun::Again(id) => return again(&store, &caller, &id).await,
        Begun::First(caller) => caller,
    };
    check_datasets(&store, &caller, &given).await?;
    let made = store.create_collection(&caller, new_collection(&given)?).await?;
    Ok(answer::collection(StatusCode::CREATED, &store, &caller, made).await?)
}

/// The answer to a repeated request, which made the collection with this id, as it is now.
async fn again(store: &Store, caller: &Caller, id: &str) -> Result<HttpResponse, Failure> {
    let id = id.parse().map_err(Error::fault)?;
    let found = store.collection(caller, By::Id(id)).await?.ok_or_else(not_found)?;
    Ok(replayed(answer::collection(StatusCode::CREATED, store, caller, found).await?))
}

/// An unknown dataset is told before a blank name; what is made looks again.
async fn check_datasets(store: &Store, caller: &Caller, given: &NewCollectionBody) -> Result<()> {
    let numbers = given.dataset_ids.iter().copied().map(number).collect();
    store.check_datasets(caller, NAME, numbers).await
}

/// Lists collections page by page, newest first, with what is in them.
pub async fn list_collections(
    request: HttpRequest,
    store: Data<Store>,
) -> Result<HttpResponse, Failure> {
    let caller = auth::reader(&request, &store).await?;
    let query = CollectionQuery::parse(request.query_string())?;
    let window = Window { offset: query.page.offset(), limit: Some(query.page.page_size) };
    let filter = query.filter(&caller)?;
    let (total, pages) = store.counted_collections(&caller, filter, window).await?;
    Ok(answer::page_of_collections(Store::clone(&store), caller, query.page, total, pages).await?)
}

/// Gives one collection with what is in it.
pub async fn get_collection(
    request: HttpRequest,
    store: Data<Store>,
) -> Result<HttpResponse, Failure> {
    let caller = auth::reader(&request, &store).await?;
    let id = in_path(&request)?;
    let found = find(&store, &caller, id).await?;
    Ok(answer::collection(StatusCode::OK, &store, &caller, found).await?)
}

/// Renames a collection, replaces its datasets, shares or unshares it.
pub async fn update_collection(
    request: HttpRequest,
    payload: Payload,
    store: Data<Store>,
    limits: Data<Limits>,
) -> Result<HttpResponse, Failure> {
    let caller = auth::writer(&request, &store).await?;
    let body = Body::read(&request, payload, &limits, 0).await?;
    let (id, given) = CollectionBody::read(&request, &body)?;
    // Who may not is told before what cannot be; the change itself looks again.
    let found = find(&store, &caller, id).await?;
    asked(&caller, found.standing(), "collection", numbers(given.org_id))?;
    let change = collection_change(given)?;
    let changed = store.change_collection(&caller, NAME, found.number, change).await?;
    let changed = changed.ok_or_else(not_found)?;
    Ok(answer::collection(StatusCode::OK, &store, &caller, changed).await?)
}

/// Deletes a collection; what is in it stays.
pub async fn delete_collection(
    request: HttpRequest,
    store: Data<Store>,
) -> Result<HttpResponse, Failure> {
    let caller = auth::writer(&request, &store).await?;
    let id = in_path(&request)?;
    if !store.delete_collection(&caller, number(id)).await? {
        return Err(not_found().into());
    }
    Ok(HttpResponse::NoContent().finish())
}

fn in_path(request: &HttpRequest) -> Result<i128, Failure> {
    let mut reader = Reader::default();
    let id = reader.in_path(request, "data_collection_id");
    reader.finish()?;
    Ok(id.ok_or_else(not_found)?)
}

/// The collection of this number.
async fn find(store: &Store, caller: &Caller, id: i128) -> Result<Collection> {
    store.collection(caller, By::Number(number(id))).await?.ok_or_else(not_found)
}

/// The error for a collection that the caller does not see.
pub fn not_found() -> Error {
    Error::not_found("Data collection")
}
