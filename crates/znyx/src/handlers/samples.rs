//! Samples (contract §3.5 to §3.7).

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse};
use evalstone_core::caller::Caller;
use evalstone_core::dataset::{Added, Dataset, NewCase, StoredCase};
use evalstone_core::error::{Error, Result};
use evalstone_core::id::CaseId;
use evalstone_kit::attempt::replayed;
use evalstone_kit::limits::Limits;
use evalstone_kit::observe::rows_written;
use evalstone_kit::stream::{lent, listed, streamed};
use evalstone_store::Store;
use evalstone_store::attempts::Begun;
use evalstone_store::case_pages::CasePages;

use super::{find, ok, reference};
use crate::attempts::{begin, begin_noting, imported};
use crate::auth::{Right, member};
use crate::body::Body;
use crate::errors::Failure;
use crate::{NAME, import, mapping, wire};

/// `POST /v1/orgs/{org_id}/datasets/{dataset_id}/samples` (seed 001): all of them or none.
pub async fn add_samples(
    request: HttpRequest,
    payload: Payload,
    path: Path<(String, String)>,
    store: Data<Store>,
    limits: Data<Limits>,
) -> Result<HttpResponse, Failure> {
    let body = Body::read(&request, payload, &limits, wire::NewSamples::WRAPPING).await?;
    let caller = member(&request, &store, Right::Write).await?;
    if limits.samples_per_call.is_over(wire::NewSamples::count(&body)) {
        return Err(limits.samples_per_call.exceeded("samples").into());
    }
    let wire::NewSamples { samples } = wire::NewSamples::read(&body)?;
    let caller = match begin(&store, caller, &request, &body).await? {
        Begun::Again(answer) => return Ok(replayed(ok(answer))),
        Begun::First(caller) => caller,
    };
    let cases = samples.into_iter().map(mapping::new_case).collect();
    let added = add(&store, &caller, &path.1, cases).await?;
    Ok(ok(mapping::added(&added).to_json()))
}

/// `POST /v1/orgs/{org_id}/datasets/{dataset_id}/import`: all rows of a file's text or none.
pub async fn import_samples(
    request: HttpRequest,
    payload: Payload,
    path: Path<(String, String)>,
    store: Data<Store>,
    limits: Data<Limits>,
) -> Result<HttpResponse, Failure> {
    let body = Body::read(&request, payload, &limits, wire::Import::WRAPPING).await?;
    let caller = member(&request, &store, Right::Write).await?;
    let cases = import::read(wire::Import::read(&body)?, &limits).await?;
    let caller = match begin_noting(&store, caller, &request, &body, imported).await? {
        Begun::Again(answer) => return Ok(replayed(ok(answer))),
        Begun::First(caller) => caller,
    };
    let added = add(&store, &caller, &path.1, cases).await?;
    Ok(ok(mapping::imported(&added).to_json()))
}

/// `GET /v1/orgs/{org_id}/datasets/{dataset_id}/samples`: in the order in which they were added.
pub async fn list_samples(
    request: HttpRequest,
    path: Path<(String, String)>,
    store: Data<Store>,
) -> Result<HttpResponse, Failure> {
    let caller = member(&request, &store, Right::Read).await?;
    let window = wire::sample_window(request.query_string())?;
    let dataset = find(&store, &caller, &path.1).await?;
    let pages =
        store.case_window(&caller, &dataset, mapping::window(window)).await?.sparing_others();
    let write = |case: &StoredCase, text: &mut String| mapping::sample(case).write(text);
    let rows = lent(pages, CasePages::lend, write).await?;
    let head = wire::Page::head(dataset.case_count, window, "samples");
    let body = listed(head, rows, wire::Page::TAIL);
    Ok(streamed(StatusCode::OK, "application/json", body))
}

/// `DELETE /v1/orgs/{org_id}/datasets/{dataset_id}/samples/{sample_id}`.
pub async fn delete_sample(
    request: HttpRequest,
    path: Path<(String, String, String)>,
    store: Data<Store>,
) -> Result<HttpResponse, Failure> {
    let caller = member(&request, &store, Right::Write).await?;
    let caller = match begin(&store, caller, &request, &Body::Missing).await? {
        Begun::Again(answer) => return Ok(replayed(ok(answer))),
        Begun::First(caller) => caller,
    };
    let dataset = find(&store, &caller, &path.1).await?;
    let sample = find_sample(&store, &caller, &dataset, &path.2).await?;
    if !store.delete_case(&caller, sample).await? {
        return Err(Error::not_found("Sample").into());
    }
    Ok(ok(wire::deleted(&sample.to_string())))
}

/// The sample of this dataset that a path's segment names. One of another dataset is unknown.
async fn find_sample(
    store: &Store,
    caller: &Caller,
    dataset: &Dataset,
    segment: &str,
) -> Result<CaseId> {
    let not_found = || Error::not_found("Sample");
    let reference = reference(segment).map_err(|_| not_found())?;
    let found = store.case(caller, NAME, &reference).await?;
    let own = found.filter(|found| found.dataset == dataset.id);
    Ok(own.ok_or_else(not_found)?.id)
}

/// Stores cases. None at all change nothing, not even the time of the last change.
async fn add(store: &Store, caller: &Caller, segment: &str, cases: Vec<NewCase>) -> Result<Added> {
    if cases.is_empty() {
        let dataset = find(store, caller, segment).await?;
        return Ok(Added { dataset: dataset.id, added: 0, case_count: dataset.case_count });
    }
    let added = store.add_cases(caller, NAME, &reference(segment)?, cases).await?;
    rows_written(NAME, added.added.unsigned_abs());
    Ok(added)
}
