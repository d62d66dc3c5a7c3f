//! Signals.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::gateway::{Gateway, Home};

fn gateway(home: &Home, grace: &str, drain: &str) -> Gateway {
    let text = format!("[shutdown]\ngrace = {grace:?}\ndrain = {drain:?}\n");
    std::fs::write(home.path("e.toml"), text).expect("written");
    Gateway::start(home.command(&["serve", "--config", "e.toml", "--listen", "127.0.0.1:0"]))
}

/// A connection that the client keeps after an answer, which must not hold up the stop.
fn idle_connection(gateway: &Gateway) -> TcpStream {
    let mut stream = TcpStream::connect(gateway.address).expect("it listens");
    stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: t\r\n\r\n").expect("it reads");
    let read = stream.read(&mut [0; 4096]).expect("it answers");
    assert!(read > 0);
    stream
}

#[test]
fn sigterm_lets_requests_in_during_the_grace() {
    let home = Home::new();
    let mut gateway = gateway(&home, "1s", "20s");
    let _idle = idle_connection(&gateway);
    let start = Instant::now();
    gateway.signal("TERM");
    std::thread::sleep(Duration::from_millis(300));
    let ready = gateway.get("/readyz");
    assert_eq!(ready.status(), 503);
    assert_eq!(ready.header("retry-after"), Some("5"));
    assert_eq!(gateway.get("/healthz").status(), 200);
    let status = gateway.wait(Duration::from_secs(8));
    assert_eq!(status.code(), Some(0));
    assert!(start.elapsed() >= Duration::from_secs(1), "{:?}", start.elapsed());
    assert!(TcpStream::connect(gateway.address).is_err());
}

#[test]
fn sigint_skips_the_grace() {
    let home = Home::new();
    let mut gateway = gateway(&home, "60s", "20s");
    let _idle = idle_connection(&gateway);
    gateway.signal("INT");
    assert_eq!(gateway.wait(Duration::from_secs(5)).code(), Some(0));
}

#[test]
fn a_second_signal_ends_at_once() {
    let home = Home::new();
    let mut gateway = gateway(&home, "60s", "20s");
    gateway.signal("TERM");
    std::thread::sleep(Duration::from_millis(300));
    gateway.signal("TERM");
    assert_eq!(gateway.wait(Duration::from_secs(5)).code(), Some(130));
}

#[test]
fn a_request_that_has_begun_is_answered_before_the_end() {
    let home = Home::new();
    let mut command = home.command(&["serve", "--listen", "127.0.0.1:0"]);
    command.env("EVALSTONE_BOOTSTRAP_KEY", "the-key");
    let mut gateway = Gateway::start(command);
    let body = r#"{"name": "begun before the stop"}"#;
    let (begun, rest) = body.split_at(10);
    let mut stream = TcpStream::connect(gateway.address).expect("it listens");
    let head = format!(
        "POST /v1/orgs/default/datasets HTTP/1.1\r\nHost: t\r\nAuthorization: Bearer the-key\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{begun}",
        body.len()
    );
    stream.write_all(head.as_bytes()).expect("it reads");
    std::thread::sleep(Duration::from_millis(200));
    gateway.signal("INT");
    std::thread::sleep(Duration::from_millis(300));
    assert!(TcpStream::connect(gateway.address).is_err(), "nothing new is accepted");
    stream.write_all(rest.as_bytes()).expect("it still reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it answers and closes");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert_eq!(gateway.wait(Duration::from_secs(5)).code(), Some(0));
}
