//! Answers of any length, written piece by piece.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use evalstone_core::caller::Caller;
use evalstone_core::dataset::{CaseFilter, Dataset, StoredCase};
use evalstone_core::error::Result;
use evalstone_core::id::Number;
use evalstone_kit::stream::{listed, streamed};
use evalstone_store::Store;
use evalstone_store::cases::CasePages;
use futures_util::future::ready;
use futures_util::stream;

use crate::mapping;
use crate::wire::dataset::Dataset as WireDataset;

const JSON: &str = "application/json";

/// A dataset with all its records. They are read from the store while they are sent.
pub fn whole_dataset(
    status: StatusCode,
    store: &Store,
    caller: &Caller,
    dataset: Dataset,
) -> HttpResponse {
    let filter = CaseFilter { dataset: Some(dataset.id), pipeline: None };
    let (number, owner) = (dataset.number, dataset.owner.as_ref().map(|owner| owner.number));
    let mut head = String::new();
    mapping::dataset(dataset, caller).write_head(&mut head);
    let pages = store.case_pages(caller, filter);
    let rows = stream::try_unfold(pages, move |pages| next_records(pages, number, owner));
    streamed(status, JSON, listed(head, rows, WireDataset::TAIL))
}

/// The next records of a dataset, and where to go on.
async fn next_records(
    mut pages: CasePages,
    dataset: Number,
    owner: Option<Number>,
) -> Result<Option<(Vec<String>, CasePages)>> {
    let cases = pages.next().await?;
    let written = |case: &StoredCase| {
        let mut text = String::new();
        mapping::record(case, dataset, owner).write(&mut text);
        text
    };
    let rows: Vec<_> = cases.iter().map(written).collect();
    Ok((!rows.is_empty()).then_some((rows, pages)))
}

/// How many datasets of the short list are written at a time.
const PIECE: usize = 500;

/// The short list as a bare array.
pub fn partial_datasets(caller: &Caller, datasets: Vec<Dataset>) -> HttpResponse {
    let caller = caller.clone();
    let pieces = stream::try_unfold(datasets.into_iter(), move |mut rest| {
        let written = |dataset| {
            let mut text = String::new();
            mapping::partial_dataset(dataset, &caller).write(&mut text);
            text
        };
        let rows: Vec<_> = rest.by_ref().take(PIECE).map(written).collect();
        ready(Ok((!rows.is_empty()).then_some((rows, rest))))
    });
    streamed(StatusCode::OK, JSON, listed("[".to_owned(), pieces, "]"))
}
