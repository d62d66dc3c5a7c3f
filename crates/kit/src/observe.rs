//! What every request leaves behind: an id on its answer, a line in the log, numbers for metrics.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::body::{BodySize, MessageBody};
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform};
use actix_web::http::Method;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::{Next, from_fn};
use actix_web::{Error, HttpMessage as _};
use metrics::{Counter, Histogram, Unit, counter, describe_counter, describe_histogram, histogram};
use tracing::Instrument as _;
use uuid::Uuid;

use crate::dialect::{Dialect, is_under};
use crate::middleware::{Answer, amend};
use crate::routes::Paths;

/// The metric that counts answered requests.
pub const REQUESTS: &str = "evalstone_http_requests_total";
/// The metric of the time to the answer's head.
pub const DURATION: &str = "evalstone_http_request_duration_seconds";
/// The metric that counts stored rows.
pub const ROWS: &str = "evalstone_rows_written_total";
/// The metric that counts rows that could not be stored.
pub const LOST_ROWS: &str = "evalstone_rows_lost_total";

/// The label of routes that belong to no dialect.
pub const OWN: &str = "own";
/// The route label of paths that no route matches; their text is the client's and has no place in
/// a metric.
pub const UNMATCHED: &str = "unmatched";

const HEADER: HeaderName = HeaderName::from_static("x-request-id");
const MAX_ID_LENGTH: usize = 128;

/// A request's id, in its extensions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(HeaderValue);

impl RequestId {
    /// The id that the client gave, when it is 1 to 128 visible ASCII characters, else a new one.
    fn of(request: &ServiceRequest) -> Self {
        match request.headers().get(&HEADER) {
            Some(value) if Self::is_acceptable(value.as_bytes()) => Self(value.clone()),
            _ => Self::generate(),
        }
    }

    fn is_acceptable(id: &[u8]) -> bool {
        (1..=MAX_ID_LENGTH).contains(&id.len()) && id.iter().all(u8::is_ascii_graphic)
    }

    fn generate() -> Self {
        let text = Uuid::now_v7().to_string();
        Self(HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static("none")))
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.to_str().unwrap_or("none"))
    }
}

/// Which dialect a path belongs to, and how it is called.
#[derive(Clone)]
pub struct Labels {
    prefixes: Vec<(&'static str, &'static str)>,
    tables: Vec<Arc<Paths>>,
}

impl Labels {
    /// The labels of these dialects, and of paths that belong to none.
    #[must_use]
    pub fn of(dialects: &[Dialect], own: &Arc<Paths>) -> Self {
        let pairs = |dialect: &Dialect| {
            let name = dialect.name;
            dialect.prefixes.iter().map(move |prefix| (*prefix, name))
        };
        let mut prefixes: Vec<_> = dialects.iter().flat_map(pairs).collect();
        prefixes.sort_by_key(|(prefix, _)| std::cmp::Reverse(prefix.len()));
        let tables = dialects.iter().map(|dialect| &dialect.paths).chain([own]).cloned().collect();
        Self { prefixes, tables }
    }

    fn dialect(&self, path: &str) -> &'static str {
        let found = self.prefixes.iter().find(|(prefix, _)| is_under(path, prefix));
        found.map_or(OWN, |(_, name)| name)
    }

    fn route(&self, path: &str) -> Arc<str> {
        let found = self.tables.iter().find_map(|table| table.pattern(path));
        found.unwrap_or_else(|| UNMATCHED.into())
    }
}

/// Middleware for the whole application; it must be the outermost. It sets `X-Request-Id` on every
/// answer, puts the id on every log line written meanwhile, logs one line per request, and counts.
/// Query strings, headers and bodies are never logged.
pub fn observe<S, B>(
    labels: Labels,
) -> impl Transform<S, ServiceRequest, Response = ServiceResponse<B>, Error = Error, InitError = ()>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    let observer = Rc::new(Observer { labels, numbers: RefCell::default() });
    from_fn(move |request: ServiceRequest, next: Next<B>| observed(request, next, observer.clone()))
}

/// What a worker keeps from request to request.
struct Observer {
    labels: Labels,
    /// Kept by what they are labelled with: to look them up in the recorder, labels have to be made anew each time. There
    /// are as many as there are routes, times methods and statuses.
    numbers: RefCell<HashMap<Labelled, Numbers>>,
}

/// A request's dialect, route, method and status.
type Labelled = (&'static str, Arc<str>, &'static str, u16);

/// What is counted of some requests.
struct Numbers {
    count: Counter,
    duration: Histogram,
}

impl Numbers {
    fn of((dialect, route, method, status): &Labelled) -> Self {
        let labels = [
            ("dialect", (*dialect).to_owned()),
            ("route", route.to_string()),
            ("method", (*method).to_owned()),
            ("status", status.to_string()),
        ];
        Self { count: counter!(REQUESTS, &labels), duration: histogram!(DURATION, &labels) }
    }

    fn add(&self, took: Duration) {
        self.count.increment(1);
        self.duration.record(took.as_secs_f64());
    }
}

async fn observed<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
    observer: Rc<Observer>,
) -> Answer<B> {
    let id = RequestId::of(&request);
    request.extensions_mut().insert(id.clone());
    let dialect = observer.labels.dialect(request.path());
    let method = known(request.method());
    let start = Instant::now();
    // At error level the span exists under every filter, so that no line loses the id.
    let span = tracing::error_span!("request", request_id = %id);
    let answer = next.call(request).instrument(span).await;
    Seen { id: &id, dialect, method, took: start.elapsed() }.record(&answer, &observer);
    amend(answer, |head| {
        head.headers_mut().insert(HEADER, id.0);
    })
}

/// A method's name; those that clients make up share one, for the metrics' sake.
const fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

/// What is known of a request that was answered.
struct Seen<'a> {
    id: &'a RequestId,
    dialect: &'static str,
    method: &'static str,
    took: Duration,
}

impl Seen<'_> {
    fn record<B: MessageBody>(&self, answer: &Answer<B>, observer: &Observer) {
        let (status, route, bytes) = match answer {
            Ok(response) => (
                response.status(),
                observer.labels.route(response.request().match_info().as_str()),
                length(response.response().body().size()),
            ),
            Err(error) => (error.as_response_error().status_code(), UNMATCHED.into(), None),
        };
        let Self { id, dialect, method, took } = *self;
        let status = status.as_u16();
        let ms = took.as_micros() as f64 / 1000.0;
        tracing::info!(request_id = %id, dialect, method, route = &*route, status, ms, bytes, "request");
        let labelled = (dialect, route, method, status);
        let mut numbers = observer.numbers.borrow_mut();
        match numbers.get(&labelled) {
            Some(known) => known.add(took),
            None => {
                let new = Numbers::of(&labelled);
                new.add(took);
                numbers.insert(labelled, new);
            }
        }
    }
}

const fn length(size: BodySize) -> Option<u64> {
    match size {
        BodySize::None => Some(0),
        BodySize::Sized(bytes) => Some(bytes),
        BodySize::Stream => None,
    }
}

/// Counts rows that a dialect has stored.
pub fn rows_written(dialect: &'static str, rows: u64) {
    counter!(ROWS, "dialect" => dialect).increment(rows);
}

/// Counts rows that a dialect was to store beside answering and could not, and why in a word.
pub fn rows_lost(dialect: &'static str, reason: &'static str, rows: u64) {
    counter!(LOST_ROWS, "dialect" => dialect, "reason" => reason).increment(rows);
}

/// Describes the metrics of this crate to the installed recorder.
pub fn describe() {
    describe_counter!(REQUESTS, "Requests answered, by dialect, route, method and status.");
    describe_histogram!(
        DURATION,
        Unit::Seconds,
        "Time from the request's head to the answer's, by dialect, route, method and status."
    );
    describe_counter!(ROWS, "Rows stored, by dialect.");
    describe_counter!(
        LOST_ROWS,
        "Rows that were to be stored beside answering and could not, by dialect and reason."
    );
}
