//! Answers for browsers, and what can go wrong on the way to one.

use std::fmt;
use std::sync::LazyLock;

use actix_web::http::StatusCode;
use actix_web::http::header::LOCATION;
use actix_web::{HttpResponse, HttpResponseBuilder, ResponseError};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use evalstone_core::error::{Error, Kind};
use evalstone_kit::errors::{answer, log, retry_after};
use evalstone_kit::problem;
use maud::Markup;
use sha2::{Digest as _, Sha256};

use super::layout::{STYLE, message_page};
use super::sign_in::Question;

const HTML: &str = "text/html; charset=utf-8";

/// Nothing runs, nothing is loaded, nobody frames it, and its forms come here.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let hash = STANDARD.encode(Sha256::digest(STYLE));
    format!(
        "default-src 'none'; style-src 'sha256-{hash}'; form-action 'self'; base-uri 'none'; \
         frame-ancestors 'none'"
    )
});

/// Begins an answer with the headers that all of them have.
fn begin(status: StatusCode) -> HttpResponseBuilder {
    let mut builder = HttpResponse::build(status);
    builder
        .insert_header(("content-security-policy", POLICY.as_str()))
        .insert_header(("x-content-type-options", "nosniff"))
        .insert_header(("x-frame-options", "DENY"))
        .insert_header(("referrer-policy", "no-referrer"))
        .insert_header(("cross-origin-resource-policy", "same-origin"))
        .insert_header(("cache-control", "no-store"));
    builder
}

/// A page.
pub fn page(status: StatusCode, page: Markup) -> HttpResponse {
    begin(status).content_type(HTML).body(page.into_string())
}

/// A payload as it is stored.
pub fn raw(content_type: &str, text: String) -> HttpResponse {
    begin(StatusCode::OK).content_type(content_type).body(text)
}

/// Sends the browser on, with its cookie set or taken away.
pub fn see_other(path: &str, cookie: String) -> HttpResponse {
    begin(StatusCode::SEE_OTHER)
        .insert_header((LOCATION, path))
        .insert_header(("set-cookie", cookie))
        .finish()
}

/// Writes an error as a page; a [`evalstone_kit::errors::Render`].
#[must_use]
pub fn render(error: &Error) -> HttpResponse {
    let status = problem::status(error.kind());
    let mut builder = begin(status);
    retry_after(&mut builder, error.kind());
    builder.content_type(HTML).body(message_page(status, error.message()).into_string())
}

/// The answer to a method that a path does not have.
#[must_use]
pub fn not_allowed() -> HttpResponse {
    let status = StatusCode::METHOD_NOT_ALLOWED;
    page(status, message_page(status, "This address does not answer that method."))
}

/// The answer to whatever else is asked for here. Nothing is told of why.
#[must_use]
pub fn nothing_here() -> Error {
    Error::new(
        Kind::NotFound,
        "There is nothing at this address, or nothing that your API key may see.",
    )
}

/// Why a page cannot be shown.
#[derive(Debug)]
pub enum Failure {
    /// Nobody knows who asks.
    Stranger(Box<Question>),
    /// Anything else.
    Error(Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stranger(_) => f.write_str("an API key is wanted"),
            Self::Error(error) => error.fmt(f),
        }
    }
}

impl ResponseError for Failure {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::Stranger(_) => StatusCode::UNAUTHORIZED,
            Self::Error(error) => problem::status(error.kind()),
        }
    }

    fn error_response(&self) -> HttpResponse {
        match self {
            Self::Stranger(question) => {
                log(&Error::new(Kind::Unauthenticated, self.to_string()));
                let mut response = page(self.status_code(), question.page());
                let scheme = actix_web::http::header::HeaderValue::from_static("Bearer");
                response.headers_mut().insert(actix_web::http::header::WWW_AUTHENTICATE, scheme);
                response
            }
            Self::Error(error) => answer(error, render),
        }
    }
}
