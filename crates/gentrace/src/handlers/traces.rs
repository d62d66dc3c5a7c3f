//! Traces.

use actix_web::web::{self, Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use bytes::Bytes;
use evalstone_core::error::{Error, Result};
use evalstone_kit::body;
use evalstone_kit::limits::{Cap, Limits};
use evalstone_kit::packed::Coding;
use evalstone_store::Store;

use crate::auth::Reader;
use crate::errors::Failure;
use crate::otlp::reply::{Encoding, answer};
use crate::otlp::{self, Batch};

/// Longer bodies, and packed ones, are read off the async threads.
const SHORT: usize = 64 << 10;

/// `POST /otel/v1/traces`. Keys of any kind may report: what runs in production has keys that may
/// change nothing else.
pub async fn report_traces(
    Reader(caller): Reader,
    request: HttpRequest,
    payload: Payload,
    store: Data<Store>,
    limits: Data<Limits>,
) -> Result<HttpResponse, Failure> {
    let coding = Coding::of(&request)?;
    let body = body::read_packed(payload, &request, limits.otlp, limits.pace).await?;
    let label = Encoding::labelled(&request);
    let (encoding, batch) = read(body, coding, label, limits.otlp).await?;
    let Batch { spans, mut refused, .. } = batch;
    if !spans.is_empty() {
        refused.note_all(&store.record_spans(&caller, spans).await?.refused);
    }
    Ok(answer(encoding, &refused))
}

async fn read(
    body: Bytes,
    coding: Coding,
    label: Option<Encoding>,
    cap: Cap,
) -> Result<(Encoding, Batch)> {
    let is_short = coding == Coding::Identity && body.len() <= SHORT;
    let read = move || otlp::read(&coding.unpack(body, cap)?, label, cap);
    if is_short {
        return read();
    }
    web::block(read).await.map_err(Error::fault)?
}
