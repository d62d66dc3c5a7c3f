//! Failures in the vendor's words: one envelope with the key `detail`, which is a text, an object
//! with an `error` code, or the list of a validation (contract §1.6).

use std::fmt;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, ResponseError};
use evalstone_core::error::{Error, Kind};
use evalstone_core::json::{encode, object};
use evalstone_kit::errors::{answer, retry_after};

use crate::runtime::Trouble;
use crate::validation::Problems;

/// Why a request was not carried out.
#[derive(Debug)]
pub enum Failure {
    /// The request breaks the vendor's model.
    Refused(Problems),
    /// The environment has a runtime key already, for which the vendor has a code of its own.
    RuntimeKeyExists(Error),
    /// The runtime did not do its part.
    Runtime(Trouble),
    /// A catalog's entry cannot be installed for want of its files.
    NotAvailable(Error),
    /// Everything else.
    Error(Error),
}

impl From<Trouble> for Failure {
    fn from(trouble: Trouble) -> Self {
        Self::Runtime(trouble)
    }
}

impl From<Problems> for Failure {
    fn from(problems: Problems) -> Self {
        Self::Refused(problems)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(problems) => write!(f, "{} problems of validation", problems.len()),
            Self::Runtime(trouble) => trouble.fmt(f),
            Self::RuntimeKeyExists(error) | Self::NotAvailable(error) | Self::Error(error) => {
                error.fmt(f)
            }
        }
    }
}

impl ResponseError for Failure {
    fn error_response(&self) -> HttpResponse {
        match self {
            Self::Refused(problems) => {
                tracing::debug!("{self}");
                HttpResponse::UnprocessableEntity()
                    .content_type("application/json")
                    .body(envelope(&problems.detail()))
            }
            Self::RuntimeKeyExists(error) => answer(error, render_runtime_key_exists),
            Self::Runtime(trouble) => {
                tracing::warn!("{trouble}");
                let status = if trouble.is_slow() {
                    StatusCode::GATEWAY_TIMEOUT
                } else {
                    StatusCode::BAD_GATEWAY
                };
                HttpResponse::build(status)
                    .content_type("application/json")
                    .body(envelope(&encode(&trouble.to_string())))
            }
            Self::NotAvailable(error) => answer(error, render_not_available),
            Self::Error(error) => answer(error, render),
        }
    }
}

/// Writes an error of the domain.
pub fn render(error: &Error) -> HttpResponse {
    render_with(error, "already_exists")
}

fn render_runtime_key_exists(error: &Error) -> HttpResponse {
    render_with(error, "runtime_key_exists")
}

fn render_not_available(error: &Error) -> HttpResponse {
    render_with(error, "not_available")
}

/// Writes an error of the domain; `taken` is the code of what is in use or in the way.
fn render_with(error: &Error, taken: &'static str) -> HttpResponse {
    let kind = error.kind();
    let message = error.message();
    let (status, code) = match kind {
        Kind::Invalid => (StatusCode::UNPROCESSABLE_ENTITY, None),
        Kind::Unauthenticated => (StatusCode::UNAUTHORIZED, None),
        Kind::OverBudget => (StatusCode::PAYMENT_REQUIRED, None),
        Kind::Forbidden => (StatusCode::FORBIDDEN, None),
        Kind::NotFound => (StatusCode::NOT_FOUND, None),
        Kind::Taken => (StatusCode::CONFLICT, Some(taken)),
        Kind::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, None),
        Kind::TooSlow => (StatusCode::REQUEST_TIMEOUT, None),
        Kind::Unsupported => (StatusCode::NOT_IMPLEMENTED, Some("not_implemented")),
        Kind::Unavailable { .. } => (StatusCode::SERVICE_UNAVAILABLE, None),
        Kind::Fault => (StatusCode::INTERNAL_SERVER_ERROR, None),
    };
    let detail = match code {
        None => encode(message),
        Some(code) => object(|object| {
            object.text("error", code);
            object.text("message", message);
        }),
    };
    let mut builder = HttpResponse::build(status);
    retry_after(&mut builder, kind);
    builder.content_type("application/json").body(envelope(&detail))
}

/// The answer to a method that a path does not have.
pub fn not_allowed() -> HttpResponse {
    HttpResponse::MethodNotAllowed()
        .content_type("application/json")
        .body(envelope("\"Method Not Allowed\""))
}

fn envelope(detail: &str) -> String {
    object(|object| object.json("detail", detail))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use actix_web::body::to_bytes;

    use evalstone_kit::quantity::Span;

    use super::*;
    use crate::runtime::trouble::What;
    use crate::validation::{Place, Rule};

    async fn shown(response: HttpResponse) -> (u16, String) {
        let status = response.status().as_u16();
        assert_eq!(response.headers().get("content-type").expect("one"), "application/json");
        let body = to_bytes(response.into_body()).await.expect("a body");
        (status, String::from_utf8(body.to_vec()).expect("UTF-8"))
    }

    #[actix_web::test]
    async fn every_kind_has_its_status_and_form() {
        let retry_after = Duration::from_millis(1500);
        for (kind, status, body) in [
            (Kind::Invalid, 422, r#"{"detail":"m"}"#),
            (Kind::Unauthenticated, 401, r#"{"detail":"m"}"#),
            (Kind::OverBudget, 402, r#"{"detail":"m"}"#),
            (Kind::Forbidden, 403, r#"{"detail":"m"}"#),
            (Kind::NotFound, 404, r#"{"detail":"m"}"#),
            (Kind::Taken, 409, r#"{"detail":{"error":"already_exists","message":"m"}}"#),
            (Kind::TooLarge, 413, r#"{"detail":"m"}"#),
            (Kind::TooSlow, 408, r#"{"detail":"m"}"#),
            (Kind::Unsupported, 501, r#"{"detail":{"error":"not_implemented","message":"m"}}"#),
            (Kind::Unavailable { retry_after }, 503, r#"{"detail":"m"}"#),
            (Kind::Fault, 500, r#"{"detail":"m"}"#),
        ] {
            let error = Error::new(kind, "m").with_context("secret");
            assert_eq!(shown(render(&error)).await, (status, body.to_owned()), "{kind:?}");
        }
        let busy = render(&Error::unavailable("m", retry_after));
        assert_eq!(busy.headers().get("retry-after").expect("one"), "2");
    }

    #[actix_web::test]
    async fn a_validation_answers_with_its_list() {
        let failure = Failure::from(Problems::one(&Rule::Missing, &Place::BODY, "null"));
        let expected =
            r#"{"detail":[{"type":"missing","loc":["body"],"msg":"Field required","input":null}]}"#;
        assert_eq!(shown(failure.error_response()).await, (422, expected.to_owned()));
        assert_eq!(failure.to_string(), "1 problems of validation");
    }

    #[actix_web::test]
    async fn a_second_runtime_key_has_a_code_of_its_own() {
        let failure = Failure::RuntimeKeyExists(Error::taken("m"));
        let expected = r#"{"detail":{"error":"runtime_key_exists","message":"m"}}"#;
        assert_eq!(shown(failure.error_response()).await, (409, expected.to_owned()));
        let other = Failure::RuntimeKeyExists(Error::not_found("Project"));
        let expected = r#"{"detail":"Project not found"}"#;
        assert_eq!(shown(other.error_response()).await, (404, expected.to_owned()));
    }

    #[actix_web::test]
    async fn trouble_with_the_runtime_is_no_fault_of_the_caller() {
        let url = "http://r".to_owned();
        let slow = What::Slow(Span(Duration::from_secs(1)));
        for (what, status) in [(What::Unreachable("no".to_owned()), 502), (slow, 504)] {
            let trouble = Trouble { url: url.clone(), what };
            let expected = envelope(&encode(&trouble.to_string()));
            assert_eq!(shown(Failure::from(trouble).error_response()).await, (status, expected));
        }
    }

    #[actix_web::test]
    async fn a_wrong_method_is_named_as_the_vendor_does() {
        assert_eq!(shown(not_allowed()).await, (405, r#"{"detail":"Method Not Allowed"}"#.into()));
    }
}
