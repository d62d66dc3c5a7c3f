//! Mirror mode: the vendor answers, and what it has changed is changed here too.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::body::{BodyStream, BoxBody, SizedStream};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap};
use actix_web::http::{Method, StatusCode};
use bytes::Bytes;
use evalstone_core::error::Error;
use evalstone_core::key::MAX_KEY_BYTES;
use evalstone_core::source::{Assigned, is_mappable};
use evalstone_kit::likeness::rewrite::top_level_id;
use evalstone_kit::likeness::{Call, Effect};
use futures_util::{Stream, StreamExt as _};
use tokio::sync::{OwnedSemaphorePermit, oneshot};
use uuid::Uuid;

use super::copy::Copy;
use super::held::Held;
use super::lanes::{MirrorJob, Unnamed, unknown_key};
use super::vendor::{Outgoing, Silence, answer_head, request_headers, stays_below};
use super::{Job, Upstream, Upstreams, numbers, routed};

/// How long an answer waits for our copy. What takes longer goes on without it.
const PATIENCE: Duration = Duration::from_secs(30);

/// What is known of a request before it goes on.
struct Incoming {
    call: Option<&'static Call>,
    /// The path's pattern, as our own routes have it.
    pattern: Arc<str>,
    content_type: Option<String>,
    content_encoding: Option<String>,
    /// The caller's key, to be looked up only if something is to be carried out here.
    key: Option<String>,
    outgoing: Outgoing,
}

impl Incoming {
    /// Whether it changes something that is copied.
    fn changes(&self) -> bool {
        self.call.is_some_and(|call| call.effect.changes())
    }
}

/// Lets the vendor answer a request.
pub async fn answer(upstreams: &Rc<Upstreams>, mut request: ServiceRequest) -> ServiceResponse {
    let Some(upstream) = upstreams.find(routed(&request)) else {
        let error = Error::fault("an upstream is gone");
        return request.into_response(evalstone_kit::problem::render(&error));
    };
    if !stays_below(request.path()) {
        let error = Error::invalid("a path with a segment . or .. is not passed on");
        return request.into_response(upstream.refuse(&error));
    }
    let body = match upstreams.body(upstream, &mut request).await {
        Ok(body) => body,
        Err(error) => return request.into_response(upstream.refuse(&error)),
    };
    let incoming = incoming(upstream, &request, body);
    let path = routed(&request).to_owned();
    let upstreams = Rc::clone(upstreams);
    // What the vendor has carried out must be carried out here too, also when the client hangs up.
    let answering = actix_web::rt::spawn(async move {
        match upstreams.find(&path) {
            Some(upstream) => forward(&upstreams, upstream, incoming).await,
            None => HttpResponse::new(StatusCode::BAD_GATEWAY),
        }
    });
    let response = answering.await.unwrap_or_else(|error| upstream.refuse(&Error::fault(error)));
    request.into_response(response)
}

fn incoming(upstream: &Upstream, request: &ServiceRequest, body: Held) -> Incoming {
    let text = |name: &_| {
        let value: Option<&actix_web::http::header::HeaderValue> = request.headers().get(name);
        value.and_then(|value| value.to_str().ok()).map(str::to_owned)
    };
    let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
    Incoming {
        call: upstream.call(request.method(), routed(request)),
        pattern: upstream.pattern(routed(request)),
        content_type: text(&CONTENT_TYPE),
        content_encoding: text(&CONTENT_ENCODING),
        key: (upstream.dialect.key)(request.request()).map(str::to_owned),
        outgoing: Outgoing {
            method: request.method().as_str().to_owned(),
            target: target.to_owned(),
            headers: request_headers(request.request()),
            body,
        },
    }
}

async fn forward(upstreams: &Upstreams, upstream: &Upstream, incoming: Incoming) -> HttpResponse {
    let name = upstream.dialect.name;
    let response = match upstream.vendor.send(&incoming.outgoing).await {
        Ok(response) => response,
        Err(silence) => {
            // A vendor that was reached may have carried it out all the same.
            if silence != Silence::Unreachable && incoming.changes() {
                numbers::copied(name, &route(&incoming), "unknown");
            }
            return silent(upstream, silence);
        }
    };
    numbers::called(name, "answered");
    let (status, headers) = answer_head(&response);
    let length = response.content_length();
    let pieces = upstream.vendor.pieces(response);
    let is_copied = status.is_success()
        && incoming.call.is_some_and(|call| call.effect.changes() || call.effect == Effect::Lists);
    if !is_copied {
        if status.is_success() {
            count_uncopied(name, &incoming);
        }
        let has_body = incoming.outgoing.method != Method::HEAD.as_str()
            && ![StatusCode::NO_CONTENT, StatusCode::NOT_MODIFIED].contains(&status);
        let body = if has_body { passing(pieces, length) } else { BoxBody::new(()) };
        return build(status, headers, body);
    }
    let explain = |silence| upstream.vendor.error(silence);
    let spool_dir = upstreams.0.spool_dir.clone();
    match Held::take(pieces, upstream.body, spool_dir, explain).await {
        Ok(answer) => {
            carry_out(upstreams, upstream, incoming, &answer).await;
            passed_on(status, headers, &answer)
        }
        // That the vendor has carried it out is known, but not what it has made.
        Err(error) => {
            if incoming.changes() {
                lost(name, &route(&incoming), "its answer broke off");
            }
            upstream.refuse(&error)
        }
    }
}

fn silent(upstream: &Upstream, silence: Silence) -> HttpResponse {
    numbers::called(upstream.dialect.name, silence.as_str());
    upstream.refuse(&upstream.vendor.error(silence))
}

fn route(incoming: &Incoming) -> String {
    incoming.call.map_or_else(|| "other".to_owned(), Call::route)
}

/// Counts what changes something at the vendor alone.
fn count_uncopied(name: &'static str, incoming: &Incoming) {
    let Incoming { call, outgoing, .. } = incoming;
    let only_reads = [Method::GET, Method::HEAD, Method::OPTIONS]
        .iter()
        .any(|method| method.as_str() == outgoing.method);
    if call.is_none() && !only_reads {
        numbers::copied(name, &format!("{} {}", outgoing.method, incoming.pattern), "not_copied");
    }
}

/// Has a call carried out here, and waits for it, but not for ever.
async fn carry_out(upstreams: &Upstreams, upstream: &Upstream, incoming: Incoming, answer: &Held) {
    let (name, route) = (upstream.dialect.name, route(&incoming));
    let changes = incoming.changes();
    let key = incoming.key.clone().filter(|key| key.len() <= MAX_KEY_BYTES);
    let caller = match &key {
        Some(key) => upstreams.0.store.authenticate(key).await,
        None => Ok(None),
    };
    if let Ok(None) = caller {
        if changes {
            unknown_key(name, &route);
        }
        return;
    }
    let Some(place) = place(upstream, changes).await else {
        if changes {
            lost(name, &route, "too many wait (setting queue)");
        }
        return;
    };
    let Some(copy) = copy(upstream, incoming, answer).await else {
        return;
    };
    let theirs = answer.clone();
    let dialect = upstream.dialect.clone();
    match caller {
        Ok(Some(caller)) => {
            let (done, wait) = oneshot::channel();
            let done = Some(done);
            let job = MirrorJob { dialect, caller, copy, theirs, done, _place: place };
            let is_taken = upstreams.0.jobs.send(Job::Mirror(job)).is_ok();
            if is_taken && changes {
                // What takes longer is carried out all the same.
                drop(tokio::time::timeout(PATIENCE, wait).await);
            } else if changes {
                lost(name, &route, "nobody carries calls out");
            }
        }
        // Our database cannot be asked, which is nothing that the client should wait for.
        _ if changes => {
            let make = move |caller| MirrorJob {
                dialect,
                caller,
                copy,
                theirs,
                done: None,
                _place: place,
            };
            let key = key.unwrap_or_default();
            let unnamed = Unnamed { key, job: Box::new(make), dialect: name, route: route.clone() };
            if upstreams.0.jobs.send(Job::Unnamed(unnamed)).is_err() {
                lost(name, &route, "nobody carries calls out");
            }
        }
        _ => {}
    }
}

/// A place among those who wait. What changes something waits for one; what is only read leaves half of them
/// to it.
async fn place(upstream: &Upstream, changes: bool) -> Option<OwnedSemaphorePermit> {
    let queue = Arc::clone(&upstream.queue);
    if changes {
        let place = tokio::time::timeout(PATIENCE, queue.acquire_owned()).await;
        place.ok()?.ok()
    } else if queue.available_permits() > upstream.places as usize / 2 {
        queue.try_acquire_owned().ok()
    } else {
        None
    }
}

fn lost(name: &'static str, route: &str, why: &str) {
    numbers::copied(name, route, "lost");
    tracing::error!(dialect = name, route, "a mirrored call is lost: {why}");
}

/// What is carried out here.
async fn copy(upstream: &Upstream, incoming: Incoming, answer: &Held) -> Option<Copy> {
    let call = incoming.call?;
    let made = match (call.effect, call.subject) {
        (Effect::Makes, Some(kind)) => {
            let id = made_id(answer.clone()).await;
            id.map(|id| Assigned { dialect: upstream.dialect.name, kind, id })
        }
        _ => None,
    };
    Some(Copy {
        id: Uuid::now_v7(),
        call,
        target: incoming.outgoing.target,
        content_type: incoming.content_type,
        content_encoding: incoming.content_encoding,
        body: incoming.outgoing.body,
        made,
    })
}

/// The id of what the vendor has made. The answer may be longer than memory should hold.
async fn made_id(answer: Held) -> Option<String> {
    let read = tokio::task::spawn_blocking(move || top_level_id(answer.reader()));
    // One that the id map cannot hold is none.
    read.await.ok()?.ok()?.filter(|id| is_mappable(id))
}

/// A body as it comes.
fn passing(
    pieces: impl Stream<Item = Result<Bytes, Silence>> + 'static,
    length: Option<u64>,
) -> BoxBody {
    let pieces =
        pieces.map(|piece| piece.map_err(|_| Error::fault("the answer of the upstream broke off")));
    match length {
        Some(length) => BoxBody::new(SizedStream::new(length, Box::pin(pieces))),
        None => BoxBody::new(BodyStream::new(Box::pin(pieces))),
    }
}

fn build(status: StatusCode, headers: HeaderMap, body: BoxBody) -> HttpResponse {
    let mut response = HttpResponse::with_body(status, body);
    for (name, value) in headers {
        response.headers_mut().append(name, value);
    }
    response
}

fn passed_on(status: StatusCode, headers: HeaderMap, answer: &Held) -> HttpResponse {
    let body = match answer {
        Held::Memory(bytes) => BoxBody::new(bytes.clone()),
        Held::File(_, length) => BoxBody::new(SizedStream::new(*length, Box::pin(answer.stream()))),
    };
    build(status, headers, body)
}
