//! Whether the gateway lives, is ready, and how busy it is.

use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::web::Data;
use evalstone_core::error::Error;

use super::{Own, Problem};

/// The media type of Prometheus' text format.
const PROMETHEUS: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The process answers.
pub async fn live() -> HttpResponse {
    HttpResponse::Ok().json(serde_json::json!({ "status": "ok" }))
}

/// Requests may be sent here: the database answers and the gateway is not about to stop.
pub async fn ready(own: Data<Own>) -> Result<HttpResponse, Problem> {
    if own.draining.is_set() {
        return Err(Error::unavailable("the gateway is stopping", Duration::from_secs(5)).into());
    }
    own.store.ready().await?;
    Ok(HttpResponse::Ok().json(serde_json::json!({ "status": "ready" })))
}

/// All metrics.
pub async fn metrics(own: Data<Own>) -> HttpResponse {
    let text = own.numbers.render(&own.store.gauges());
    HttpResponse::Ok().content_type(PROMETHEUS).body(text)
}
