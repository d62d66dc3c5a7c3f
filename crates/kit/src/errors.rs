//! Every failure under a dialect's prefix is answered in that dialect's shape.
//!
//! A dialect gives one [`Render`]; its own error type answers by [`answer`], and [`guard`] around
//! its scope turns whatever else goes wrong (panics, actix's own errors, empty 404s) into the same
//! shape.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform};
use actix_web::http::StatusCode;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::middleware::{Next, from_fn};
use actix_web::{HttpResponse, HttpResponseBuilder};
use evalstone_core::error::{Error, Kind};

use crate::middleware::as_error;
use crate::panics::caught;

/// Writes an error as a dialect does: status, headers and body. It must not log; [`answer`] does.
/// It must give every answer a content type other than `text/plain`, which is how [`guard`] knows
/// the dialect's own answers from actix's.
pub type Render = fn(&Error) -> HttpResponse;

/// Logs an error once and renders it. A dialect's `ResponseError::error_response` calls this.
#[must_use]
pub fn answer(error: &Error, render: Render) -> HttpResponse {
    log(error);
    render(error)
}

/// Writes an error's internal context to the log. Inside a request the line carries its id,
/// because the request's span does.
pub fn log(error: &Error) {
    let context = error.context().unwrap_or_default();
    match error.kind() {
        Kind::Fault => tracing::error!(context, "{error}"),
        Kind::Unavailable { .. } | Kind::TooSlow => tracing::warn!(context, "{error}"),
        Kind::Invalid
        | Kind::Unauthenticated
        | Kind::OverBudget
        | Kind::Forbidden
        | Kind::NotFound
        | Kind::Taken
        | Kind::TooLarge
        | Kind::Unsupported => tracing::debug!(context, "{error}"),
    }
}

/// Middleware for a dialect's scope: panics, and error answers that are not in the dialect's
/// shape (no content type, or `text/plain`, as actix's own have), are answered through `render`.
/// Headers of such an answer that the client needs, such as `Allow`, are not kept: wrong methods
/// are answered by [`crate::routes`].
pub fn guard<S, B>(
    render: Render,
) -> impl Transform<
    S,
    ServiceRequest,
    Response = ServiceResponse<BoxBody>,
    Error = actix_web::Error,
    InitError = (),
>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = actix_web::Error> + 'static,
    B: MessageBody + 'static,
{
    from_fn(move |request: ServiceRequest, next: Next<B>| guarded(request, next, render))
}

async fn guarded<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
    render: Render,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    match caught(async move { next.call(request).await }).await {
        // The request died with the panic, so this answer can only travel as an error.
        Err(panic) => Err(as_error(render(&Error::fault(panic)))),
        Ok(Err(error)) => {
            // An error may hold its answer only once, so what was taken out is passed on.
            let response = error.error_response();
            if !is_foreign(&response) {
                return Err(as_error(response));
            }
            Err(as_error(answer(&translated(response.status(), &error.to_string()), render)))
        }
        Ok(Ok(response)) if is_foreign(response.response()) => Ok(replaced(response, render)),
        Ok(Ok(response)) => Ok(response.map_into_boxed_body()),
    }
}

fn replaced<B>(response: ServiceResponse<B>, render: Render) -> ServiceResponse<BoxBody> {
    let (request, response) = response.into_parts();
    let text = response.error().map(ToString::to_string).unwrap_or_default();
    let error = translated(response.status(), &text);
    ServiceResponse::new(request, answer(&error, render))
}

/// Whether an answer is an error in no dialect's shape.
fn is_foreign<B>(response: &HttpResponse<B>) -> bool {
    let status = response.status();
    (status.is_client_error() || status.is_server_error())
        && response.headers().get(CONTENT_TYPE).is_none_or(|kind| {
            kind.to_str().is_ok_and(|kind| kind.to_ascii_lowercase().starts_with("text/plain"))
        })
}

/// The domain's word for one of actix's errors. Texts of client errors are actix's own words about
/// the request and safe to show; those of server errors go to the log only.
fn translated(status: StatusCode, text: &str) -> Error {
    let kind = match status {
        StatusCode::UNAUTHORIZED => Kind::Unauthenticated,
        StatusCode::FORBIDDEN => Kind::Forbidden,
        StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => Kind::NotFound,
        StatusCode::REQUEST_TIMEOUT => Kind::TooSlow,
        StatusCode::CONFLICT => Kind::Taken,
        StatusCode::PAYLOAD_TOO_LARGE => Kind::TooLarge,
        other if other.is_client_error() => Kind::Invalid,
        _ => return Error::fault(format!("{status}: {text}")),
    };
    match (text, status.canonical_reason()) {
        ("", Some(reason)) => Error::new(kind, reason),
        ("", None) => Error::new(kind, "the request cannot be answered"),
        (text, _) => Error::new(kind, text),
    }
}

/// Adds `Retry-After` when the error says when a later try may work. Whole seconds, at least one.
pub fn retry_after(builder: &mut HttpResponseBuilder, kind: Kind) {
    if let Kind::Unavailable { retry_after } = kind {
        let seconds = retry_after.as_millis().div_ceil(1000).max(1);
        builder.insert_header(("retry-after", seconds.to_string()));
    }
}
