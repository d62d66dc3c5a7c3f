//! Pipelines.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use evalstone_kit::attempt::replayed;
use evalstone_store::Store;
use evalstone_store::attempts::Begun;

use super::{ok, ok_text, path};
use crate::attempts::begin;
use crate::auth::{Reader, Writer};
use crate::body::JsonBody;
use crate::errors::Failure;
use crate::wire::list::List;
use crate::wire::pipelines::{NewPipeline, PipelineQuery, PipelineUpdate};
use crate::{mapping, resolve};

/// `POST /v4/pipelines`.
pub async fn create_pipeline(
    Writer(caller): Writer,
    request: HttpRequest,
    body: JsonBody,
    store: Data<Store>,
) -> Result<HttpResponse, Failure> {
    let body = body.read().await?;
    let new = mapping::new_pipeline(NewPipeline::parse(&body)?);
    let caller = match begin(&store, caller, &request, &body).await? {
        Begun::Again(answer) => return Ok(replayed(ok_text(answer))),
        Begun::First(caller) => caller,
    };
    Ok(ok(&mapping::pipeline(store.create_pipeline(&caller, new).await?)))
}

/// `GET /v4/pipelines`.
pub async fn list_pipelines(
    Reader(caller): Reader,
    request: HttpRequest,
    store: Data<Store>,
) -> Result<HttpResponse, Failure> {
    let filter = mapping::pipeline_filter(PipelineQuery::parse(request.query_string())?);
    let pipelines = store.pipelines(&caller, filter).await?;
    Ok(ok(&List { data: pipelines.into_iter().map(mapping::pipeline).collect() }))
}

/// `GET /v4/pipelines/{id}`; the id may be `default`.
pub async fn get_pipeline(
    Reader(caller): Reader,
    request: HttpRequest,
    store: Data<Store>,
) -> Result<HttpResponse, Failure> {
    let given = path::pipeline(&request, "pipeline_id")?;
    let id = resolve::pipeline(&store, &caller, &given).await?;
    let pipeline = store.pipeline(&caller, id).await?;
    Ok(ok(&mapping::pipeline(pipeline.ok_or_else(|| given.missing())?)))
}

/// `POST /v4/pipelines/{id}`; the id may be `default`.
pub async fn update_pipeline(
    Writer(caller): Writer,
    request: HttpRequest,
    body: JsonBody,
    store: Data<Store>,
) -> Result<HttpResponse, Failure> {
    let given = path::pipeline(&request, "pipeline_id")?;
    let body = body.read().await?;
    let change = mapping::pipeline_change(PipelineUpdate::parse(&body)?);
    let caller = match begin(&store, caller, &request, &body).await? {
        Begun::Again(answer) => return Ok(replayed(ok_text(answer))),
        Begun::First(caller) => caller,
    };
    let id = resolve::pipeline(&store, &caller, &given).await?;
    let pipeline = store.change_pipeline(&caller, id, change).await?;
    Ok(ok(&mapping::pipeline(pipeline.ok_or_else(|| given.missing())?)))
}
