//! What can go wrong → the vendor's status and envelope `{"message": "…"}` (contract §1).
//!
//! The statuses are chosen by what the vendor's SDKs do with them: they send a request again on
//! 408, 409, 429 and everything from 500 on, so none of those may tell of the client's own
//! mistake.

use std::fmt;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, ResponseError};
use evalstone_core::error::{Error, Kind};
use evalstone_kit::errors::{answer, retry_after};
use serde_json::json;

/// Overrides the SDKs' own decision on whether to send a request again.
const SHOULD_RETRY: &str = "x-should-retry";

/// A domain error on its way to becoming an answer.
#[derive(Debug)]
pub struct Failure(Error);

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self(error)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl ResponseError for Failure {
    fn status_code(&self) -> StatusCode {
        status(self.0.kind())
    }

    fn error_response(&self) -> HttpResponse {
        answer(&self.0, render)
    }
}

/// Nothing with this id is visible to the caller. The id is repeated as it was asked for.
#[must_use]
pub fn missing(id: &str) -> Error {
    Error::new(Kind::NotFound, format!("Resource with ID '{id}' not found"))
}

/// What a write tells when something that its body names is not there: `missing`, which repeats the
/// id as it was given. Any other error stays.
#[must_use]
pub fn or_missing(error: Error, missing: Error) -> Error {
    if error.kind() == Kind::NotFound { missing } else { error }
}

const fn status(kind: Kind) -> StatusCode {
    match kind {
        // A 409 or a 408 would be sent again by the SDKs, in vain.
        Kind::Invalid | Kind::Taken | Kind::TooSlow => StatusCode::BAD_REQUEST,
        Kind::Unauthenticated => StatusCode::UNAUTHORIZED,
        Kind::OverBudget => StatusCode::PAYMENT_REQUIRED,
        Kind::Forbidden => StatusCode::FORBIDDEN,
        Kind::NotFound => StatusCode::NOT_FOUND,
        Kind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Kind::Unsupported => StatusCode::NOT_IMPLEMENTED,
        Kind::Unavailable { .. } => StatusCode::SERVICE_UNAVAILABLE,
        Kind::Fault => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// Writes an error in the vendor's envelope.
#[must_use]
pub fn render(error: &Error) -> HttpResponse {
    let status = status(error.kind());
    let mut builder = HttpResponse::build(status);
    retry_after(&mut builder, error.kind());
    if status == StatusCode::UNAUTHORIZED {
        builder.insert_header(("www-authenticate", "Bearer"));
    }
    if status == StatusCode::NOT_IMPLEMENTED {
        builder.insert_header((SHOULD_RETRY, "false"));
    }
    builder.json(json!({ "message": error.message() }))
}

/// The answer to a method that a path does not have.
#[must_use]
pub fn not_allowed() -> HttpResponse {
    let message = "This path does not have that method; the Allow header names those it has";
    HttpResponse::MethodNotAllowed().json(json!({ "message": message }))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use actix_web::body::MessageBody as _;

    use super::*;

    fn rendered(error: &Error) -> (u16, Vec<(String, String)>, String) {
        let response = render(error);
        let headers = response.headers().iter();
        let headers = headers
            .map(|(name, value)| (name.to_string(), value.to_str().expect("ASCII").to_owned()))
            .collect();
        let status = response.status().as_u16();
        let body = response.into_body().try_into_bytes().expect("in memory");
        (status, headers, String::from_utf8(body.to_vec()).expect("UTF-8"))
    }

    #[test]
    fn every_kind_has_a_status_that_the_sdks_take_rightly() {
        let later = Kind::Unavailable { retry_after: Duration::from_millis(1500) };
        for (kind, status) in [
            (Kind::Invalid, 400),
            (Kind::Taken, 400),
            (Kind::TooSlow, 400),
            (Kind::Unauthenticated, 401),
            (Kind::OverBudget, 402),
            (Kind::Forbidden, 403),
            (Kind::NotFound, 404),
            (Kind::TooLarge, 413),
            (Kind::Fault, 500),
            (Kind::Unsupported, 501),
            (later, 503),
        ] {
            let error = Error::new(kind, "a \"text\"");
            let (given, headers, body) = rendered(&error);
            assert_eq!(given, status, "{kind:?}");
            assert_eq!(body, r#"{"message":"a \"text\""}"#);
            let header = |name: &str| {
                headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
            };
            assert_eq!(header("content-type"), Some("application/json"));
            assert_eq!(header("retry-after"), (status == 503).then_some("2"), "{kind:?}");
            assert_eq!(header("x-should-retry"), (status == 501).then_some("false"), "{kind:?}");
        }
    }

    #[test]
    fn what_only_logs_may_know_is_not_rendered() {
        let (_, _, body) = rendered(&Error::fault("the table's name"));
        assert!(!body.contains("table"), "{body}");
    }

    #[test]
    fn an_unknown_id_is_repeated_as_it_was_asked_for() {
        assert_eq!(missing("ABC").message(), "Resource with ID 'ABC' not found");
    }
}
