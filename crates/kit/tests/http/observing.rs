//! Request ids, log lines and metrics.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, OnceLock};

use actix_web::web::ServiceConfig;
use actix_web::{HttpResponse, Responder};
use evalstone_core::error::Error;
use evalstone_kit::errors::guard;
use evalstone_kit::routes::{Paths, Routes, resource};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::fmt::MakeWriter;

use crate::served::{Failure, Served, header, not_allowed, render, status};

fn things() -> Routes {
    Routes::under("/v1", not_allowed)
        .line(resource("/things/{id}").get(get))
        .line(resource("/fault").get(fails))
        .line(resource("/panic/{id}").get(panics))
}

fn own() -> Routes {
    Routes::under("", not_allowed).line(resource("/healthz").get(get))
}

fn mount(config: &mut ServiceConfig) {
    config
        .service(things().scope(HttpResponse::NotFound).wrap(guard(render)))
        .default_service(own().or(HttpResponse::NotFound));
}

fn served() -> Served {
    Served::named(mount, || Paths::of(&[things(), own()]))
}

async fn get() -> impl Responder {
    "four"
}

async fn fails() -> Result<HttpResponse, Failure> {
    Err(Error::fault("the disk is on fire").into())
}

async fn panics() -> HttpResponse {
    panic!("as tested")
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("no writer panics").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// The process's log. It is one for all tests, so they look only for lines with their own ids.
fn log() -> &'static Log {
    static LOG: OnceLock<Log> = OnceLock::new();
    LOG.get_or_init(|| {
        let log = Log::default();
        tracing_subscriber::fmt().json().with_writer(log.clone()).init();
        log
    })
}

fn lines_with(id: &str) -> Vec<serde_json::Value> {
    let bytes = log().0.lock().expect("no writer panics").clone();
    let text = String::from_utf8(bytes).expect("UTF-8");
    let lines = text.lines().filter(|line| line.contains(id));
    lines.map(|line| serde_json::from_str(line).expect("a JSON document a line")).collect()
}

fn metrics() -> &'static PrometheusHandle {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    HANDLE.get_or_init(|| PrometheusBuilder::new().install_recorder().expect("the only recorder"))
}

fn get_as(served: &Served, path: &str, id: &str) -> String {
    served.exchange(format!(
        "GET {path} HTTP/1.1\r\nHost: t\r\nConnection: close\r\nAuthorization: Bearer hush-key\r\n\
         X-Request-Id: {id}\r\n\r\n"
    ))
}

#[test]
fn every_answer_has_an_id_and_a_good_one_is_kept() {
    let served = served();
    for path in ["/v1/things/1", "/v1/unknown", "/v1/panic/1", "/nowhere", "/healthz"] {
        assert_eq!(header(&get_as(&served, path, "mine-1"), "x-request-id"), Some("mine-1"));
        let made = served.get(path);
        assert_eq!(header(&made, "x-request-id").map(str::len), Some(36), "{made}");
    }
    for bad in ["", "two words", &"x".repeat(129), "schlüssel"] {
        let answer = get_as(&served, "/healthz", bad);
        assert_eq!(header(&answer, "x-request-id").map(str::len), Some(36), "{bad}");
    }
}

#[test]
fn a_request_is_one_line_without_what_is_private() {
    log();
    let served = served();
    get_as(&served, "/v1/things/7?secret=hush-query", "line-1");
    let lines = lines_with("line-1");
    assert_eq!(lines.len(), 1, "{lines:?}");
    let fields = &lines[0]["fields"];
    assert_eq!(fields["dialect"], "test");
    assert_eq!(fields["method"], "GET");
    assert_eq!(fields["route"], "/v1/things/{id}");
    assert_eq!(fields["status"], 200);
    assert_eq!(fields["bytes"], 4);
    assert!(fields["ms"].is_number());
    assert!(!lines[0].to_string().contains("hush"), "{lines:?}");
}

#[test]
fn an_error_is_logged_with_its_context_and_the_requests_id() {
    log();
    let answer = get_as(&served(), "/v1/fault", "fault-1");
    assert_eq!(status(&answer), 500);
    let lines = lines_with("fault-1");
    let errors: Vec<_> = lines.iter().filter(|line| line["level"] == "ERROR").collect();
    assert_eq!(errors.len(), 1, "{lines:?}");
    assert_eq!(errors[0]["fields"]["context"], "the disk is on fire");
    assert_eq!(errors[0]["span"]["request_id"], "fault-1");
}

#[test]
fn a_panic_is_logged_with_the_requests_id_and_counted_under_its_route() {
    log();
    metrics();
    get_as(&served(), "/v1/panic/9", "panic-1");
    let lines = lines_with("panic-1");
    assert!(lines.iter().any(|line| line["fields"]["panic"] == "as tested"), "{lines:?}");
    let counted = r#"{dialect="test",route="/v1/panic/{id}",method="GET",status="500"}"#;
    assert!(metrics().render().contains(counted), "{}", metrics().render());
}

#[test]
fn unknown_paths_and_methods_do_not_become_labels() {
    metrics();
    let served = served();
    served.get("/v1/what-is-this");
    served.get("/what-is-this");
    served.exchange("BREW /healthz HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n");
    let text = metrics().render();
    for labels in [
        r#"{dialect="test",route="unmatched",method="GET",status="404"}"#,
        r#"{dialect="own",route="unmatched",method="GET",status="404"}"#,
        r#"{dialect="own",route="/healthz",method="other",status="405"}"#,
    ] {
        assert!(text.contains(&format!("evalstone_http_requests_total{labels}")), "{text}");
        assert!(
            text.contains(&format!("evalstone_http_request_duration_seconds_count{labels}")),
            "{text}"
        );
    }
    assert!(!text.contains("what-is-this") && !text.contains("BREW"), "{text}");
}
