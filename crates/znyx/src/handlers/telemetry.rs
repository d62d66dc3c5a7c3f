//! What runtimes report of their evaluations.

use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use chrono::Utc;
use evalstone_kit::limits::Limits;
use evalstone_kit::observe::rows_written;
use evalstone_store::Store;

use super::ok;
use crate::auth::{Right, holder};
use crate::body::Body;
use crate::errors::Failure;
use crate::{NAME, mapping, wire};

/// `POST /v1/telemetry/events`: all of them or none. The runtime sends none of them again, so that
/// equal ones are different.
pub async fn report_events(
    request: HttpRequest,
    payload: Payload,
    store: Data<Store>,
    limits: Data<Limits>,
) -> Result<HttpResponse, Failure> {
    let body = Body::read(&request, payload, &limits, wire::TelemetryEvents::WRAPPING).await?;
    let caller = holder(&request, &store, Right::Read).await?;
    let wire::TelemetryEvents { events } = wire::TelemetryEvents::read(&body)?;
    let (accepted, now) = (events.len(), Utc::now());
    let new = events.into_iter().map(|event| mapping::new_trace(event, now)).collect();
    store.record_guardrail_traces(&caller, new).await?;
    rows_written(NAME, accepted as u64);
    Ok(ok(wire::accepted(accepted)))
}
