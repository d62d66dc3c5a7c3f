//! Answers of any length, in bounded memory.

use std::io;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use bytes::Bytes;
use evalstone_core::error::Result;
use futures_util::{Stream, StreamExt as _};

use crate::errors::log;

/// An answer whose body is produced piece by piece. When a piece fails, the error is logged with
/// the request's id and the connection is broken, so that the client cannot take the part it has
/// for the whole.
pub fn streamed(
    status: StatusCode,
    content_type: &str,
    body: impl Stream<Item = Result<Bytes>> + 'static,
) -> HttpResponse {
    // The body outlives the handler, and with it the span that carries the request's id.
    let span = tracing::Span::current();
    let body = body.map(move |piece| {
        piece.map_err(|error| {
            span.in_scope(|| log(&error));
            io::Error::other("the answer broke off")
        })
    });
    HttpResponse::build(status).content_type(content_type).streaming(body)
}
