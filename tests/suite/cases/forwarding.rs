//! Evaluations on their way to the runtime and back: what goes on, what comes as it comes, and what
//! happens when the runtime does not do its part.

use std::io::Write as _;
use std::net::{Shutdown, TcpStream};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use crate::gateway::{ADMIN_KEY, Backend, Gateway, Settings};
use crate::json::Json;
use crate::trials::Trials;
use crate::upstream::{Asked, Canned, NOBODY, Upstream};
use crate::wire::Answer;
use crate::wire::client::Request;
use crate::wire::raw::Raw;

/// Lists the cases.
pub fn list(trials: &mut Trials) {
    trials.both("forwarding::only_what_the_runtime_needs_goes_on", what_goes_on);
    trials.both("forwarding::a_stream_passes_as_it_comes", stream);
    trials.both("forwarding::a_stream_that_breaks_off_is_broken_off", broken_stream);
    trials.both("forwarding::a_runtime_that_is_out_of_reach", out_of_reach);
    trials.both("forwarding::verdicts_are_stored_before_the_end", stored_before_the_end);
    trials.both("forwarding::nothing_is_stored_where_nothing_is_wanted", nothing_wanted);
}

const BODY: &str = r#"{"request_id":"r" , "text":"\u0068i","n":1.0}"#;
const PATIENCE: Duration = Duration::from_secs(20);

fn verdict() -> Canned {
    let json = Some(r#"{"request_id": "r", "decision": "ALLOW"}"#.to_owned());
    Canned { path: "/v1/evaluate/input".to_owned(), status: 200, json, ..Canned::default() }
}

/// A gateway that calls this runtime.
fn gateway(backend: Backend, url: &str, more: &str) -> Gateway {
    let config =
        format!("[dialects.znyx.runtime]\nurl = \"{url}\"\n{more}\n[shutdown]\ngrace = \"0s\"\n");
    let env = vec![("EVALSTONE_ZNYX_RUNTIME_KEY".to_owned(), "runtime secret".to_owned())];
    Gateway::start_with(backend, &Settings { env, config: Some(config) })
}

fn evaluation() -> Request {
    Request::new("POST", "/v1/evaluate/input").bearer(ADMIN_KEY).json(BODY)
}

fn traces(gateway: &Gateway) -> Json {
    let request = Request::new("GET", "/v1/orgs/default/traces?limit=1").bearer(ADMIN_KEY);
    let answer = gateway.send(&request);
    let total = answer.json().and_then(|list| list.at("/total").cloned());
    total.unwrap_or_else(|why| panic!("{why}\n{answer}"))
}

fn what_goes_on(backend: Backend) {
    let upstream = Upstream::canned(&[verdict()]);
    let gateway = gateway(backend, &upstream.base(), "");
    let mut request = evaluation()
        .header("X-API-Key", ADMIN_KEY)
        .header("X-Znyx-Sdk", "python-sdk")
        .header("X-Znyx-Sdk-Version", "1.2.3")
        .header("X-Forwarded-For", "192.0.2.1")
        .header("Cookie", "znyx_session=1");
    for (name, value) in &mut request.headers {
        if name == "Content-Type" {
            "application/json; charset=utf-8".clone_into(value);
        }
    }
    assert_eq!(gateway.send(&request).status, 200);
    let asked = upstream.asked();
    let [Asked { method, path, headers, body }] = asked.as_slice() else { panic!("{asked:?}") };
    assert_eq!(method, "POST");
    assert_eq!((path.as_str(), body.as_slice()), ("/v1/evaluate/input", BODY.as_bytes()));
    let went_on: Vec<_> =
        headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let length = BODY.len().to_string();
    let host = upstream.base().replace("http://", "");
    let expected = [
        ("accept", "*/*"),
        ("content-length", length.as_str()),
        ("content-type", "application/json; charset=utf-8"),
        ("host", host.as_str()),
        ("x-api-key", "runtime secret"),
        ("x-znyx-sdk", "python-sdk"),
        ("x-znyx-sdk-version", "1.2.3"),
    ];
    assert_eq!(went_on, expected);
}

const EVENTS: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n";

/// A runtime that streams these pieces, each once the test says so, and then hangs up.
fn streaming(pieces: &'static [&'static str], go: Receiver<()>) -> Upstream {
    let go = Mutex::new(go);
    Upstream::start(move |_, stream| {
        stream.write_all(EVENTS.as_bytes())?;
        let go = go.lock().expect("nobody panicked");
        for piece in pieces {
            go.recv().expect("the test goes on");
            stream.write_all(piece.as_bytes())?;
        }
        stream.shutdown(Shutdown::Both)
    })
}

fn begin_stream(gateway: &Gateway) -> Raw {
    let body = r#"{"chunks":["x"]}"#;
    let head = format!(
        "POST /v1/evaluate/stream HTTP/1.1\r\nHost: gateway\r\nAuthorization: Bearer {ADMIN_KEY}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    let mut connection = Raw::connect(gateway.address(), PATIENCE);
    connection.send((head + body).as_bytes()).expect("the gateway reads");
    connection
}

fn stream(backend: Backend) {
    let (sender, go) = channel();
    let pieces = [
        "event: chunk\ndata: {\"text\": \"one\"}\n\n",
        "event: done\ndata: {\"final_decision\": \"WARN\"}\n\n",
    ];
    let upstream = streaming(Box::leak(Box::new(pieces)), go);
    let gateway = gateway(backend, &upstream.base(), "");
    let mut connection = begin_stream(&gateway);
    // Each piece comes while the next one does not even exist.
    connection.wait_for("text/event-stream").expect("the head");
    for piece in pieces {
        sender.send(()).expect("the runtime waits");
        connection.wait_for(piece).expect(piece);
    }
    let answer = connection.answer().expect("the end");
    assert_eq!((answer.status, answer.text()), (200, Ok(pieces.concat().as_str())));
}

fn broken_stream(backend: Backend) {
    // A runtime that announces a piece and hangs up in its middle.
    let upstream = Upstream::start(|_, stream| {
        let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
        stream.write_all(format!("{head}ff\r\nevent: chunk\n").as_bytes())?;
        stream.shutdown(Shutdown::Both)
    });
    let gateway = gateway(backend, &upstream.base(), "");
    let mut connection = begin_stream(&gateway);
    connection.wait_for("text/event-stream").expect("the head");
    // The part must not pass for the whole.
    assert!(connection.answer().is_err(), "the connection breaks off");
}

/// What a gateway with such a runtime answers.
fn answer(backend: Backend, url: &str, more: &str) -> Answer {
    gateway(backend, url, more).send(&evaluation())
}

fn out_of_reach(backend: Backend) {
    let answered = answer(backend, &format!("http://{NOBODY}"), "");
    let expected = format!(
        "{{\"detail\":\"The runtime at http://{NOBODY} cannot be reached: Connection refused (os error 111)\"}}"
    );
    assert_eq!((answered.status, answered.text()), (502, Ok(expected.as_str())));

    let hangs_up = Upstream::start(|_, stream: &mut TcpStream| stream.shutdown(Shutdown::Both));
    let answered = answer(backend, &hangs_up.base(), "");
    let text = answered.text().expect("a text");
    let beginning =
        format!("{{\"detail\":\"The connection to the runtime at {} broke off: ", hangs_up.base());
    assert!(answered.status == 502 && text.starts_with(&beginning), "{answered}");

    // It reads what comes and says nothing.
    let silent = Upstream::start(|_, _| Ok(()));
    let answered = answer(backend, &silent.base(), "timeout = \"300ms\"");
    let expected = format!(
        "{{\"detail\":\"The runtime at {} has not answered within 300ms (setting dialects.znyx.runtime.timeout)\"}}",
        silent.base()
    );
    assert_eq!((answered.status, answered.text()), (504, Ok(expected.as_str())));
}

fn stored_before_the_end(backend: Backend) {
    let upstream = Upstream::canned(&[verdict()]);
    let mut gateway = gateway(backend, &upstream.base(), "");
    for _ in 0..50 {
        assert_eq!(gateway.send(&evaluation()).status, 200);
    }
    stop_and_resume(&mut gateway);
    assert_eq!(traces(&gateway), Json::Number("50".to_owned()));
}

fn nothing_wanted(backend: Backend) {
    let upstream = Upstream::canned(&[verdict()]);
    let mut gateway = gateway(backend, &upstream.base(), "record = \"none\"");
    assert_eq!(gateway.send(&evaluation()).status, 200);
    stop_and_resume(&mut gateway);
    assert_eq!(traces(&gateway), Json::Number("0".to_owned()));
}

/// What is still to be stored is stored by then.
fn stop_and_resume(gateway: &mut Gateway) {
    gateway.process().terminate();
    let status = gateway.process().wait(Duration::from_secs(60));
    assert!(status.success(), "{status}\n{}", gateway.log());
    gateway.kill();
    gateway.resume();
}
