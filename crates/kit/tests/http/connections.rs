//! When connections are closed, and that a document that broke off is never taken for a whole one.

use std::io::Write as _;

use actix_web::http::StatusCode;
use actix_web::web::{self, Bytes, ServiceConfig};
use actix_web::{HttpResponse, Responder};
use evalstone_core::error::{Error, Result};
use evalstone_kit::errors::guard;
use evalstone_kit::routes::{Routes, resource};
use evalstone_kit::stream::streamed;
use futures_util::stream;

use crate::served::{Served, body, header, not_allowed, read_one, read_to_close, render, status};

fn mount(config: &mut ServiceConfig) {
    let table = Routes::under("/v1", not_allowed)
        .line(resource("/ok").get(ok))
        .line(resource("/whole").get(whole))
        .line(resource("/broken").get(broken));
    let scope = table.scope(HttpResponse::NotFound);
    config.service(scope.route("/panic", web::get().to(panics)).wrap(guard(render)));
}

async fn ok() -> impl Responder {
    "ok"
}

async fn panics() -> HttpResponse {
    panic!("as tested")
}

fn pieces(last: Result<Bytes>) -> HttpResponse {
    let pieces = vec![Ok(Bytes::from_static(b"[1")), last];
    streamed(StatusCode::CREATED, "application/json", stream::iter(pieces))
}

async fn whole() -> HttpResponse {
    pieces(Ok(Bytes::from_static(b",2]")))
}

async fn broken() -> HttpResponse {
    pieces(Err(Error::fault("the database went away")))
}

fn request(path: &str, extra: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: t\r\n{extra}\r\n")
}

#[test]
fn async_stainless_clients_get_their_connection_closed() {
    let served = Served::new(mount);
    for path in ["/v1/ok", "/v1/unknown", "/v1/panic"] {
        let answer = served.exchange(request(path, "X-Stainless-Async: async:asyncio\r\n"));
        assert_eq!(header(&answer, "connection"), Some("close"), "{path}: {answer}");
    }
}

#[test]
fn other_clients_keep_theirs() {
    let served = Served::new(mount);
    let mut stream = served.connect();
    for extra in ["", "X-Stainless-Async: false\r\n"] {
        stream.write_all(request("/v1/ok", extra).as_bytes()).expect("still open");
        let answer = read_one(&mut stream);
        assert_eq!((status(&answer), header(&answer, "connection")), (200, None));
    }
}

#[test]
fn a_stream_is_sent_whole_or_broken_off() {
    let served = Served::new(mount);
    let answer = served.exchange(request("/v1/whole", "Connection: close\r\n"));
    assert_eq!(status(&answer), 201);
    assert_eq!(header(&answer, "content-type"), Some("application/json"));
    assert!(answer.ends_with("\r\n0\r\n\r\n"), "{answer}");

    let mut stream = served.connect();
    stream.write_all(request("/v1/broken", "").as_bytes()).expect("open");
    let answer = read_to_close(&mut stream);
    assert!(!answer.ends_with("0\r\n\r\n"), "the end mark makes it look complete: {answer}");
}

#[test]
fn clients_without_chunks_get_none() {
    let answer = Served::new(mount).exchange("GET /v1/whole HTTP/1.0\r\n\r\n");
    assert_eq!(header(&answer, "transfer-encoding"), None);
    assert_eq!(body(&answer), "[1,2]");
}
