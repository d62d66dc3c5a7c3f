//! RFC 9457 problems: how our own routes answer failures.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use evalstone_core::error::{Error, Kind};

use crate::errors::retry_after;

const CONTENT_TYPE: &str = "application/problem+json";

/// The status of each kind of error on our own routes.
#[must_use]
pub const fn status(kind: Kind) -> StatusCode {
    match kind {
        Kind::Invalid => StatusCode::BAD_REQUEST,
        Kind::Unauthenticated => StatusCode::UNAUTHORIZED,
        Kind::OverBudget => StatusCode::PAYMENT_REQUIRED,
        Kind::Forbidden => StatusCode::FORBIDDEN,
        Kind::NotFound => StatusCode::NOT_FOUND,
        Kind::Taken => StatusCode::CONFLICT,
        Kind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Kind::TooSlow => StatusCode::REQUEST_TIMEOUT,
        Kind::Unsupported => StatusCode::NOT_IMPLEMENTED,
        Kind::Unavailable { .. } => StatusCode::SERVICE_UNAVAILABLE,
        Kind::Fault => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// Renders an error as a problem; a [`crate::errors::Render`].
#[must_use]
pub fn render(error: &Error) -> HttpResponse {
    let status = status(error.kind());
    let mut builder = HttpResponse::build(status);
    retry_after(&mut builder, error.kind());
    if status == StatusCode::UNAUTHORIZED {
        builder.insert_header(("www-authenticate", "Bearer"));
    }
    builder.content_type(CONTENT_TYPE).body(document(status, error.message()))
}

/// The answer to a method that a route of ours does not have; a [`crate::routes::NotAllowed`].
#[must_use]
pub fn not_allowed() -> HttpResponse {
    let status = StatusCode::METHOD_NOT_ALLOWED;
    HttpResponse::build(status)
        .content_type(CONTENT_TYPE)
        .body(document(status, "this path does not answer that method; see the Allow header"))
}

fn document(status: StatusCode, detail: &str) -> String {
    serde_json::json!({
        "type": "about:blank",
        "title": status.canonical_reason(),
        "status": status.as_u16(),
        "detail": detail,
    })
    .to_string()
}
