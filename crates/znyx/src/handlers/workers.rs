//! What runtimes that ask for work call (contract §5.6 B). A path names no organization: the token
//! does.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse};
use evalstone_core::benchmark::Claimed;
use evalstone_core::dataset::Reference;
use evalstone_core::error::Result;
use evalstone_core::id::RunId;
use evalstone_kit::limits::Limits;
use evalstone_kit::observe::rows_written;
use evalstone_kit::stream::{counted, pieces, streamed};
use evalstone_store::Store;

use super::{not_found, ok};
use crate::auth::{Right, holder};
use crate::benchmarks::Benchmarks;
use crate::benchmarks::pull::{SamplePages, not_claimed};
use crate::body::Body;
use crate::errors::Failure;
use crate::{NAME, mapping, wire};

/// `POST /v1/benchmarks/claim`: 204 when there is nothing to do.
pub async fn claim_benchmark(
    request: HttpRequest,
    payload: Payload,
    store: Data<Store>,
    limits: Data<Limits>,
    benchmarks: Data<Benchmarks>,
) -> Result<HttpResponse, Failure> {
    Body::read(&request, payload, &limits, 0).await?;
    let caller = holder(&request, &store, Right::Read).await?;
    let Some(claimed) = benchmarks.claim(&caller).await? else {
        return Ok(HttpResponse::NoContent().finish());
    };
    let Claimed { lease, dataset: _, policy, policy_version: _, bundle: _, total, attempts: _ } =
        claimed;
    let run_id = lease.run.to_string();
    let policy = policy.unwrap_or_default();
    Ok(ok(wire::worker::Claim { run_id, policy, total_samples: total }.to_json()))
}

/// `GET /v1/benchmarks/{run_id}/samples`: those of the page that are still to be evaluated.
pub async fn page_samples(
    request: HttpRequest,
    path: Path<String>,
    store: Data<Store>,
    benchmarks: Data<Benchmarks>,
) -> Result<HttpResponse, Failure> {
    let caller = holder(&request, &store, Right::Read).await?;
    let window = wire::worker::sample_window(request.query_string())?;
    let id = run_id(&path)?;
    let run = store.benchmark(&caller, id).await?.ok_or_else(not_claimed)?;
    let reference = Reference::Id(run.dataset.uuid());
    let dataset = store.dataset(&caller, NAME, &reference).await?.ok_or_else(not_found)?;
    let (pages, total) =
        benchmarks.samples(&caller, &run, &dataset, mapping::window(window)).await?;
    let write = |case| Ok(mapping::bare_sample(&case).to_json());
    let rows = pieces(pages, SamplePages::next, write).await?;
    let body =
        counted(wire::worker::PAGE_HEAD.to_owned(), rows, move |_| wire::worker::page_tail(total));
    Ok(streamed(StatusCode::OK, "application/json", body))
}

/// `POST /v1/benchmarks/{run_id}/results`.
pub async fn report_results(
    request: HttpRequest,
    payload: Payload,
    path: Path<String>,
    store: Data<Store>,
    limits: Data<Limits>,
    benchmarks: Data<Benchmarks>,
) -> Result<HttpResponse, Failure> {
    let body = Body::read(&request, payload, &limits, wire::worker::Reports::WRAPPING).await?;
    let caller = holder(&request, &store, Right::Read).await?;
    let wire::worker::Reports { results } = wire::worker::Reports::read(&body)?;
    let id = run_id(&path)?;
    let told = benchmarks.report(&caller, id, results).await?;
    rows_written(NAME, told.accepted.unsigned_abs());
    Ok(ok(wire::worker::accepted(&id.to_string(), told.accepted, told.completed)))
}

/// `POST /v1/benchmarks/{run_id}/complete`.
pub async fn complete_benchmark(
    request: HttpRequest,
    payload: Payload,
    path: Path<String>,
    store: Data<Store>,
    limits: Data<Limits>,
    benchmarks: Data<Benchmarks>,
) -> Result<HttpResponse, Failure> {
    let body = Body::read(&request, payload, &limits, 0).await?;
    let caller = holder(&request, &store, Right::Read).await?;
    let wire::worker::Completion { error } = wire::worker::Completion::read(&body)?;
    let id = run_id(&path)?;
    let status = benchmarks.complete(&caller, id, error).await?;
    Ok(ok(wire::worker::completed(&id.to_string(), status.as_str())))
}

/// `POST /v1/inference/heartbeat`: a runtime says what it runs. Nothing is kept of it: no operation
/// shows it.
pub async fn heartbeat(
    request: HttpRequest,
    payload: Payload,
    store: Data<Store>,
    limits: Data<Limits>,
) -> Result<HttpResponse, Failure> {
    let body = Body::read(&request, payload, &limits, 0).await?;
    holder(&request, &store, Right::Read).await?;
    wire::worker::read_heartbeat(&body)?;
    Ok(ok("{}".to_owned()))
}

fn run_id(path: &Path<String>) -> Result<RunId> {
    path.parse().map_err(|_| not_claimed())
}
