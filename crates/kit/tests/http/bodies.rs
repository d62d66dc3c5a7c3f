//! Bodies over a limit, too slow, encoded or broken off.

use std::io::Write as _;
use std::time::{Duration, Instant};

use actix_web::web::{Payload, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use evalstone_kit::body;
use evalstone_kit::errors::guard;
use evalstone_kit::limits::{Cap, Pace};
use evalstone_kit::routes::{Routes, resource};

use crate::served::{Failure, Served, body as body_of, not_allowed, read_to_close, render, status};

const CAP: Cap = Cap { bytes: 1024, setting: "limits.json_body" };
const PACE: Pace = Pace {
    chunk_timeout: Duration::from_millis(300),
    min_rate: 1000,
    min_rate_grace: Duration::from_millis(400),
};

fn mount(config: &mut ServiceConfig) {
    let table = Routes::under("/v1", not_allowed).line(resource("/body").post(take));
    config.service(table.scope(HttpResponse::NotFound).wrap(guard(render)));
}

async fn take(payload: Payload, request: HttpRequest) -> Result<String, Failure> {
    Ok(body::read(payload, &request, CAP, PACE).await?.len().to_string())
}

fn post(headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("POST /v1/body HTTP/1.1\r\nHost: t\r\nConnection: close\r\n{headers}\r\n");
    [head.as_bytes(), body].concat()
}

#[test]
fn a_body_up_to_the_limit_is_read() {
    let served = Served::new(mount);
    for length in [0, 1, 1024] {
        let headers = format!("Content-Length: {length}\r\nContent-Encoding: identity\r\n");
        let answer = served.exchange(post(&headers, &vec![b'x'; length]));
        assert_eq!((status(&answer), body_of(&answer)), (200, length.to_string().as_str()));
    }
}

#[test]
fn an_announced_length_over_the_limit_is_refused_unread() {
    let answer = Served::new(mount).exchange(post("Content-Length: 99999999\r\n", b""));
    assert_eq!(status(&answer), 413);
    let expected = r#"{"said":"the body is over 1 KiB (setting limits.json_body)"}"#;
    assert_eq!(body_of(&answer), expected);
}

#[test]
fn a_client_that_sends_all_before_it_reads_still_gets_the_answer() {
    let length = 4 << 20;
    let headers = format!("Content-Length: {length}\r\n");
    let answer = Served::new(mount).exchange(post(&headers, &vec![b'x'; length]));
    assert_eq!(status(&answer), 413);
}

#[test]
fn chunks_over_the_limit_are_refused() {
    let chunk = format!("400\r\n{}\r\n", "x".repeat(1024));
    let chunks = [chunk.as_str(), chunk.as_str(), "0\r\n\r\n"].concat();
    let answer =
        Served::new(mount).exchange(post("Transfer-Encoding: chunked\r\n", chunks.as_bytes()));
    assert_eq!(status(&answer), 413);
}

#[test]
fn an_encoded_body_is_refused() {
    let answer =
        Served::new(mount).exchange(post("Content-Length: 2\r\nContent-Encoding: gzip\r\n", b"xx"));
    assert_eq!(status(&answer), 400);
    assert!(body_of(&answer).contains("Content-Encoding"), "{answer}");
}

#[test]
fn a_client_that_falls_silent_is_refused() {
    let start = Instant::now();
    let answer = Served::new(mount).exchange(post("Content-Length: 10\r\n", b"x"));
    assert_eq!(status(&answer), 408);
    assert!(body_of(&answer).contains("0.3 s (setting limits.chunk_timeout)"), "{answer}");
    assert!(start.elapsed() < Duration::from_secs(5));
}

#[test]
fn a_client_that_trickles_is_refused() {
    let served = Served::new(mount);
    let mut stream = served.connect();
    stream.write_all(&post("Content-Length: 1000\r\n", b"")).expect("the server reads");
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(1) {
        if stream.write_all(b"x").is_err() {
            break;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    let answer = read_to_close(&mut stream);
    assert_eq!(status(&answer), 408);
    assert!(body_of(&answer).contains("setting limits.min_rate"), "{answer}");
}

#[test]
fn a_client_that_leaves_harms_nobody() {
    let served = Served::new(mount);
    let mut stream = served.connect();
    stream.write_all(&post("Content-Length: 10\r\n", b"x")).expect("the server reads");
    drop(stream);
    let answer = served.exchange(post("Content-Length: 2\r\n", b"xx"));
    assert_eq!(status(&answer), 200);
}
