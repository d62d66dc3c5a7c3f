//! Benchmarks (contract §3.13 to §3.16, U18).

use actix_web::http::StatusCode;
use actix_web::rt::task::JoinHandle;
use actix_web::web::{Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse};
use evalstone_core::benchmark::{Benchmark, NewBenchmark, Runner};
use evalstone_core::caller::Caller;
use evalstone_core::error::{Error, Result};
use evalstone_core::id::RunId;
use evalstone_evals::detection::{Compared, compare};
use evalstone_kit::attempt::replayed;
use evalstone_kit::limits::Limits;
use evalstone_kit::stream::{listed, pieces, streamed};
use evalstone_store::Store;
use evalstone_store::attempts::Begun;
use evalstone_store::verdicts::VerdictPages;

use super::{find, not_found, ok};
use crate::attempts::begin;
use crate::auth::{Right, member};
use crate::benchmarks::wanted::Wanted;
use crate::benchmarks::{Benchmarks, HOOKS};
use crate::body::Body;
use crate::errors::Failure;
use crate::{NAME, mapping, wire};

/// `POST /v1/orgs/{org_id}/benchmarks`: a small one ends before this answers, where a runtime is
/// configured that runs its policy; any other is answered as it stands.
pub async fn start_benchmark(
    request: HttpRequest,
    payload: Payload,
    store: Data<Store>,
    limits: Data<Limits>,
    benchmarks: Data<Benchmarks>,
) -> Result<HttpResponse, Failure> {
    let body =
        Body::read(&request, payload, &limits, wire::benchmark::NewBenchmark::WRAPPING).await?;
    let caller = member(&request, &store, Right::Write).await?;
    let asked = wire::benchmark::NewBenchmark::read(&body)?;
    let caller = match begin(&store, caller.clone(), &request, &body).await? {
        Begun::Again(id) => return Ok(replayed(shown(&store, &caller, &id).await?)),
        Begun::First(caller) => caller,
    };
    let (dataset, wanted) = (asked.dataset_id.clone(), benchmarks.wanted(&caller, asked).await);
    if let Ok(None) = wanted {
        return Err(wire::benchmark::NewBenchmark::missed_policy(&body).into());
    }
    let dataset = find(&store, &caller, &dataset).await?.id;
    let Wanted { policy, policy_version, bundle } = wanted?.unwrap_or_default();
    let runner = benchmarks.first_runner();
    let new = NewBenchmark {
        origin: NAME,
        dataset,
        runner,
        policy,
        policy_version,
        bundle,
        except_stages: HOOKS,
    };
    let made = store.start_benchmark(&caller, new).await?.ok_or_else(not_found)?;
    let made = match runner {
        Runner::Gateway => ended(&store, &benchmarks, &caller, made).await?,
        Runner::Runtime | Runner::Scorer => made,
    };
    Ok(ok(mapping::benchmark_run(made).to_json()))
}

/// `GET /v1/orgs/{org_id}/benchmarks`: newest first.
pub async fn list_benchmarks(
    request: HttpRequest,
    store: Data<Store>,
) -> Result<HttpResponse, Failure> {
    let caller = member(&request, &store, Right::Read).await?;
    let query = wire::benchmark::BenchmarkQuery::read(request.query_string())?;
    let window = query.window;
    let (total, runs) = match mapping::benchmark_filter(&query) {
        Some(filter) => store.benchmarks(&caller, filter, mapping::window(window)).await?,
        None => (0, Vec::new()),
    };
    let rows: Vec<String> =
        runs.into_iter().map(|run| mapping::benchmark_run(run).to_json()).collect();
    Ok(ok(wire::Page::head(total, window, "runs") + &rows.join(",") + wire::Page::TAIL))
}

/// `GET /v1/orgs/{org_id}/benchmarks/{run_id}`.
pub async fn get_benchmark(
    request: HttpRequest,
    path: Path<(String, String)>,
    store: Data<Store>,
) -> Result<HttpResponse, Failure> {
    let caller = member(&request, &store, Right::Read).await?;
    Ok(shown(&store, &caller, &path.1).await?)
}

/// `GET /v1/orgs/{org_id}/benchmarks/{run_id}/results`: in the dataset's order.
pub async fn list_results(
    request: HttpRequest,
    path: Path<(String, String)>,
    store: Data<Store>,
) -> Result<HttpResponse, Failure> {
    let caller = member(&request, &store, Right::Read).await?;
    let window = wire::benchmark::result_window(request.query_string())?;
    let run = find_benchmark(&store, &caller, &path.1).await?;
    let pages = store.verdict_window(&caller, run.id, mapping::window(window)).await?;
    let write = |verdict| Ok(mapping::benchmark_result(verdict).to_json());
    let rows = pieces(pages, VerdictPages::next, write).await?;
    let head = wire::Page::head(run.completed, window, "results");
    let body = listed(head, rows, wire::Page::TAIL);
    Ok(streamed(StatusCode::OK, "application/json", body))
}

/// `GET /v1/orgs/{org_id}/benchmarks/compare?base=…&candidate=…`.
pub async fn compare_benchmarks(
    request: HttpRequest,
    store: Data<Store>,
) -> Result<HttpResponse, Failure> {
    let caller = member(&request, &store, Right::Read).await?;
    let query = wire::benchmark::ComparisonQuery::read(request.query_string())?;
    let base = find_benchmark(&store, &caller, &query.base).await?;
    let candidate = find_benchmark(&store, &caller, &query.candidate).await?;
    let numbers = |run: &Benchmark| {
        run.summary.as_ref().map(|summary| Compared::read(summary.view())).unwrap_or_default()
    };
    let comparison = compare(&numbers(&base), &numbers(&candidate));
    let regressions = store.regressions(&caller, base.id, candidate.id).await?;
    Ok(ok(mapping::comparison(base, candidate, comparison, regressions).to_json()))
}

/// The benchmark when it has ended, or as far as it has come in time. It goes on when whoever asked
/// for it has gone.
async fn ended(
    store: &Store,
    benchmarks: &Benchmarks,
    caller: &Caller,
    made: Benchmark,
) -> Result<Benchmark> {
    let Some(patience) = benchmarks.patience(made.total) else {
        benchmarks.wake();
        return Ok(made);
    };
    let (id, running) = (made.id, benchmarks.clone());
    let organization = caller.organization;
    let run = actix_web::rt::spawn(async move { running.run(organization, id).await });
    // Whatever is under way when this gives up goes on in the background.
    match tokio::time::timeout(patience, seen_to(run, benchmarks, caller, id)).await {
        Err(_) | Ok(Ok(())) => {}
        Ok(Err(error)) => evalstone_kit::errors::log(&error),
    }
    Ok(store.benchmark(caller, id).await?.unwrap_or(made))
}

/// Waits for the end of a run by whoever works on it: workers that look for what is queued may have
/// been faster than the request that queued it.
async fn seen_to(
    run: JoinHandle<Result<bool>>,
    benchmarks: &Benchmarks,
    caller: &Caller,
    id: RunId,
) -> Result<()> {
    match run.await {
        Ok(Ok(true)) => Ok(()),
        Ok(Ok(false)) => benchmarks.watch(caller, id).await,
        Ok(Err(error)) => Err(error),
        Err(stopped) => Err(Error::fault(stopped)),
    }
}

async fn shown(store: &Store, caller: &Caller, id: &str) -> Result<HttpResponse> {
    let found = find_benchmark(store, caller, id).await?;
    Ok(ok(mapping::benchmark_run(found).to_json()))
}

/// The same for an unknown id, a malformed one and one of another organization.
async fn find_benchmark(store: &Store, caller: &Caller, id: &str) -> Result<Benchmark> {
    let unknown = || Error::not_found("Benchmark run");
    let id: RunId = id.parse().map_err(|_| unknown())?;
    store.benchmark(caller, id).await?.ok_or_else(unknown)
}
