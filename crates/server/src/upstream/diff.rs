//! Diff mode: we answer, and the vendor is asked the same afterwards.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::error::PayloadError;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::middleware::Next;
use bytes::{Bytes, BytesMut};
use evalstone_core::caller::Caller;
use evalstone_core::error::Result;
use evalstone_core::id::OrganizationId;
use evalstone_core::upstream::NewDifference;
use evalstone_kit::dialect::Dialect;
use evalstone_kit::likeness::compare::{Difference, What};
use evalstone_kit::likeness::names::Name;
use evalstone_kit::likeness::{Call, Effect};
use evalstone_store::Store;
use evalstone_store::names::Book;
use futures_util::StreamExt as _;
use tokio::sync::{Mutex, OwnedSemaphorePermit, mpsc};

use super::held::Held;
use super::lanes::warn;
use super::translate::{self, Named, Whole};
use super::vendor::{Outgoing, Vendor, request_headers, stays_below};
use super::{Job, Upstream, Upstreams, numbers, routed};

/// How many ids that were learned are remembered in memory, for things that are gone from the database.
const REMEMBERED: usize = 50_000;
/// How much of our answer a waiting call may hold without taking another place.
const BYTES_PER_PLACE: usize = 64 << 10;
/// The longest pointer that is kept.
const POINTER: usize = 512;

/// A call that we have answered.
pub struct DiffJob {
    dialect: Dialect,
    vendor: Vendor,
    caller: Caller,
    call: &'static Call,
    outgoing: Outgoing,
    /// How long answers may be to be compared.
    most: u64,
    /// What the vendor calls what was there before we answered.
    before: HashMap<Name, String>,
    ours: OurAnswer,
    place: OwnedSemaphorePermit,
}

impl DiffJob {
    /// Takes as many places as an answer of so many bytes is worth, so that all that are held have a bounded
    /// size together.
    fn take_room(&mut self, bytes: usize) -> bool {
        let wanted = 1 + bytes / BYTES_PER_PLACE;
        let more = u32::try_from(wanted.saturating_sub(self.place.num_permits()));
        let Ok(more @ 1..) = more else {
            return more.is_ok();
        };
        match Arc::clone(self.place.semaphore()).try_acquire_many_owned(more) {
            Ok(more) => {
                self.place.merge(more);
                true
            }
            Err(_) => false,
        }
    }

    fn lane(&self) -> Lane {
        (self.caller.organization, self.vendor.base().to_owned())
    }
}

/// Our answer as it went out.
struct OurAnswer {
    status: u16,
    content_type: String,
    /// None when it is too long, or the client has hung up.
    body: Option<Bytes>,
}

/// Answers a request, and has the vendor asked the same.
pub async fn answer(
    upstreams: &Upstreams,
    mut request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let Some(upstream) = upstreams.find(routed(&request)) else {
        return next.call(request).await;
    };
    let call = upstream.call(request.method(), routed(&request));
    let is_compared = |call: &&Call| call.effect != Effect::Apart && stays_below(request.path());
    let Some(call) = call.filter(is_compared) else {
        numbers::compared(upstream.dialect.name, "not_compared");
        return next.call(request).await;
    };
    let key = (upstream.dialect.key)(request.request()).map(str::to_owned);
    let caller = match key {
        Some(key) => upstreams.0.store.authenticate(&key).await,
        None => Ok(None),
    };
    let Ok(Some(caller)) = caller else {
        let outcome = if caller.is_ok() { "unknown_key" } else { "failed" };
        numbers::compared(upstream.dialect.name, outcome);
        return next.call(request).await;
    };
    let body = match upstreams.body(upstream, &mut request).await {
        Ok(body) => body,
        Err(error) => return Ok(request.into_response(upstream.refuse(&error))),
    };
    let pieces = body.stream().map(|piece| piece.map_err(PayloadError::Io));
    request.set_payload(Payload::Stream { payload: Box::pin(pieces) });
    let waiting = waiting(upstreams, upstream, &request, call, caller, body).await;
    let response = next.call(request).await?;
    Ok(match waiting {
        Some(waiting) => listen(response, waiting, upstreams.0.jobs.clone()),
        None => response,
    })
}

/// The job, but for our answer.
async fn waiting(
    upstreams: &Upstreams,
    upstream: &Upstream,
    request: &ServiceRequest,
    call: &'static Call,
    caller: Caller,
    body: Held,
) -> Option<DiffJob> {
    let name = upstream.dialect.name;
    let Ok(place) = upstream.queue.clone().try_acquire_owned() else {
        numbers::compared(name, "dropped");
        tracing::warn!(dialect = name, "a call is not compared: too many wait");
        return None;
    };
    let target = request.uri().path_and_query().map_or("/", |target| target.as_str()).to_owned();
    // What a call removes can be looked up only before.
    let before = if call.method == "DELETE" {
        let named = Named { call, target: &target, body: None, content_type: None };
        translate::their_names(&upstreams.0.store, &upstream.dialect, &caller, named).await
    } else {
        Ok(HashMap::new())
    };
    let outgoing = Outgoing {
        method: request.method().as_str().to_owned(),
        target,
        headers: request_headers(request.request()),
        body,
    };
    Some(DiffJob {
        dialect: upstream.dialect.clone(),
        vendor: upstream.vendor.clone(),
        caller,
        call,
        outgoing,
        most: upstream.compared,
        before: before.unwrap_or_default(),
        ours: OurAnswer { status: 0, content_type: String::new(), body: None },
        place,
    })
}

/// Lets an answer go out, and hands the job on when it has.
fn listen(
    response: ServiceResponse<BoxBody>,
    mut job: DiffJob,
    jobs: mpsc::UnboundedSender<Job>,
) -> ServiceResponse<BoxBody> {
    job.ours.status = response.status().as_u16();
    let content_type = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    job.ours.content_type = content_type.unwrap_or_default().to_owned();
    response.map_body(|_, body| {
        let mut heard = Heard { body, taken: BytesMut::new(), whole: true, job: Some(job), jobs };
        if matches!(heard.body.size(), BodySize::None | BodySize::Sized(0)) {
            heard.end(true);
        }
        BoxBody::new(heard)
    })
}

/// A body that is kept as it goes out.
struct Heard {
    body: BoxBody,
    taken: BytesMut,
    /// Whether nothing is missing in what was taken.
    whole: bool,
    job: Option<DiffJob>,
    jobs: mpsc::UnboundedSender<Job>,
}

impl Heard {
    fn hear(&mut self, piece: &Bytes) {
        let length = self.taken.len() + piece.len();
        let has_room = |job: &mut DiffJob| length as u64 <= job.most && job.take_room(length);
        if self.whole && self.job.as_mut().is_some_and(has_room) {
            self.taken.extend_from_slice(piece);
        } else {
            self.whole = false;
            self.taken = BytesMut::new();
        }
        // The client may send its next call as soon as it has the last byte.
        if let BodySize::Sized(length) = self.body.size()
            && self.taken.len() as u64 == length
        {
            self.end(true);
        }
    }

    fn end(&mut self, complete: bool) {
        if let Some(mut job) = self.job.take() {
            let taken = std::mem::take(&mut self.taken).freeze();
            job.ours.body = (complete && self.whole).then_some(taken);
            // Without anybody who works there is nothing to be compared.
            drop(self.jobs.send(Job::Diff(job)));
        }
    }
}

impl MessageBody for Heard {
    type Error = Box<dyn std::error::Error>;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let piece = ready!(Pin::new(&mut self.body).poll_next(cx));
        match &piece {
            Some(Ok(piece)) => self.hear(piece),
            Some(Err(_)) => self.end(false),
            None => self.end(true),
        }
        Poll::Ready(piece)
    }
}

/// A client that hangs up does not undo what we have done; the vendor must do it too.
impl Drop for Heard {
    fn drop(&mut self) {
        self.end(false);
    }
}

/// Asks vendors, and compares. It lives on one thread; clones share it.
#[derive(Clone)]
pub struct Differ(Rc<State>);

struct State {
    store: Store,
    turns: RefCell<HashMap<Lane, Arc<Mutex<()>>>>,
    learned: RefCell<HashMap<(Lane, Name), String>>,
}

/// Whose calls keep their order: those of one organization to one server, which may speak several dialects.
type Lane = (OrganizationId, String);

impl Differ {
    /// Nothing is known yet.
    pub fn new(store: Store) -> Self {
        Self(Rc::new(State { store, turns: RefCell::default(), learned: RefCell::default() }))
    }

    /// Takes a call; the vendor is asked behind those of the same organization, so that what is made comes
    /// before what is done with it, and lists have one order.
    pub fn take(&self, job: DiffJob) {
        let turn = self.0.turns.borrow_mut().entry(job.lane()).or_default().clone().lock_owned();
        let differ = self.clone();
        actix_web::rt::spawn(async move {
            let turn = turn.await;
            let outcome = differ.ask(&job).await.unwrap_or_else(|error| {
                warn("a vendor's answer could not be compared", &error);
                "failed"
            });
            numbers::compared(job.dialect.name, outcome);
            drop(turn);
        });
    }

    async fn ask(&self, job: &DiffJob) -> Result<&'static str> {
        let outgoing = self.translated(job).await?;
        let response = match job.vendor.send(&outgoing).await {
            Ok(response) => response,
            Err(silence) => return Ok(silence.as_str()),
        };
        let status = response.status().as_u16();
        let content_type = response.headers().get(reqwest::header::CONTENT_TYPE);
        let content_type =
            content_type.and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
        if is_busy(status) && status != job.ours.status {
            return Ok("unavailable");
        }
        let mut pieces = std::pin::pin!(job.vendor.pieces(response));
        let mut theirs = BytesMut::new();
        while let Some(piece) = pieces.next().await {
            let piece = match piece {
                Ok(piece) => piece,
                Err(silence) => return Ok(silence.as_str()),
            };
            if (theirs.len() + piece.len()) as u64 > job.most {
                return Ok("too_large");
            }
            theirs.extend_from_slice(&piece);
        }
        let Some(body) = job.ours.body.clone() else {
            return Ok("incomplete");
        };
        let our_type = job.ours.content_type.clone();
        let ours = Whole { status: job.ours.status, content_type: our_type, body };
        let theirs = Whole { status, content_type, body: theirs.freeze() };
        self.compare(job, ours, theirs).await?;
        Ok("compared")
    }

    /// The call with the vendor's ids.
    async fn translated(&self, job: &DiffJob) -> Result<Outgoing> {
        let Outgoing { method, target, headers, body } = &job.outgoing;
        let content_type = headers.get(reqwest::header::CONTENT_TYPE);
        let content_type = content_type.and_then(|value| value.to_str().ok());
        let looked_into = translate::looked_into(body, content_type, job.most).await?;
        let looked_into = looked_into.as_deref();
        let named = Named { call: job.call, target, body: looked_into, content_type };
        let stored =
            translate::their_names(&self.0.store, &job.dialect, &job.caller, named).await?;
        let learned = self.0.learned.borrow();
        let key = |name: &Name| (job.lane(), name.clone());
        let renamed = translate::to_theirs(&job.dialect, named, |name| {
            let known = stored.get(name).or_else(|| job.before.get(name));
            known.or_else(|| learned.get(&key(name))).cloned()
        });
        Ok(Outgoing {
            method: method.clone(),
            target: renamed.target,
            headers: headers.clone(),
            body: renamed.body.map_or_else(|| body.clone(), |text| Held::Memory(text.into())),
        })
    }

    async fn compare(&self, job: &DiffJob, ours: Whole, theirs: Whole) -> Result<()> {
        let DiffJob { dialect, caller, call, .. } = job;
        let store = &self.0.store;
        let both = (ours, theirs);
        let (found, names) = translate::compared(store, dialect, caller, call, both).await?;
        self.learn(job, names.learned());
        translate::remember(store, dialect, caller, Book::Aside, &names).await?;
        if found.is_empty() {
            return Ok(());
        }
        let differences = counted(dialect, call, found);
        for difference in &differences {
            let count = u64::try_from(difference.count).unwrap_or_default();
            numbers::differed(dialect.name, &difference.route, difference.kind, count);
        }
        store.count_differences(caller.organization, differences).await
    }

    fn learn(&self, job: &DiffJob, pairs: &[(evalstone_core::source::SourceKind, String, String)]) {
        let mut learned = self.0.learned.borrow_mut();
        if learned.len() + pairs.len() > REMEMBERED {
            learned.clear();
        }
        let key = |kind, ours: &String| (job.lane(), (kind, ours.clone()));
        learned.extend(pairs.iter().map(|(kind, ours, theirs)| (key(*kind, ours), theirs.clone())));
    }
}

/// Whether a vendor only says that it has no time, which is no answer to compare.
const fn is_busy(status: u16) -> bool {
    matches!(status, 429 | 502 | 503 | 504)
}

/// Differences of one answer, those at one place together.
fn counted(dialect: &Dialect, call: &Call, found: Vec<Difference>) -> Vec<NewDifference> {
    let mut counted: BTreeMap<(String, What), NewDifference> = BTreeMap::new();
    for Difference { pointer, what, ours, theirs } in found {
        let pointer: String = pointer.chars().filter(|c| *c != '\0').take(POINTER).collect();
        let [ours, theirs] = [ours, theirs].map(|text| text.replace('\0', ""));
        let first = |(pointer, what): &(String, What)| NewDifference {
            dialect: dialect.name,
            route: call.route(),
            pointer: pointer.clone(),
            kind: what.as_str(),
            count: 0,
            ours,
            theirs,
        };
        counted.entry((pointer, what)).or_insert_with_key(first).count += 1;
    }
    counted.into_values().collect()
}
