//! `/datasets` (contract §3.1 to §3.5, U14).

use actix_web::http::StatusCode;
use actix_web::web::{self, Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use evalstone_core::caller::Caller;
use evalstone_core::dataset::{Beside, Dataset, Reference, Window};
use evalstone_core::error::{Error, Result};
use evalstone_core::sharing::asked;
use evalstone_kit::attempt::replayed;
use evalstone_kit::limits::Limits;
use evalstone_kit::multipart::Form;
use evalstone_kit::observe::rows_written;
use evalstone_kit::spool::Spooled;
use evalstone_store::Store;
use evalstone_store::attempts::Begun;
use evalstone_store::collections::By;
use evalstone_store::loads::{FEW_CASES, Loaded};

use crate::attempts::begin;
use crate::body::{Body, Reader};
use crate::columns::ColumnMappings;
use crate::edits::{dataset_edit, numbers};
use crate::errors::Failure;
use crate::form::UploadForm;
use crate::handlers::{collections, sweep};
use crate::query::{ListQuery, partial_filter};
use crate::selection::{Selection, parse_selection};
use crate::wire::change::DatasetBody;
use crate::wire::record::Field;
use crate::{NAME, answer, auth, mapping, table};

/// How many levels of a change's body lie around its payloads.
const WRAPPING: usize = 1;

/// Makes a dataset from a CSV file.
pub async fn create_dataset(
    request: HttpRequest,
    payload: Payload,
    store: Data<Store>,
    limits: Data<Limits>,
) -> Result<HttpResponse, Failure> {
    // Before the body is read: nobody without a key makes the gateway spool a file.
    let caller = auth::writer(&request, &store).await?;
    let form = Form::read(&request, payload, &limits, UploadForm::FILE).await;
    let upload = UploadForm::parse(form)?;
    let caller = match begin(&store, caller.clone(), &request).await? {
        Begun::Again(id) => return again(&store, &caller, &id).await,
        Begun::First(caller) => caller,
    };
    let Loaded { dataset, cases } = load(&store, &limits, &caller, upload).await?;
    rows_written(NAME, dataset.case_count.unsigned_abs());
    match cases {
        Some(cases) => Ok(answer::new_dataset(&caller, &dataset, &cases)),
        None => Ok(answer::whole_dataset(StatusCode::CREATED, &store, &caller, dataset).await?),
    }
}

/// The answer to a repeated upload, which made the dataset with this id, with the records that it
/// has now.
async fn again(store: &Store, caller: &Caller, id: &str) -> Result<HttpResponse, Failure> {
    let found = store.dataset(caller, NAME, &Reference::of_text(id)).await?;
    let dataset = found.ok_or_else(not_found)?;
    Ok(replayed(answer::whole_dataset(StatusCode::CREATED, store, caller, dataset).await?))
}

/// Checks what the form says against the catalogue and the file's header, then loads its rows.
async fn load(
    store: &Store,
    limits: &Limits,
    caller: &Caller,
    upload: UploadForm,
) -> Result<Loaded> {
    let collection = upload.collection();
    if let Some(number) = collection {
        // Looked for before anything is told of the file; the load looks again when it ends.
        store.collection(caller, By::Number(number)).await?.ok_or_else(collections::not_found)?;
    }
    let name = upload.dataset_name()?;
    let selected_metrics = parse_selection(&upload.selected_metrics, &store.metrics().await?)?;
    let mappings = upload.column_mappings.as_deref().map(ColumnMappings::parse).transpose()?;
    let (column_mappings, mappings) = mappings.flatten().unzip();
    let (mappings, file, cap) = (mappings.unwrap_or_default(), upload.file.file, limits.record);
    let selection = Selection { selected_metrics, column_mappings };
    let new = |structure: &[Field]| mapping::new_dataset(caller, name, &selection, structure);
    let mut few = Vec::new();
    let (structure, rows) = match file {
        // A few rows in memory need no thread that may block.
        Spooled::Memory(_) => {
            let (structure, mut rows) = table::open(file, &mappings, cap)?;
            for row in rows.by_ref().take(FEW_CASES + 1) {
                few.push(row?);
            }
            if few.len() <= FEW_CASES {
                return store.load_few_into(caller, new(&structure), collection, few).await;
            }
            (structure, rows)
        }
        Spooled::File(_) => {
            let opened = web::block(move || table::open(file, &mappings, cap)).await;
            opened.map_err(Error::fault)??
        }
    };
    let rows = few.into_iter().map(Ok).chain(rows);
    let dataset = store.load_dataset_into(caller, new(&structure), collection, rows).await?;
    Ok(Loaded { dataset, cases: None })
}

/// Lists datasets page by page, newest first, without their records.
pub async fn list_datasets(
    request: HttpRequest,
    store: Data<Store>,
) -> Result<HttpResponse, Failure> {
    let caller = auth::reader(&request, &store).await?;
    let query = ListQuery::parse(request.query_string())?;
    let window = Window { offset: query.page.offset(), limit: Some(query.page.page_size) };
    let Some(filter) = query.filter(&caller)? else {
        return Ok(answer::empty_page(query.page));
    };
    let (total, pages) = store.counted_datasets(&caller, Beside::All(NAME), filter, window).await?;
    Ok(answer::page_of_datasets(caller, query.page, total, pages).await?)
}

/// Lists all datasets in a short form, newest first.
pub async fn list_datasets_partially(
    request: HttpRequest,
    store: Data<Store>,
) -> Result<HttpResponse, Failure> {
    let caller = auth::reader(&request, &store).await?;
    let filter = partial_filter(request.query_string())?;
    let all = Window { offset: 0, limit: None };
    let pages = store.dataset_pages(&caller, Beside::All(NAME), filter, all);
    Ok(answer::partial_datasets(caller, pages).await?)
}

/// Gives one dataset with its records.
pub async fn get_dataset(
    request: HttpRequest,
    store: Data<Store>,
) -> Result<HttpResponse, Failure> {
    let caller = auth::reader(&request, &store).await?;
    let dataset = find(&request, &store, &caller).await?;
    Ok(answer::whole_dataset(StatusCode::OK, &store, &caller, dataset).await?)
}

/// Renames a dataset, replaces its metrics or mappings, moves, shares or unshares it.
pub async fn update_dataset(
    request: HttpRequest,
    payload: Payload,
    store: Data<Store>,
    limits: Data<Limits>,
) -> Result<HttpResponse, Failure> {
    let caller = auth::writer(&request, &store).await?;
    let body = Body::read(&request, payload, &limits, WRAPPING).await?;
    let (id, given) = DatasetBody::read(&request, &body)?;
    // Who may not is told before what cannot be; the change itself looks again.
    let found = store.dataset(&caller, NAME, &reference(id)).await?.ok_or_else(not_found)?;
    asked(&caller, found.standing(), "dataset", numbers(given.org_id))?;
    let edit = dataset_edit(given, &store.metrics().await?)?;
    let changed = store.edit_dataset(&caller, NAME, reference(id), edit).await?;
    Ok(answer::dataset_summary(&changed.ok_or_else(not_found)?, &caller))
}

/// Deletes a dataset with its records and scoring runs.
pub async fn delete_dataset(
    request: HttpRequest,
    store: Data<Store>,
) -> Result<HttpResponse, Failure> {
    let caller = auth::writer(&request, &store).await?;
    let id = in_path(&request)?;
    if !store.remove_dataset(&caller, NAME, reference(id)).await? {
        return Err(not_found().into());
    }
    actix_web::rt::spawn(sweep(store));
    Ok(HttpResponse::NoContent().finish())
}

/// The dataset that the path names.
async fn find(request: &HttpRequest, store: &Store, caller: &Caller) -> Result<Dataset, Failure> {
    let id = in_path(request)?;
    Ok(store.dataset(caller, NAME, &reference(id)).await?.ok_or_else(not_found)?)
}

fn in_path(request: &HttpRequest) -> Result<i128, Failure> {
    let mut reader = Reader::default();
    let id = reader.in_path(request, "dataset_id");
    reader.finish()?;
    Ok(id.ok_or_else(not_found)?)
}

/// How a dataset of this number is found. No number is larger than the database's.
fn reference(id: i128) -> Reference {
    i64::try_from(id).map_or_else(|_| Reference::Source(id.to_string()), Reference::Number)
}

fn not_found() -> Error {
    Error::not_found("Dataset")
}
