//! Answers of any length, written piece by piece.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use bytes::Bytes;
use evalstone_core::caller::Caller;
use evalstone_core::dataset::{CaseFilter, Dataset, StoredCase};
use evalstone_core::error::Result;
use evalstone_core::id::Number;
use evalstone_kit::stream::streamed;
use evalstone_store::Store;
use evalstone_store::cases::CasePages;
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
    let records = Records { pages, dataset: number, owner, written: head, first: true };
    streamed(status, JSON, stream::try_unfold(Some(records), next_piece))
}

/// A dataset's records on their way out.
struct Records {
    pages: CasePages,
    dataset: Number,
    owner: Option<Number>,
    /// What is written already and goes out with the next piece.
    written: String,
    first: bool,
}

impl Records {
    fn write(&mut self, cases: &[StoredCase]) {
        for case in cases {
            if !self.first {
                self.written.push(',');
            }
            self.first = false;
            mapping::record(case, self.dataset, self.owner).write(&mut self.written);
        }
    }
}

async fn next_piece(records: Option<Records>) -> Result<Option<(Bytes, Option<Records>)>> {
    let Some(mut records) = records else {
        return Ok(None);
    };
    let cases = records.pages.next().await?;
    if cases.is_empty() {
        records.written.push_str(WireDataset::TAIL);
        return Ok(Some((Bytes::from(records.written), None)));
    }
    records.write(&cases);
    let piece = Bytes::from(std::mem::take(&mut records.written));
    Ok(Some((piece, Some(records))))
}

/// How many datasets of the short list are written at a time.
const PIECE: usize = 500;

/// The short list as a bare array.
pub fn partial_datasets(caller: &Caller, datasets: Vec<Dataset>) -> HttpResponse {
    let state = (datasets.into_iter(), caller.clone(), "[");
    let pieces = stream::try_unfold(Some(state), async |state| {
        let Some((mut rest, caller, mut separator)) = state else {
            return Ok(None);
        };
        let mut piece = String::new();
        for dataset in rest.by_ref().take(PIECE) {
            piece.push_str(separator);
            separator = ",";
            mapping::partial_dataset(dataset, &caller).write(&mut piece);
        }
        if rest.len() > 0 {
            return Ok(Some((Bytes::from(piece), Some((rest, caller, separator)))));
        }
        piece.push_str(if separator == "[" { "[]" } else { "]" });
        Ok(Some((Bytes::from(piece), None)))
    });
    streamed(StatusCode::OK, JSON, pieces)
}
