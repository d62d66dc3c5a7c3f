//! Passing calls on to the runtime, and its answers back.

use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use actix_web::{HttpResponse, HttpResponseBuilder};
use bytes::{Bytes, BytesMut};
use reqwest::Response;
use reqwest::header::{HeaderMap, HeaderName};

use super::trouble::{Trouble, What};
use super::{Operation, Runtime};
use crate::body::Body;

/// What of a caller's headers goes on, besides the content type: which SDK calls.
const SDK: &str = "x-znyx-sdk";

/// The longest answer that is taken.
const LONGEST: usize = 64 << 20;

/// How long a stream may take as a whole; what bounds it is the wait for each of its pieces.
const STREAM: Duration = Duration::from_secs(24 * 60 * 60);

/// A call as it goes on.
#[derive(Clone, Debug)]
pub struct Call {
    /// What is asked.
    pub operation: Operation,
    /// The caller's body.
    pub body: Bytes,
    headers: HeaderMap,
}

impl Call {
    /// What goes on of a request: its body, its content type, and who made its SDK. The caller's key
    /// and whatever else it sends are for the gateway alone.
    pub fn of(operation: Operation, request: &HttpRequest, body: Body) -> Self {
        let goes_on = |name: &str| name == CONTENT_TYPE.as_str() || name.starts_with(SDK);
        let mut headers = HeaderMap::new();
        for (name, value) in request.headers().iter().filter(|(name, _)| goes_on(name.as_str())) {
            let name = HeaderName::from_bytes(name.as_str().as_bytes());
            let value = reqwest::header::HeaderValue::from_bytes(value.as_bytes());
            if let (Ok(name), Ok(value)) = (name, value) {
                headers.append(name, value);
            }
        }
        Self { operation, body: body.into_bytes(), headers }
    }
}

/// The runtime's answer, whole.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Its body.
    pub body: Bytes,
    head: Head,
}

/// What is passed on of an answer's head.
#[derive(Clone, Debug)]
pub struct Head {
    status: StatusCode,
    content_type: Option<HeaderValue>,
    retry_after: Option<HeaderValue>,
}

/// The runtime's answer to a call that may be answered piece by piece.
pub enum Reply {
    /// It is whole.
    Whole(Answer),
    /// It comes in pieces.
    Pieces(Head, Box<Pieces>),
}

/// The pieces of an answer as they come.
pub struct Pieces {
    runtime: Runtime,
    response: Response,
}

impl Answer {
    /// Whether it is a verdict.
    pub fn is_success(&self) -> bool {
        self.head.status.is_success()
    }

    /// The same answer to the caller.
    pub fn pass_on(self) -> HttpResponse {
        self.head.begin().body(self.body)
    }
}

impl Head {
    fn of(response: &Response) -> Self {
        let header = |name: &str| {
            let value = response.headers().get(name)?;
            HeaderValue::from_bytes(value.as_bytes()).ok()
        };
        Self {
            status: StatusCode::from_u16(response.status().as_u16())
                .unwrap_or(StatusCode::BAD_GATEWAY),
            content_type: header(CONTENT_TYPE.as_str()),
            retry_after: header(RETRY_AFTER.as_str()),
        }
    }

    /// Whether the body is of that type.
    fn is(&self, essence: &str) -> bool {
        let text = self.content_type.as_ref().and_then(|value| value.to_str().ok());
        let given = text.and_then(|text| text.split(';').next()).unwrap_or_default();
        given.trim().eq_ignore_ascii_case(essence)
    }

    /// The answer to the caller, but for its body.
    pub fn begin(self) -> HttpResponseBuilder {
        let Self { status, content_type, retry_after } = self;
        let mut builder = HttpResponse::build(status);
        for (name, value) in [(CONTENT_TYPE, content_type), (RETRY_AFTER, retry_after)] {
            if let Some(value) = value {
                builder.insert_header((name, value));
            }
        }
        builder
    }
}

impl Pieces {
    /// The next piece; none at the end.
    ///
    /// # Errors
    /// What came in between.
    pub async fn next(&mut self) -> Result<Option<Bytes>, Trouble> {
        let Self { runtime, response } = self;
        let timeout = runtime.timeout.0;
        match tokio::time::timeout(timeout, response.chunk()).await {
            Ok(piece) => piece.map_err(|error| runtime.trouble(&error)),
            Err(_) => Err(runtime.has(What::Slow(runtime.timeout))),
        }
    }
}

impl Runtime {
    /// Asks the runtime. Its refusals of what the caller sent are answers, too.
    ///
    /// # Errors
    /// When there is no such answer, or none that a runtime would give.
    pub async fn forward(&self, call: &Call) -> Result<Answer, Trouble> {
        let response = self.request(call).send().await.map_err(|error| self.trouble(&error))?;
        let head = self.accept(&response)?;
        self.whole(head, response).await
    }

    /// Asks the runtime for what comes piece by piece.
    ///
    /// # Errors
    /// As [`Runtime::forward`], until the answer begins.
    pub async fn stream(&self, call: &Call) -> Result<Reply, Trouble> {
        let asked = tokio::time::timeout(self.timeout.0, self.request(call).timeout(STREAM).send());
        let response = match asked.await {
            Ok(response) => response.map_err(|error| self.trouble(&error))?,
            Err(_) => return Err(self.has(What::Slow(self.timeout))),
        };
        let head = self.accept(&response)?;
        if head.is("text/event-stream") {
            let pieces = Pieces { runtime: self.clone(), response };
            return Ok(Reply::Pieces(head, Box::new(pieces)));
        }
        Ok(Reply::Whole(self.whole(head, response).await?))
    }

    fn request(&self, call: &Call) -> reqwest::RequestBuilder {
        let Call { operation, body, headers } = call;
        self.client.post(self.at(operation.path())).headers(headers.clone()).body(body.clone())
    }

    /// What of an answer is the caller's. That the runtime does not know the gateway, or that there
    /// is none at its address, is not.
    fn accept(&self, response: &Response) -> Result<Head, Trouble> {
        match response.status().as_u16() {
            status @ (401 | 403) => {
                Err(self.has(What::Refused { status, key_env: self.key_env.clone() }))
            }
            status @ (300..=399 | 404 | 405) => Err(self.has(What::Strange(status))),
            _ => Ok(Head::of(response)),
        }
    }

    async fn whole(&self, head: Head, mut response: Response) -> Result<Answer, Trouble> {
        if !head.is("application/json") {
            return Err(self.has(What::Strange(head.status.as_u16())));
        }
        let mut body = BytesMut::new();
        while let Some(piece) = response.chunk().await.map_err(|error| self.trouble(&error))? {
            if body.len() + piece.len() > LONGEST {
                return Err(self.has(What::Endless));
            }
            body.extend_from_slice(&piece);
        }
        Ok(Answer { body: body.freeze(), head })
    }

    fn trouble(&self, error: &reqwest::Error) -> Trouble {
        Trouble::of(self.url(), self.timeout, error)
    }

    fn has(&self, what: What) -> Trouble {
        Trouble { url: self.url().to_owned(), what }
    }
}
