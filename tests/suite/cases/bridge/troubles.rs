//! Sources that answer badly, many datasets, and a long one.

use std::io::Write as _;
use std::net::TcpStream;
use std::process::Stdio;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::stage::{
    DIALECTS, House, bridge, datasets, digests, document, items, records, run, run_counts, runs,
    samples, text, two,
};
use crate::gateway::{Backend, Gateway};
use crate::trials::Trials;
use crate::upstream::{Asked, NOBODY, Upstream};
use crate::wire::client::{Http, Payload, Request};

/// Lists the cases.
pub fn list(trials: &mut Trials) {
    trials.both("bridge::a_source_that_stumbles", stumbles);
    trials.once("bridge::a_server_is_left_alone_as_long_as_it_asks", asks_for_patience);
    trials.both("bridge::a_target_that_stumbles", target_stumbles);
    trials.both("bridge::a_source_that_refuses", refuses);
    trials.both("bridge::a_source_that_sets_the_pace", sets_the_pace);
    trials.both("bridge::many_datasets", many);
    trials.both("bridge::a_long_dataset_in_little_memory", long);
}

/// Passes requests on to a gateway, and most answers back badly.
fn stumbling(gateway: &Gateway) -> Upstream {
    let (http, count) = (Http::new(&gateway.base()), AtomicUsize::new(0));
    Upstream::start(move |asked: &Asked, stream: &mut TcpStream| {
        let request = Request::new("GET", &asked.path)
            .header("Authorization", asked.headers.get("authorization").map_or("", String::as_str));
        let answer = http.send(&request).map_err(std::io::Error::other)?;
        let body = answer.body;
        let head = |status: u16, more: &str, length: usize| {
            format!(
                "HTTP/1.1 {status} X\r\nContent-Type: application/json\r\n{more}Content-Length: {length}\r\n\r\n"
            )
        };
        match count.fetch_add(1, Ordering::Relaxed) % 5 {
            0 => stream
                .write_all(head(429, "Retry-After: 0\r\n", 2).as_bytes())
                .and_then(|()| stream.write_all(b"{}")),
            1 => {
                stream.write_all(head(500, "", 2).as_bytes()).and_then(|()| stream.write_all(b"{}"))
            }
            2 => {
                stream.write_all(head(answer.status, "", body.len()).as_bytes())?;
                stream.write_all(&body[..body.len() / 2])?;
                Err(std::io::Error::other("hung up"))
            }
            3 => {
                stream.write_all(head(answer.status, "", body.len()).as_bytes())?;
                for piece in body.chunks(body.len() / 5 + 1) {
                    stream.write_all(piece)?;
                    stream.flush()?;
                    std::thread::sleep(Duration::from_millis(5));
                }
                Ok(())
            }
            _ => stream
                .write_all(head(answer.status, "", body.len()).as_bytes())
                .and_then(|()| stream.write_all(&body)),
        }
    })
}

fn stumbles(backend: Backend) {
    let (one, two) = two(backend);
    let home = House::default();
    runs(&one, &home);
    let there = datasets(&one, &home);
    for dialect in DIALECTS {
        let upstream = stumbling(&one);
        let into = House::fresh(&two, dialect);
        let source = home.address(&upstream.base(), dialect);
        let pull = ["pull", &source, "--org", dialect, "--retries", "12", "--json"];
        let report = document(bridge(&two, &home.key, "", &pull));
        assert_eq!(text(&report, "/complete"), "true", "{report:?}");
        assert_eq!(datasets(&two, &into).len(), there.len());
        // The same without the stumbling one in between.
        let straight = home.address(&one.base(), dialect);
        let verify = ["verify", &straight, "store", "--org", dialect, "--json"];
        let verdict = document(bridge(&two, &home.key, "", &verify));
        assert_eq!(text(&verdict, "/equal"), "true");
        assert!(upstream.asked().len() > 5, "{:?}", upstream.asked());
    }
}

fn asks_for_patience() {
    let gateway = Gateway::start(Backend::Sqlite);
    let times = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&times);
    let upstream = Upstream::start(move |_, stream: &mut TcpStream| {
        let mut times = heard.lock().expect("nobody panicked");
        times.push(Instant::now());
        let answer = if times.len() == 1 {
            "HTTP/1.1 429 X\r\nRetry-After: 2\r\nContent-Length: 2\r\n\r\n{}".to_owned()
        } else {
            let body = r#"{"data":[]}"#;
            format!("HTTP/1.1 200 X\r\nContent-Length: {}\r\n\r\n{body}", body.len())
        };
        stream.write_all(answer.as_bytes())
    });
    let home = House::default();
    let source = home.address(&upstream.base(), "gentrace");
    document(bridge(&gateway, &home.key, "", &["pull", &source, "--json"]));
    let times = times.lock().expect("nobody panicked");
    // The first pause would be ten milliseconds.
    assert!(times[1] - times[0] >= Duration::from_secs(2), "{:?}", times[1] - times[0]);
}

/// Every third write is refused before anything is done, every fourth is done and then refused.
fn target_stumbles(backend: Backend) {
    let (one, two) = two(backend);
    let home = House::default();
    let many: Vec<String> = (0..2_500).map(|n| format!(r#"{{"input_text":"{n}"}}"#)).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    runs(&one, &home);
    for dialect in ["gentrace", "znyx"] {
        // A test case is a write, a thousand samples are one.
        let wanted = if dialect == "znyx" { vec!["many", "guard"] } else { vec!["--all"] };
        if dialect == "znyx" {
            samples(&one, &home, "many", &many);
        }
        let (http, count) = (Http::new(&two.base()), AtomicUsize::new(0));
        let upstream = Upstream::start(move |asked: &Asked, stream: &mut TcpStream| {
            let mut request = Request::new(&asked.method, &asked.path);
            for (name, value) in &asked.headers {
                if ["authorization", "content-type"].contains(&name.as_str()) {
                    request = request.header(name, value);
                }
            }
            request.payload = Payload::Bytes(asked.body.clone());
            let write = asked.method == "POST";
            let place = if write { count.fetch_add(1, Ordering::Relaxed) % 12 } else { 11 };
            let refuse = |stream: &mut TcpStream, more: &str| {
                let head = format!("HTTP/1.1 503 X\r\n{more}Content-Length: 0\r\n\r\n");
                stream.write_all(head.as_bytes())
            };
            if write && place % 3 == 0 {
                return refuse(stream, "");
            }
            let answer = http.send(&request).map_err(std::io::Error::other)?;
            if write && place % 4 == 1 {
                return refuse(stream, "Retry-After: 0\r\n");
            }
            let (status, length) = (answer.status, answer.body.len());
            let head = format!("HTTP/1.1 {status} X\r\nContent-Length: {length}\r\n\r\n");
            stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&answer.body))
        });
        let house = House::fresh(&two, dialect);
        let target = house.address(&upstream.base(), dialect);
        // Several are pushed at the same time, and one may meet many of the refusals.
        let patient: &[&str] = &[&target, "--retries", "20", "--json"];
        let push = [&["push"], wanted.as_slice(), patient].concat();
        let report = document(bridge(&one, "", &house.key, &push));
        assert_eq!(text(&report, "/complete"), "true", "{report:?}");
        let made = (datasets(&two, &house).len(), run_counts(&two, &house));
        let expected = if dialect == "znyx" { (2, (0, 0)) } else { (4, (1, 0)) };
        assert_eq!(made, expected, "nothing is there twice");
        let straight = house.address(&two.base(), dialect);
        let mut verify = vec!["verify", "store", &straight, "--json"];
        let chosen = wanted.iter().filter(|name| **name != "--all");
        verify.extend(chosen.flat_map(|name| ["--dataset", name]));
        let verdict = document(bridge(&one, "", &house.key, &verify));
        assert_eq!(text(&verdict, "/equal"), "true");
    }
}

/// How many may be asked for is nowhere documented.
fn sets_the_pace(backend: Backend) {
    let (one, two) = two(backend);
    let home = House::default();
    let http = Http::new(&one.base());
    let upstream = Upstream::start(move |asked: &Asked, stream: &mut TcpStream| {
        let (status, body) = if asked.path.contains("limit=") {
            (422, b"{\"detail\":[]}".to_vec())
        } else {
            // Pages of two, whatever is asked for.
            let request = Request::new("GET", &format!("{}&limit=2", asked.path))
                .header("Authorization", &asked.headers["authorization"]);
            let answer = http.send(&request).map_err(std::io::Error::other)?;
            (answer.status, answer.body)
        };
        let length = body.len();
        let head = format!("HTTP/1.1 {status} X\r\nContent-Length: {length}\r\n\r\n");
        stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body))
    });
    let source = home.address(&upstream.base(), "znyx");
    let report = document(bridge(&two, &home.key, "", &["pull", &source, "--json"]));
    assert_eq!(text(&report, "/complete"), "true", "{report:?}");
    assert_eq!(datasets(&two, &home), datasets(&one, &home));
}

fn refuses(backend: Backend) {
    let (one, two) = two(backend);
    let home = House::default();
    let source = home.address(&one.base(), "znyx");
    let denied = run(bridge(&two, "nobody's key", "", &["pull", &source]));
    assert_eq!(denied.status.code(), Some(1), "{denied:?}");
    assert!(denied.stderr.contains("answers 401"), "{denied:?}");
    assert!(!denied.stderr.contains("nobody's key"), "{denied:?}");
    let away = home.address(&format!("http://{NOBODY}"), "aegis");
    let nobody = run(bridge(&two, "", "", &["pull", &away, "--retries", "1"]));
    assert!(nobody.stderr.contains("cannot be reached"), "{nobody:?}");
    let strange = Upstream::start(|_, stream| {
        stream.write_all(b"HTTP/1.1 200 X\r\nContent-Length: 6\r\n\r\n<html>")
    });
    for dialect in DIALECTS {
        let source = home.address(&strange.base(), dialect);
        let output = run(bridge(&two, "", "", &["pull", &source, "--retries", "1"]));
        assert_eq!(output.status.code(), Some(1), "{dialect}: {output:?}");
        assert!(output.stderr.contains("no JSON"), "{dialect}: {output:?}");
    }
}

fn many(backend: Backend) {
    let (one, two) = (Gateway::start(backend), Gateway::start(backend));
    let home = House::default();
    for n in 0..120 {
        records(&one, &home, &format!("desk {n}"), "input\na\nb\nc\n");
    }
    let source = home.address(&one.base(), "aegis");
    let report = document(bridge(&two, &home.key, "", &["pull", &source, "--json"]));
    assert_eq!(items(&report, "/datasets").len(), 120);
    assert_eq!(text(&report, "/complete"), "true");
    assert_eq!(datasets(&two, &home).len(), 120);
}

/// How much memory a pull of a dataset of so many records takes at the most, in KiB.
fn memory(one: &Gateway, two: &Gateway, org: &str, dataset: &str) -> u64 {
    let home = House::default();
    let source = home.address(&one.base(), "gentrace");
    let mut pull =
        bridge(two, &home.key, "", &["pull", &source, "--org", org, "--dataset", dataset]);
    let mut child = pull.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it runs");
    let mut most = 0;
    while child.try_wait().expect("a child of ours").is_none() {
        let status = std::fs::read_to_string(format!("/proc/{}/status", child.id()));
        let peak = status.ok().and_then(|status| {
            let line = status.lines().find(|line| line.starts_with("VmHWM:"))?.to_owned();
            line.split_whitespace().nth(1)?.parse::<u64>().ok()
        });
        most = most.max(peak.unwrap_or(0));
        std::thread::sleep(Duration::from_millis(5));
    }
    assert!(child.wait().expect("it ends").success());
    assert!(most > 1024, "nothing was measured");
    most
}

fn long(backend: Backend) {
    let (one, two) = (Gateway::start(backend), Gateway::start(backend));
    let home = House::default();
    let row = format!("question,{}\n", "answer ".repeat(400));
    let houses = [("short", 2_000), ("long", 30_000)].map(|(name, rows)| {
        records(&one, &home, name, &format!("input,golden_answer\n{}", row.repeat(rows)));
        House::fresh(&two, name)
    });
    let short = memory(&one, &two, "short", "short");
    let long = memory(&one, &two, "long", "long");
    // The long one has 75 MiB of texts more.
    assert!(long < short + 25 * 1024, "{short} KiB for the short one, {long} for the long one");
    let there = datasets(&one, &home);
    for house in &houses {
        let here = datasets(&two, house);
        let copy = digests(&two, house, &here[&house.org]);
        assert!(copy == digests(&one, &home, &there[&house.org]), "{}", house.org);
    }
}
