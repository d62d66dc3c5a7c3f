//! Experiments.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use evalstone_core::run::RunKind;
use evalstone_kit::attempt::replayed;
use evalstone_store::Store;
use evalstone_store::attempts::Begun;

use super::{ok_text, path};
use crate::attempts::begin;
use crate::auth::{Reader, Writer};
use crate::body::JsonBody;
use crate::errors::{Failure, or_missing};
use crate::wire::experiments::{ExperimentQuery, ExperimentUpdate, NewExperiment};
use crate::wire::ids::GivenExperiment;
use crate::wire::list::{BEGINNING, END};
use crate::{mapping, resolve};

/// `POST /v4/experiments`.
pub async fn create_experiment(
    Writer(caller): Writer,
    request: HttpRequest,
    body: JsonBody,
    store: Data<Store>,
) -> Result<HttpResponse, Failure> {
    let body = body.read().await?;
    let experiment = NewExperiment::parse(&body)?;
    let caller = match begin(&store, caller, &request, &body).await? {
        Begun::Again(answer) => return Ok(replayed(ok_text(answer))),
        Begun::First(caller) => caller,
    };
    let missing = experiment.pipeline_id.missing();
    let pipeline = resolve::pipeline(&store, &caller, &experiment.pipeline_id).await?;
    let run = store.create_run(&caller, mapping::new_run(experiment, pipeline)).await;
    let run = run.map_err(|error| or_missing(error, missing))?;
    Ok(ok_text(mapping::experiment(run, &caller).to_json()))
}

/// `GET /v4/experiments`.
pub async fn list_experiments(
    Reader(caller): Reader,
    request: HttpRequest,
    store: Data<Store>,
) -> Result<HttpResponse, Failure> {
    let query = ExperimentQuery::parse(request.query_string())?;
    let pipeline = resolve::optional(&store, &caller, query.pipeline_id.as_ref()).await?;
    let runs = store.runs(&caller, mapping::run_filter(pipeline)).await?;
    let mut json = BEGINNING.to_owned();
    for (index, run) in runs.into_iter().enumerate() {
        json.push_str(if index == 0 { "" } else { "," });
        mapping::experiment(run, &caller).write(&mut json);
    }
    json.push_str(END);
    Ok(ok_text(json))
}

/// `GET /v4/experiments/{id}`.
pub async fn get_experiment(
    Reader(caller): Reader,
    request: HttpRequest,
    store: Data<Store>,
) -> Result<HttpResponse, Failure> {
    let given: GivenExperiment = path::id(&request, "experiment_id")?;
    let run = store.run(&caller, RunKind::Experiment, given.id).await?;
    let run = run.ok_or_else(|| given.missing())?;
    Ok(ok_text(mapping::experiment(run, &caller).to_json()))
}

/// `POST /v4/experiments/{id}`.
pub async fn update_experiment(
    Writer(caller): Writer,
    request: HttpRequest,
    body: JsonBody,
    store: Data<Store>,
) -> Result<HttpResponse, Failure> {
    let given: GivenExperiment = path::id(&request, "experiment_id")?;
    let body = body.read().await?;
    let change = mapping::run_change(ExperimentUpdate::parse(&body)?);
    let caller = match begin(&store, caller, &request, &body).await? {
        Begun::Again(answer) => return Ok(replayed(ok_text(answer))),
        Begun::First(caller) => caller,
    };
    let run = store.change_run(&caller, RunKind::Experiment, given.id, change).await?;
    let run = run.ok_or_else(|| given.missing())?;
    Ok(ok_text(mapping::experiment(run, &caller).to_json()))
}
