//! Annotations of traces (contract §3.9 to §3.11).

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse};
use evalstone_kit::attempt::replayed;
use evalstone_kit::limits::Limits;
use evalstone_kit::observe::rows_written;
use evalstone_kit::stream::{listed, pieces, streamed};
use evalstone_store::Store;
use evalstone_store::annotations::{AnnotationPages, Export};
use evalstone_store::attempts::Begun;

use super::{ok, reference, traces};
use crate::attempts::begin;
use crate::auth::{Right, member};
use crate::body::Body;
use crate::errors::Failure;
use crate::{NAME, mapping, wire};

/// `POST /v1/orgs/{org_id}/traces/{trace_id}/annotations`.
pub async fn create_annotation(
    request: HttpRequest,
    payload: Payload,
    path: Path<(String, String)>,
    store: Data<Store>,
    limits: Data<Limits>,
) -> Result<HttpResponse, Failure> {
    let body = Body::read(&request, payload, &limits, wire::NewAnnotation::WRAPPING).await?;
    let caller = member(&request, &store, Right::Write).await?;
    let new = mapping::new_annotation(wire::NewAnnotation::read(&body)?);
    let caller = match begin(&store, caller, &request, &body).await? {
        Begun::Again(answer) => return Ok(replayed(ok(answer))),
        Begun::First(caller) => caller,
    };
    let made = store.annotate(&caller, &path.1, new).await?.ok_or_else(traces::not_found)?;
    Ok(ok(mapping::annotation(made).to_json()))
}

/// `GET /v1/orgs/{org_id}/annotations`: newest first.
pub async fn list_annotations(
    request: HttpRequest,
    store: Data<Store>,
) -> Result<HttpResponse, Failure> {
    let caller = member(&request, &store, Right::Read).await?;
    let query = wire::AnnotationQuery::read(request.query_string())?;
    let window = query.window;
    let Some(filter) = mapping::annotation_filter(&query) else {
        return Ok(ok(wire::Page::head(0, window, "annotations") + wire::Page::TAIL));
    };
    let part = mapping::window(window);
    let (total, pages) = store.counted_annotations(&caller, filter, part).await?;
    let rows =
        pieces(pages, AnnotationPages::next, |row| Ok(mapping::annotation(row).to_json())).await?;
    let head = wire::Page::head(total, window, "annotations");
    Ok(streamed(StatusCode::OK, "application/json", listed(head, rows, wire::Page::TAIL)))
}

/// `POST /v1/orgs/{org_id}/annotations/export`: a sample for each annotated trace that has a text,
/// all or none.
pub async fn export_annotations(
    request: HttpRequest,
    payload: Payload,
    store: Data<Store>,
    limits: Data<Limits>,
) -> Result<HttpResponse, Failure> {
    let body = Body::read(&request, payload, &limits, wire::Export::WRAPPING).await?;
    let caller = member(&request, &store, Right::Write).await?;
    let wire::Export { annotation_type: label, dataset_id } = wire::Export::read(&body)?;
    let caller = match begin(&store, caller, &request, &body).await? {
        Begun::Again(answer) => return Ok(replayed(ok(answer))),
        Begun::First(caller) => caller,
    };
    let dataset = reference(&dataset_id)?;
    let job = Export { dialect: NAME, dataset, label, write: mapping::annotated_case };
    let exported = store.export_annotations(&caller, job).await?;
    rows_written(NAME, exported.added.unsigned_abs());
    Ok(ok(mapping::exported(&exported).to_json()))
}
