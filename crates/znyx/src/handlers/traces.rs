//! Traces (contract §2.4, §3.12).

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use chrono::Utc;
use evalstone_core::error::Error;
use evalstone_kit::stream::{listed, pieces, streamed};
use evalstone_store::Store;
use evalstone_store::guardrail_traces::TracePages;

use super::ok;
use crate::auth::{Right, member};
use crate::errors::Failure;
use crate::{mapping, wire};

/// `GET /v1/orgs/{org_id}/traces`: newest first.
pub async fn list_traces(
    request: HttpRequest,
    store: Data<Store>,
) -> Result<HttpResponse, Failure> {
    let caller = member(&request, &store, Right::Read).await?;
    let query = wire::TraceQuery::read(request.query_string())?;
    let window = query.window;
    let Some(filter) = mapping::trace_filter(&query, Utc::now()) else {
        return Ok(ok(wire::Page::head(0, window, "traces") + wire::Page::TAIL));
    };
    let part = mapping::window(window);
    let (total, pages) = store.counted_guardrail_traces(&caller, filter, part).await?;
    let rows = pieces(pages, TracePages::next, |row| Ok(mapping::trace_row(row).to_json())).await?;
    let head = wire::Page::head(total, window, "traces");
    Ok(streamed(StatusCode::OK, "application/json", listed(head, rows, wire::Page::TAIL)))
}

/// `GET /v1/orgs/{org_id}/traces/{trace_id}`: by its own id, else the newest that was reported with
/// that id.
pub async fn get_trace(
    request: HttpRequest,
    path: Path<(String, String)>,
    store: Data<Store>,
) -> Result<HttpResponse, Failure> {
    let caller = member(&request, &store, Right::Read).await?;
    let found = store.guardrail_trace(&caller, &path.1).await?.ok_or_else(not_found)?;
    Ok(ok(mapping::trace(found).to_json()))
}

/// The same for an unknown id and one of another organization.
pub fn not_found() -> Error {
    Error::not_found("Trace")
}
