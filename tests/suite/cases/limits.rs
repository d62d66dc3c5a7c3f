//! Bodies that are too large or too slow, on every route that takes one.

use std::time::Duration;

use super::Findings;
use crate::gateway::{Backend, Settings};
use crate::scenario::Expect;
use crate::scenario::dialect::{Dialect, Route};
use crate::scenario::expectation;
use crate::scenario::stage::Stage;
use crate::trials::Trials;
use crate::wire::Answer;
use crate::wire::client::{Payload, Request};
use crate::wire::raw::Raw;

/// Lists the cases.
pub fn list(trials: &mut Trials) {
    for dialect in Dialect::all().into_iter().filter(|dialect| dialect.bodies().is_some()) {
        let (large, slow) = (dialect.clone(), dialect.clone());
        let name = |what: &str| format!("limits::{what}::{}", dialect.name);
        trials.both(&name("large_bodies"), move |backend| large_bodies(&large, backend));
        trials.both(&name("slow_bodies"), move |backend| slow_bodies(&slow, backend));
    }
    trials.both("limits::slow_uploads_delay_nobody", slow_uploads_delay_nobody);
}

/// Small enough that a test sends more at once.
const LIMIT: usize = 20_000;

fn small_limits() -> Settings {
    Settings::config(&format!(
        "[limits]\njson_body = \"{LIMIT}B\"\notlp = \"{LIMIT}B\"\nupload = \"{LIMIT}B\"\nform_field = \"{LIMIT}B\"\n"
    ))
}

fn large_bodies(dialect: &Dialect, backend: Backend) {
    let mut stage = Stage::start(dialect, backend, &small_limits());
    stage.refresh();
    let mut findings = Findings::default();
    let (routes, answers) = dialect.bodies().expect("only such dialects are listed");
    for route in routes {
        let plain = stage.request(&route, "admin");
        for (how, request) in oversized(&plain) {
            let answer = send(&stage, &request);
            let expected = &answers.too_large;
            let checked = answer.and_then(|answer| check(&mut stage, expected, &answer));
            findings.note(&format!("{} {how}", route.route), checked);
        }
        // What is within the limits still works, on the same gateway.
        let request = stage.request(&route, "admin");
        let answer = stage.send(&request);
        let checked = check(&mut stage, &Expect::status(route.success), &answer);
        findings.note(&format!("{} within the limits", route.route), checked);
    }
    findings.report();
}

/// A request's twins with a body over the limit: its length announced, and not.
fn oversized(plain: &Request) -> Vec<(&'static str, Request)> {
    let with = |payload: Payload| Request { payload, ..plain.clone() };
    match &plain.payload {
        Payload::Form(parts) => {
            let mut parts = parts.clone();
            for part in parts.iter_mut().filter(|part| part.filename.is_some()) {
                part.content.extend("hello,world\n".repeat(LIMIT / 10).bytes());
            }
            vec![("with a large file", with(Payload::Form(parts)))]
        }
        Payload::Bytes(bytes) | Payload::Chunked(bytes) => {
            let mut bytes = bytes.clone();
            bytes.extend(vec![b' '; LIMIT]);
            vec![
                ("with its length", with(Payload::Bytes(bytes.clone()))),
                ("in chunks", with(Payload::Chunked(bytes))),
            ]
        }
        Payload::Empty => Vec::new(),
    }
}

/// Sends bytes over a socket, so that an answer before the end of the body is read all the same.
fn send(stage: &Stage, request: &Request) -> Result<Answer, String> {
    let (length, body) = match &request.payload {
        Payload::Bytes(bytes) => (format!("Content-Length: {}", bytes.len()), bytes.clone()),
        Payload::Chunked(bytes) => {
            let size = format!("{:x}\r\n", bytes.len());
            let body = [size.as_bytes(), bytes, b"\r\n0\r\n\r\n"].concat();
            ("Transfer-Encoding: chunked".to_owned(), body)
        }
        Payload::Form(_) | Payload::Empty => return stage.gateway.try_send(request),
    };
    let mut connection = Raw::connect(stage.gateway.address(), Duration::from_secs(20));
    connection.send(head(request, &length).as_bytes())?;
    // A gateway that has refused already need not read the rest.
    drop(connection.send(&body));
    connection.answer()
}

fn head(request: &Request, length: &str) -> String {
    let lines: String =
        request.headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let Request { method, path, .. } = request;
    format!("{method} {path} HTTP/1.1\r\nHost: gateway\r\n{lines}{length}\r\n\r\n")
}

fn check(stage: &mut Stage, expected: &Expect, answer: &Answer) -> Result<(), String> {
    let variables = stage.variables();
    expectation::check(expected, answer, &variables).map_err(|why| format!("{why}\n{answer}"))
}

/// A gateway that waits much shorter for the next piece of a body than these tests wait for its
/// answer, which says how long it waited.
fn impatient() -> Settings {
    Settings::config("[limits]\nchunk_timeout = \"1s\"\n")
}

fn slow_bodies(dialect: &Dialect, backend: Backend) {
    let mut stage = Stage::start(dialect, backend, &impatient());
    stage.refresh();
    let mut findings = Findings::default();
    let (routes, answers) = dialect.bodies().expect("only such dialects are listed");
    let slow: Vec<(String, Raw)> =
        routes.iter().map(|route| (route.route.clone(), begin_slowly(&mut stage, route))).collect();
    for (route, mut connection) in slow {
        let answer = connection.answer();
        let checked = answer.and_then(|answer| check(&mut stage, &answers.slow, &answer));
        findings.note(&route, checked);
    }
    findings.report();
}

/// Announces a body and sends only its beginning.
fn begin_slowly(stage: &mut Stage, route: &Route) -> Raw {
    let mut request = stage.request(route, "admin");
    let beginning = match &request.payload {
        Payload::Form(parts) => {
            let head =
                format!("--cut\r\nContent-Disposition: form-data; name=\"{}\"", parts[0].name);
            request = request.header("Content-Type", "multipart/form-data; boundary=cut");
            format!("{head}; filename=\"slow.csv\"\r\n\r\ninput,output\nhel")
        }
        _ => "{\"name\": ".to_owned(),
    };
    let mut connection = Raw::connect(stage.gateway.address(), Duration::from_secs(20));
    let head = head(&request, "Content-Length: 4000");
    connection.send(head.as_bytes()).expect("the gateway reads");
    connection.send(beginning.as_bytes()).expect("the gateway reads");
    connection
}

/// More uploads than there are connections to the database, and each waits for its sender: what
/// others write is answered while all of them are still open.
fn slow_uploads_delay_nobody(backend: Backend) {
    for dialect in Dialect::all() {
        let Some((routes, _)) = dialect.bodies() else { continue };
        let patient = "[limits]\nchunk_timeout = \"10m\"\nmin_rate_grace = \"10m\"\n";
        let mut stage = Stage::start(&dialect, backend, &Settings::config(patient));
        stage.refresh();
        let mut slow: Vec<Raw> = routes
            .iter()
            .flat_map(|route| (0..12).map(|_| route.clone()).collect::<Vec<_>>())
            .map(|route| begin_slowly(&mut stage, &route))
            .collect();
        for _ in 0..5 {
            stage.refresh();
        }
        for connection in &mut slow {
            connection.is_silent().unwrap_or_else(|why| panic!("{}: {why}", dialect.name));
        }
    }
}
