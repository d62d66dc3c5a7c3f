//! Datasets.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use evalstone_core::dataset::{Beside, Dataset, Window};
use evalstone_kit::attempt::replayed;
use evalstone_kit::stream::{lent, listed, streamed};
use evalstone_store::Store;
use evalstone_store::attempts::Begun;
use evalstone_store::dataset_lists::DatasetPages;

use super::{JSON, ok_text, path};
use crate::attempts::begin;
use crate::auth::{Reader, Writer};
use crate::body::JsonBody;
use crate::errors::Failure;
use crate::wire::datasets::{DatasetQuery, DatasetUpdate, NewDataset};
use crate::wire::ids::GivenDataset;
use crate::wire::list::{BEGINNING, EMPTY, END};
use crate::{NAME, mapping, resolve};

/// `POST /v4/datasets` (seed).
pub async fn create_dataset(
    Writer(caller): Writer,
    request: HttpRequest,
    body: JsonBody,
    store: Data<Store>,
) -> Result<HttpResponse, Failure> {
    let body = body.read().await?;
    let mut dataset = NewDataset::parse(&body)?;
    let caller = match begin(&store, caller, &request, &body).await? {
        Begun::Again(answer) => return Ok(replayed(ok_text(answer))),
        Begun::First(caller) => caller,
    };
    let choice = std::mem::take(&mut dataset.pipeline);
    let pipeline = resolve::for_new_dataset(&store, &caller, &choice).await?;
    let made = store.create_dataset(&caller, mapping::new_dataset(dataset, pipeline)).await;
    Ok(shown(&made.map_err(|error| choice.explain(error))?))
}

/// `GET /v4/datasets`.
pub async fn list_datasets(
    Reader(caller): Reader,
    request: HttpRequest,
    store: Data<Store>,
) -> Result<HttpResponse, Failure> {
    let query = DatasetQuery::parse(request.query_string())?;
    let Some(filter) = resolve::dataset_filter(&store, &caller, &query).await? else {
        return Ok(ok_text(EMPTY.to_owned()));
    };
    let all = Window { offset: 0, limit: None };
    let pages = store.dataset_pages(&caller, Beside::Nothing, filter, all);
    let write = |row: &Dataset, text: &mut String| mapping::dataset(row).write(text);
    let rows = lent(pages, DatasetPages::next, write).await?;
    Ok(streamed(StatusCode::OK, JSON, listed(BEGINNING.to_owned(), rows, END)))
}

/// `GET /v4/datasets/{id}`.
pub async fn get_dataset(
    Reader(caller): Reader,
    request: HttpRequest,
    store: Data<Store>,
) -> Result<HttpResponse, Failure> {
    let given: GivenDataset = path::id(&request, "dataset_id")?;
    let found = store.dataset(&caller, NAME, &given.reference()).await?;
    Ok(shown(&found.ok_or_else(|| given.missing())?))
}

/// `POST /v4/datasets/{id}`. The id may be the one that the dataset had where it was imported
/// from, which only looking it up can tell.
pub async fn update_dataset(
    Writer(caller): Writer,
    request: HttpRequest,
    body: JsonBody,
    store: Data<Store>,
) -> Result<HttpResponse, Failure> {
    let given: GivenDataset = path::id(&request, "dataset_id")?;
    let body = body.read().await?;
    let change = mapping::dataset_change(DatasetUpdate::parse(&body)?);
    let caller = match begin(&store, caller, &request, &body).await? {
        Begun::Again(answer) => return Ok(replayed(ok_text(answer))),
        Begun::First(caller) => caller,
    };
    let found = store.dataset(&caller, NAME, &given.reference()).await?;
    let id = found.ok_or_else(|| given.missing())?.id;
    let changed = store.change_dataset(&caller, NAME, id, change).await?;
    Ok(shown(&changed.ok_or_else(|| given.missing())?))
}

fn shown(dataset: &Dataset) -> HttpResponse {
    ok_text(mapping::dataset(dataset).to_json())
}
