//! Answers of any length, written piece by piece.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use evalstone_core::caller::Caller;
use evalstone_core::dataset::{CaseFilter, Dataset, StoredCase};
use evalstone_core::error::Result;
use evalstone_kit::stream::{counted, listed, pieces, streamed};
use evalstone_store::Store;
use evalstone_store::cases::CasePages;
use evalstone_store::datasets::DatasetPages;

use crate::mapping;
use crate::wire::dataset::Dataset as WireDataset;
use crate::wire::page::{HEAD, PageRequest, tail};

const JSON: &str = "application/json";

/// A dataset with all its records. They are read from the store while they are sent.
///
/// # Errors
/// When the database fails before the answer begins.
pub async fn whole_dataset(
    status: StatusCode,
    store: &Store,
    caller: &Caller,
    dataset: Dataset,
) -> Result<HttpResponse> {
    let filter = CaseFilter { dataset: Some(dataset.id), pipeline: None };
    let (number, owner) = (dataset.number, dataset.owner.as_ref().map(|owner| owner.number));
    let mut head = String::new();
    mapping::dataset(dataset, caller).write_head(&mut head);
    let written = move |case: StoredCase| {
        let mut text = String::new();
        mapping::record(&case, number, owner).write(&mut text);
        Ok(text)
    };
    let rows = pieces(store.case_pages(caller, filter), CasePages::next, written).await?;
    Ok(streamed(status, JSON, listed(head, rows, WireDataset::TAIL)))
}

/// A page of the list of datasets.
///
/// # Errors
/// When the database fails before the answer begins.
pub async fn page_of_datasets(
    caller: Caller,
    page: PageRequest,
    total: i64,
    pages: DatasetPages,
) -> Result<HttpResponse> {
    let written = move |dataset| {
        let mut text = String::new();
        mapping::dataset(dataset, &caller).write_summary(&mut text);
        Ok(text)
    };
    let rows = pieces(pages, DatasetPages::next, written).await?;
    let body = counted(HEAD.to_owned(), rows, move |items| tail(page, total, items));
    Ok(streamed(StatusCode::OK, JSON, body))
}

/// A page of a list that has nothing.
pub fn empty_page(page: PageRequest) -> HttpResponse {
    HttpResponse::Ok().content_type(JSON).body(HEAD.to_owned() + &tail(page, 0, 0))
}

/// The short list as a bare array.
///
/// # Errors
/// When the database fails before the answer begins.
pub async fn partial_datasets(caller: Caller, pages: DatasetPages) -> Result<HttpResponse> {
    let written = move |dataset| {
        let mut text = String::new();
        mapping::partial_dataset(dataset, &caller).write(&mut text);
        Ok(text)
    };
    let rows = pieces(pages, DatasetPages::next, written).await?;
    Ok(streamed(StatusCode::OK, JSON, listed("[".to_owned(), rows, "]")))
}
