//! Evaluations, which the configured runtime answers (contract §2.5, §5.5).

use actix_web::http::header::{CACHE_CONTROL, HeaderName};
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use bytes::Bytes;
use chrono::Utc;
use evalstone_core::caller::Caller;
use evalstone_core::error::{Error, Kind};
use evalstone_kit::limits::Limits;
use evalstone_kit::stream::streaming;
use evalstone_store::Store;
use futures_util::{Stream, stream};

use crate::auth::{Right, holder};
use crate::body::Body;
use crate::errors::Failure;
use crate::runtime::events::Watch;
use crate::runtime::forward::{Call, Pieces, Reply};
use crate::runtime::recorder::{Evaluation, Outcome, Recorder};
use crate::runtime::{Operation, Runtime};

/// The level around a request's payloads: the body.
const WRAPPING: usize = 1;

/// Asks proxies on the way not to collect a stream before they pass it on.
const BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// `POST /v1/evaluate/…`, but for streams: the runtime's answer as it is.
pub async fn evaluate(
    request: HttpRequest,
    payload: Payload,
    store: Data<Store>,
    limits: Data<Limits>,
    runtime: Data<Option<Runtime>>,
    recorder: Data<Recorder>,
) -> Result<HttpResponse, Failure> {
    let (caller, call) = call(&request, payload, &store, &limits).await?;
    let runtime = configured(&runtime, call.operation)?;
    let answer = runtime.forward(&call).await?;
    if answer.is_success() {
        recorder.record(evaluation(caller, &call, Outcome::Answer(answer.body.clone())));
    }
    Ok(answer.pass_on())
}

/// `POST /v1/evaluate/stream`: the runtime's events as they come.
pub async fn evaluate_stream(
    request: HttpRequest,
    payload: Payload,
    store: Data<Store>,
    limits: Data<Limits>,
    runtime: Data<Option<Runtime>>,
    recorder: Data<Recorder>,
) -> Result<HttpResponse, Failure> {
    let (caller, call) = call(&request, payload, &store, &limits).await?;
    let runtime = configured(&runtime, call.operation)?;
    match runtime.stream(&call).await? {
        Reply::Whole(answer) => Ok(answer.pass_on()),
        Reply::Pieces(head, pieces) => {
            let record = move |outcome| recorder.record(evaluation(caller, &call, outcome));
            let mut builder: HttpResponseBuilder = head.begin();
            builder.insert_header((CACHE_CONTROL, "no-cache")).insert_header((BUFFERING, "no"));
            Ok(streaming(builder, watched(pieces, record)))
        }
    }
}

/// What was asked, and by whom.
async fn call(
    request: &HttpRequest,
    payload: Payload,
    store: &Store,
    limits: &Limits,
) -> Result<(Caller, Call), Failure> {
    let body = Body::read(request, payload, limits, WRAPPING).await?;
    let caller = holder(request, store, Right::Read).await?;
    let path = request.match_info().as_str();
    let operation = Operation::of_path(path)
        .ok_or_else(|| Error::fault(format!("{path} is no operation of the runtime")))?;
    Ok((caller, Call::of(operation, request, body)))
}

fn configured(runtime: &Option<Runtime>, operation: Operation) -> Result<&Runtime, Failure> {
    runtime.as_ref().ok_or_else(|| {
        let name = operation.name();
        let why = "needs a runtime, and none is configured (setting dialects.znyx.runtime.url)";
        Error::new(Kind::Unsupported, format!("{name} {why}")).into()
    })
}

fn evaluation(caller: Caller, call: &Call, outcome: Outcome) -> Evaluation {
    let Call { operation, body, .. } = call;
    Evaluation { caller, operation: *operation, request: body.clone(), outcome, at: Utc::now() }
}

/// The pieces of a stream as they come. What it came to is recorded with its last event.
fn watched(
    pieces: Box<Pieces>,
    record: impl FnOnce(Outcome),
) -> impl Stream<Item = Result<Bytes, Error>> {
    let state = (pieces, Watch::default(), Some(record));
    stream::try_unfold(state, async |(mut pieces, mut watch, mut record)| {
        let piece = pieces.next().await.map_err(Error::from)?;
        let done = piece.as_ref().and_then(|piece| watch.read(piece));
        if let Some(done) = done
            && let Some(record) = record.take()
        {
            record(Outcome::Stream(done));
        }
        Ok(piece.map(|piece| (piece, (pieces, watch, record))))
    })
}
