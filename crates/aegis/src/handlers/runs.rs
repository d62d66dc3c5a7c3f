//! `/runs` and `/evaluate` (contract §3.12 to §3.18).

use actix_web::http::StatusCode;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use chrono::Utc;
use evalstone_core::caller::Caller;
use evalstone_core::dataset::{Dataset, Reference};
use evalstone_core::error::{Error, Result};
use evalstone_core::id::Number;
use evalstone_core::json::{RawJson, RawObject, View};
use evalstone_core::scoring::{NewRow, NewScoring, RunName, Scoring, Subject};
use evalstone_core::sharing::asked;
use evalstone_core::text::check_plain;
use evalstone_kit::attempt::replayed;
use evalstone_kit::limits::Limits;
use evalstone_store::Store;
use evalstone_store::attempts::Begun;
use evalstone_store::collections::By;

use crate::attempts::begin_with;
use crate::body::{Body, Reader};
use crate::errors::Failure;
use crate::handlers::sweep;
use crate::mapping::runs as mapping;
use crate::runs::Runs;
use crate::runs::plan::Plan;
use crate::runs::resolve::Resolver;
use crate::wire::change::RunBody;
use crate::wire::request::{CustomRunBody, DatasetRunBody, EvaluateBody, LONGEST_ALIAS};
use crate::{NAME, answer, auth, edits, report};

/// How many levels of a run's body lie around each payload: a row's field is four objects and lists deep.
const WRAPPING: usize = 5;

/// Scores one row by one metric.
pub async fn evaluate(
    request: HttpRequest,
    payload: Payload,
    store: Data<Store>,
    limits: Data<Limits>,
    runs: Data<Runs>,
) -> Result<HttpResponse, Failure> {
    let caller = auth::writer(&request, &store).await?;
    let body = Body::read(&request, payload, &limits, WRAPPING).await?;
    let given = EvaluateBody::read(&body)?;
    let caller = match begin_with(&store, caller.clone(), &request, &body).await? {
        Begun::Again(id) => {
            let run = of_note(&store, &runs, &caller, &id, true).await?;
            return Ok(replayed(answer::single_evaluation(&store, &caller, &run).await?));
        }
        Begun::First(caller) => caller,
    };
    let catalogue = store.metrics().await?;
    let plan = Resolver { catalogue: &catalogue, models: runs.models() }.single(&given)?;
    let rows = vec![NewRow { part: 0, case: mapping::case(&given.row) }];
    let subject = Subject::Rows { rows, evaluations: 1, collection: None };
    let name = RunName::Made(format!("Evaluation {}", Utc::now().format("%Y-%m-%d %H:%M:%S%.6f")));
    let made = make(&runs, &caller, &plan, subject, name, given.metric.threshold).await?;
    let run = runs.run_to_end(&caller, &made).await?;
    Ok(answer::single_evaluation(&store, &caller, &run).await?)
}

/// Scores the records of a dataset by the metrics that it selects.
pub async fn run_dataset(
    request: HttpRequest,
    payload: Payload,
    store: Data<Store>,
    limits: Data<Limits>,
    runs: Data<Runs>,
) -> Result<HttpResponse, Failure> {
    let caller = auth::writer(&request, &store).await?;
    let body = Body::read(&request, payload, &limits, WRAPPING).await?;
    let given = DatasetRunBody::read(&body)?;
    let caller = match begin_with(&store, caller.clone(), &request, &body).await? {
        Begun::Again(id) => return again(&store, &runs, &caller, &id, given.is_blocking).await,
        Begun::First(caller) => caller,
    };
    let dataset = find_dataset(&store, &caller, given.dataset_id).await?;
    let selected = selected(&dataset);
    let catalogue = store.metrics().await?;
    let resolver = Resolver { catalogue: &catalogue, models: runs.models() };
    let plan = resolver.dataset(&given, selected.view())?;
    runs.check_size(&plan, |_| dataset.case_count)?;
    let metrics = i64::try_from(plan.metrics().count()).unwrap_or(i64::MAX);
    let subject = Subject::Dataset { dataset: dataset.id, metrics };
    let name = named(given.alias.clone(), &dataset.name)?;
    let made = make(&runs, &caller, &plan, subject, name, given.threshold).await?;
    begun(&store, &runs, &caller, made, given.is_blocking).await
}

/// Scores rows that come with the request.
pub async fn run_custom(
    request: HttpRequest,
    payload: Payload,
    store: Data<Store>,
    limits: Data<Limits>,
    runs: Data<Runs>,
) -> Result<HttpResponse, Failure> {
    let caller = auth::writer(&request, &store).await?;
    let body = Body::read(&request, payload, &limits, WRAPPING).await?;
    let given = CustomRunBody::read(&body)?;
    let caller = match begin_with(&store, caller.clone(), &request, &body).await? {
        Begun::Again(id) => return again(&store, &runs, &caller, &id, given.is_blocking).await,
        Begun::First(caller) => caller,
    };
    let collection = find_collection(&store, &caller, given.data_collection_id).await?;
    let catalogue = store.metrics().await?;
    let plan = Resolver { catalogue: &catalogue, models: runs.models() }.custom(&given)?;
    runs.check_size(&plan, |part| part.rows)?;
    let rows = mapping::rows(&given);
    let subject = Subject::Rows { rows, evaluations: plan.evaluations(), collection };
    let name = named(given.alias.clone(), "Custom run")?;
    let made = make(&runs, &caller, &plan, subject, name, given.threshold).await?;
    begun(&store, &runs, &caller, made, given.is_blocking).await
}

/// Gives a run with its evaluations, as far as it is.
pub async fn get_run(request: HttpRequest, store: Data<Store>) -> Result<HttpResponse, Failure> {
    let caller = auth::reader(&request, &store).await?;
    let run = find(&store, &caller, number(&request)?).await?;
    Ok(answer::whole_run(StatusCode::OK, &store, &caller, run).await?)
}

/// Renames a run, and moves, shares or unshares one over rows of its own.
pub async fn update_run(
    request: HttpRequest,
    payload: Payload,
    store: Data<Store>,
    limits: Data<Limits>,
) -> Result<HttpResponse, Failure> {
    let caller = auth::writer(&request, &store).await?;
    let body = Body::read(&request, payload, &limits, 0).await?;
    let (id, given) = RunBody::read(&request, &body)?;
    let number = edits::number(id);
    // Who may not is told before what cannot be; the change itself looks again.
    let found =
        store.scoring(&caller, NAME, number).await?.ok_or_else(|| Error::not_found("Run"))?;
    find_collection(&store, &caller, given.data_collection_id.flatten()).await?;
    asked(&caller, found.standing(), "run", edits::numbers(given.org_id))?;
    let changed = store.edit_scoring(&caller, found.number, edits::run_edit(given)?).await?;
    let changed = changed.ok_or_else(|| Error::not_found("Run"))?;
    Ok(answer::whole_run(StatusCode::OK, &store, &caller, changed).await?)
}

/// Removes a run with its evaluations: its owner may, or an administrator when it belongs to the
/// organization as a whole.
pub async fn delete_run(request: HttpRequest, store: Data<Store>) -> Result<HttpResponse, Failure> {
    let caller = auth::writer(&request, &store).await?;
    let number = number(&request)?;
    let caller = match begin_with(&store, caller, &request, &Body::Missing).await? {
        Begun::Again(_) => return Ok(replayed(HttpResponse::NoContent().finish())),
        Begun::First(caller) => caller,
    };
    let run = find(&store, &caller, number).await?;
    run.standing().check_removal(&caller, "run")?;
    if !store.delete_scoring(&caller, run.id).await? {
        return Err(Error::not_found("Run").into());
    }
    actix_web::rt::spawn(sweep(store));
    Ok(HttpResponse::NoContent().finish())
}

/// Gives the report of a run as CSV.
pub async fn download_run(
    request: HttpRequest,
    store: Data<Store>,
) -> Result<HttpResponse, Failure> {
    let caller = auth::reader(&request, &store).await?;
    let run = find(&store, &caller, number(&request)?).await?;
    Ok(report::csv(&store, &caller, run).await?)
}

async fn make(
    runs: &Runs,
    caller: &Caller,
    plan: &Plan,
    subject: Subject,
    name: RunName,
    threshold: Option<i64>,
) -> Result<Scoring> {
    let what = match subject {
        Subject::Dataset { .. } => "Dataset",
        Subject::Rows { .. } => "Data collection",
    };
    let new = NewScoring {
        origin: NAME,
        subject,
        name,
        threshold: Some(threshold.unwrap_or_else(|| plan.mean_threshold())),
        settings: plan.to_settings(),
        budget: runs.budget(plan),
    };
    runs.make(caller, new).await?.ok_or_else(|| Error::not_found(what))
}

/// Answers a run that was made: at its end, if that is wanted, else at once.
async fn begun(
    store: &Store,
    runs: &Runs,
    caller: &Caller,
    made: Scoring,
    is_blocking: bool,
) -> Result<HttpResponse, Failure> {
    if is_blocking {
        let run = runs.run_to_end(caller, &made).await?;
        return Ok(answer::whole_run(StatusCode::CREATED, store, caller, run).await?);
    }
    runs.wake();
    Ok(answer::new_run(caller, made)?)
}

/// The answer to a repeated request, which made the run with this id: at its end, if that is wanted, else
/// as it is now.
async fn again(
    store: &Store,
    runs: &Runs,
    caller: &Caller,
    id: &str,
    is_blocking: bool,
) -> Result<HttpResponse, Failure> {
    let run = of_note(store, runs, caller, id, is_blocking).await?;
    Ok(replayed(answer::whole_run(StatusCode::CREATED, store, caller, run).await?))
}

async fn of_note(
    store: &Store,
    runs: &Runs,
    caller: &Caller,
    id: &str,
    is_blocking: bool,
) -> Result<Scoring> {
    let id = id.parse().map_err(Error::fault)?;
    let run = store.scoring_by_id(caller, id).await?.ok_or_else(|| Error::not_found("Run"))?;
    if is_blocking && run.finished_at.is_none() {
        return runs.run_to_end(caller, &run).await;
    }
    Ok(run)
}

/// The number of the run that the path names; none when it is larger than the database's are.
fn number(request: &HttpRequest) -> Result<Option<i64>, Failure> {
    let mut reader = Reader::default();
    let id = reader.in_path(request, "run_id");
    reader.finish()?;
    Ok(id.and_then(|id| i64::try_from(id).ok()))
}

async fn find(store: &Store, caller: &Caller, number: Option<i64>) -> Result<Scoring, Failure> {
    let found = match number {
        Some(number) => store.scoring(caller, NAME, number).await?,
        None => None,
    };
    Ok(found.ok_or_else(|| Error::not_found("Run"))?)
}

async fn find_dataset(store: &Store, caller: &Caller, id: i128) -> Result<Dataset> {
    let found = match i64::try_from(id) {
        Ok(number) => store.dataset(caller, NAME, &Reference::Number(number)).await?,
        Err(_) => None,
    };
    found.ok_or_else(|| Error::not_found("Dataset"))
}

/// The number of the collection that is named, if one is. It is looked for before any rule is checked; the run
/// is put into it, if it is still there, when it is made.
async fn find_collection(
    store: &Store,
    caller: &Caller,
    id: Option<i128>,
) -> Result<Option<Number>> {
    let Some(id) = id else { return Ok(None) };
    let found = match i64::try_from(id) {
        Ok(number) => store.collection(caller, By::Number(number)).await?,
        Err(_) => None,
    };
    let found = found.ok_or_else(|| Error::not_found("Data collection"))?;
    Ok(Some(found.number))
}

/// The metrics that a dataset selects; one that another dialect made selects none.
fn selected(dataset: &Dataset) -> RawObject {
    let facet = dataset.facet.as_ref().map(RawJson::view);
    let selected = facet.and_then(|facet| facet.get("selected_metrics"));
    selected
        .and_then(|view: View<'_>| RawObject::try_from(view).ok())
        .unwrap_or_else(RawObject::empty)
}

/// What a run is called: as it was given, or by what it is over and when it was made.
fn named(alias: Option<String>, subject: &str) -> Result<RunName> {
    match alias {
        Some(alias) => {
            check_plain("alias", &alias)?;
            Ok(RunName::Given(alias))
        }
        None => Ok(RunName::Made(dated(subject))),
    }
}

/// How many characters of a generated alias are left for what it is over.
const LONGEST_SUBJECT: usize = LONGEST_ALIAS - " 2026-01-01 00:00:00 (999999)".len();

fn dated(subject: &str) -> String {
    let subject: String = subject.chars().take(LONGEST_SUBJECT).collect();
    format!("{subject} {}", Utc::now().format("%Y-%m-%d %H:%M:%S"))
}
