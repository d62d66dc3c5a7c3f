//! Answers of any length, in bounded memory.

use std::io;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use bytes::Bytes;
use evalstone_core::error::Result;
use futures_util::{Stream, StreamExt as _, stream};

use crate::errors::log;

/// The bytes of a list between `head` and `tail`: the rows of each piece, with commas between them.
/// One piece is in memory at a time.
pub fn listed(
    head: String,
    pieces: impl Stream<Item = Result<Vec<String>>>,
    tail: &'static str,
) -> impl Stream<Item = Result<Bytes>> {
    let mut first = true;
    let rows = pieces.map(move |piece| {
        let mut text = String::new();
        for row in piece? {
            if !std::mem::take(&mut first) {
                text.push(',');
            }
            text.push_str(&row);
        }
        Ok(Bytes::from(text))
    });
    let once = |text: Bytes| stream::once(async move { Ok(text) });
    once(Bytes::from(head)).chain(rows).chain(once(Bytes::from_static(tail.as_bytes())))
}

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

#[cfg(test)]
mod tests {
    use super::*;

    async fn joined(pieces: Vec<Vec<&str>>) -> String {
        let pieces =
            pieces.into_iter().map(|piece| Ok(piece.into_iter().map(str::to_owned).collect()));
        let bytes: Vec<Result<Bytes>> =
            listed("[".to_owned(), stream::iter(pieces), "]").collect().await;
        let bytes = bytes.into_iter().flat_map(|piece| piece.expect("no failure"));
        String::from_utf8(bytes.collect()).expect("UTF-8")
    }

    #[actix_web::test]
    async fn rows_are_joined_across_pieces() {
        assert_eq!(joined(vec![vec!["1", "2"], vec!["3"], vec![]]).await, "[1,2,3]");
        assert_eq!(joined(vec![vec![]]).await, "[]");
        assert_eq!(joined(vec![]).await, "[]");
    }

    #[actix_web::test]
    async fn a_failure_ends_the_list() {
        let pieces = vec![Ok(vec!["1".to_owned()]), Err(evalstone_core::error::Error::fault("x"))];
        let bytes: Vec<Result<Bytes>> =
            listed("[".to_owned(), stream::iter(pieces), "]").collect().await;
        assert!(bytes[0].is_ok() && bytes[1].is_ok() && bytes[2].is_err());
    }
}
