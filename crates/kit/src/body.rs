//! Reading a whole request body within limits.

use actix_web::HttpRequest;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_LENGTH};
use actix_web::web::Payload;
use bytes::{Bytes, BytesMut};
use evalstone_core::error::{Error, Result};
use futures_util::StreamExt as _;

use crate::limits::{Cap, Pace};
use crate::pace::{paced, refusal};

/// Only a hint is reserved ahead of the data: a client may announce what it never sends.
const RESERVED: u64 = 64 << 10;

/// Reads the body into memory.
///
/// # Errors
/// `TooLarge` when it is over `cap`, known from its announced length before any of it is read, or
/// else from counting; `TooSlow` when the client is slower than `pace`; `Invalid` when it is
/// encoded or breaks off.
pub async fn read(payload: Payload, request: &HttpRequest, cap: Cap, pace: Pace) -> Result<Bytes> {
    refuse_encoding(request)?;
    read_packed(payload, request, cap, pace).await
}

/// Reads the body into memory as it came: [`crate::packed`] undoes its content encoding.
///
/// # Errors
/// Like [`read`], but for encodings.
pub async fn read_packed(
    payload: Payload,
    request: &HttpRequest,
    cap: Cap,
    pace: Pace,
) -> Result<Bytes> {
    let announced = announced_length(request);
    if announced.is_some_and(|length| length > cap.bytes) {
        return Err(cap.exceeded("the body"));
    }
    let reserved = usize::try_from(announced.unwrap_or(0).min(RESERVED)).unwrap_or(0);
    let mut body = BytesMut::with_capacity(reserved);
    let mut pieces = std::pin::pin!(paced(payload, pace));
    while let Some(piece) = pieces.next().await {
        let piece = piece.map_err(|error| refusal(&error))?;
        if (body.len() + piece.len()) as u64 > cap.bytes {
            return Err(cap.exceeded("the body"));
        }
        body.extend_from_slice(&piece);
    }
    Ok(body.freeze())
}

/// The body's announced length, if there is a readable one.
#[must_use]
pub fn announced_length(request: &HttpRequest) -> Option<u64> {
    request.headers().get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// Refuses a body in any content encoding but `identity`: unpacking ([`crate::packed`]) is for the
/// routes whose clients pack.
///
/// # Errors
/// `Invalid`, naming the encoding's header.
pub fn refuse_encoding(request: &HttpRequest) -> Result<()> {
    let plain = |value: &str| {
        value.split(',').map(str::trim).all(|v| v.is_empty() || v.eq_ignore_ascii_case("identity"))
    };
    let mut values = request.headers().get_all(CONTENT_ENCODING);
    if values.all(|value| value.to_str().is_ok_and(plain)) {
        Ok(())
    } else {
        Err(Error::invalid("a Content-Encoding other than identity is not accepted here"))
    }
}
