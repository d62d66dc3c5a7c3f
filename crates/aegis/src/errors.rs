//! Failures with the vendor's statuses, in FastAPI's shapes (contract §1.3).

use std::fmt;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, ResponseError};
use evalstone_core::error::{Error, Kind};
use evalstone_core::json;
use evalstone_kit::errors::{answer, retry_after};

use crate::wire::problem::{Problem, write_problems};

/// Why a request was not carried out.
#[derive(Debug)]
pub enum Failure {
    /// What was sent does not fit the schema: 422 with every problem, in the order in which the
    /// vendor declares the fields.
    Schema(Vec<Problem>),
    /// Everything else.
    Domain(Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Domain(error)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Schema(problems) => write!(f, "{} schema problems", problems.len()),
            Self::Domain(error) => error.fmt(f),
        }
    }
}

impl ResponseError for Failure {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::Schema(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Domain(error) => status(error.kind()),
        }
    }

    fn error_response(&self) -> HttpResponse {
        match self {
            Self::Schema(problems) => HttpResponse::UnprocessableEntity()
                .content_type("application/json")
                .body(write_problems(problems)),
            Self::Domain(error) => answer(error, render),
        }
    }
}

/// The status of each kind of error. What breaks a business rule is 400, and so are a taken name
/// and a file over its limit (contract §1.3, U18).
const fn status(kind: Kind) -> StatusCode {
    match kind {
        Kind::Invalid | Kind::Taken | Kind::TooLarge => StatusCode::BAD_REQUEST,
        Kind::Unauthenticated => StatusCode::UNAUTHORIZED,
        Kind::OverBudget => StatusCode::PAYMENT_REQUIRED,
        Kind::Forbidden => StatusCode::FORBIDDEN,
        Kind::NotFound => StatusCode::NOT_FOUND,
        Kind::TooSlow => StatusCode::REQUEST_TIMEOUT,
        Kind::Unsupported => StatusCode::NOT_IMPLEMENTED,
        Kind::Unavailable { .. } => StatusCode::SERVICE_UNAVAILABLE,
        Kind::Fault => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// Writes an error as `{"detail": "…"}`.
pub fn render(error: &Error) -> HttpResponse {
    let status = status(error.kind());
    let mut builder = HttpResponse::build(status);
    retry_after(&mut builder, error.kind());
    if status == StatusCode::UNAUTHORIZED {
        builder.insert_header(("www-authenticate", "Bearer"));
    }
    builder.content_type("application/json").body(detail(error.message()))
}

/// The answer to a method that a path does not have.
pub fn not_allowed() -> HttpResponse {
    HttpResponse::MethodNotAllowed()
        .content_type("application/json")
        .body(detail("Method Not Allowed"))
}

fn detail(message: &str) -> String {
    format!("{{\"detail\":{}}}", json::encode(message))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use actix_web::body::to_bytes;

    use super::*;
    use crate::wire::problem::{Input, Location, Rule};

    async fn parts(response: HttpResponse) -> (u16, String) {
        let status = response.status().as_u16();
        let body = to_bytes(response.into_body()).await.expect("a body in memory");
        (status, String::from_utf8(body.to_vec()).expect("UTF-8"))
    }

    #[actix_web::test]
    async fn every_kind_has_its_status_and_the_one_shape() {
        for (kind, expected) in [
            (Kind::Invalid, 400),
            (Kind::Taken, 400),
            (Kind::TooLarge, 400),
            (Kind::Unauthenticated, 401),
            (Kind::OverBudget, 402),
            (Kind::Forbidden, 403),
            (Kind::NotFound, 404),
            (Kind::TooSlow, 408),
            (Kind::Fault, 500),
            (Kind::Unsupported, 501),
            (Kind::Unavailable { retry_after: Duration::from_millis(1500) }, 503),
        ] {
            let failure = Failure::from(Error::new(kind, "why \"so\"").with_context("secret"));
            assert_eq!(failure.status_code().as_u16(), expected);
            let response = failure.error_response();
            let challenge = response.headers().get("www-authenticate").is_some();
            assert_eq!(challenge, expected == 401);
            let later = response.headers().get("retry-after").and_then(|v| v.to_str().ok());
            assert_eq!(later, (expected == 503).then_some("2"));
            let body = r#"{"detail":"why \"so\""}"#.to_owned();
            assert_eq!(parts(response).await, (expected, body));
        }
    }

    #[actix_web::test]
    async fn schema_problems_are_listed() {
        let missing = |field| Problem::missing(Location::Body, field);
        let failure = Failure::Schema(vec![missing("file"), missing("selected_metrics")]);
        let expected = concat!(
            r#"{"detail":[{"type":"missing","loc":["body","file"],"msg":"Field required","#,
            r#""input":null},{"type":"missing","loc":["body","selected_metrics"],"#,
            r#""msg":"Field required","input":null}]}"#
        );
        assert_eq!(parts(failure.error_response()).await, (422, expected.to_owned()));
        assert_eq!(failure.to_string(), "2 schema problems");
        let input = Input::new(Location::Query, "page", "0");
        let failure = Failure::Schema(vec![input.breaks(Rule::Below(1))]);
        let expected = concat!(
            r#"{"detail":[{"type":"greater_than_equal","loc":["query","page"],"#,
            r#""msg":"Input should be greater than or equal to 1","input":"0","ctx":{"ge":1}}]}"#
        );
        assert_eq!(parts(failure.error_response()).await, (422, expected.to_owned()));
    }
}
