//! The first start, our own routes, and where settings come from.

use std::os::unix::fs::PermissionsExt as _;

use crate::gateway::{Gateway, Home};

const DATASET: &str = "/evalstone/datasets/00000000-0000-7000-8000-000000000000/digest";

#[test]
fn the_first_start_makes_everything_and_shows_the_key_once() {
    let home = Home::new();
    let gateway = home.serve();
    let address = gateway.address;
    let (output, _) = gateway.finish();
    let key = output.lines().find_map(|line| line.trim().strip_prefix("evs_")).expect("a key");
    assert_eq!(key.len(), 38);
    for title in ["ZNYX:", "Aegis Evals:", "Gentrace:"] {
        assert!(output.contains(title), "{output}");
    }
    assert!(output.contains(&format!("http://{address}")), "{output}");
    let mode = home.path("data").metadata().expect("it was made").permissions().mode();
    assert_eq!(mode & 0o777, 0o700);

    let again = home.serve();
    assert_eq!(again.get_with_key(DATASET, &format!("evs_{key}")).status(), 404);
    assert_eq!(again.get_with_key(DATASET, "evs_other").status(), 401);
    let (output, log) = again.finish();
    assert!(!output.contains("evs_"), "{output}");
    assert!(!log.contains(key), "{log}");
}

#[test]
fn a_bootstrap_key_is_registered_instead() {
    let home = Home::new();
    for _ in 0..2 {
        let mut command = home.command(&["--listen", "127.0.0.1:0"]);
        command.env("EVALSTONE_BOOTSTRAP_KEY", "My API Key");
        let gateway = Gateway::start(command);
        assert_eq!(gateway.get_with_key(DATASET, "My API Key").status(), 404);
        assert!(!gateway.finish().0.contains("Admin key"));
    }
    let keys = home.json(&["keys", "list", "--org", "default", "--json"]);
    assert_eq!(keys.as_array().map(Vec::len), Some(1));
    assert_eq!(keys[0]["kind"], "admin");

    let number = keys[0]["number"].to_string();
    home.ok(&["keys", "revoke", "--org", "default", &number]);
    let mut command = home.command(&["--listen", "127.0.0.1:0"]);
    command.env("EVALSTONE_BOOTSTRAP_KEY", "My API Key");
    let gateway = Gateway::start(command);
    assert_eq!(gateway.get_with_key(DATASET, "My API Key").status(), 401, "revoked is revoked");
}

#[test]
fn our_own_routes_answer() {
    let home = Home::new();
    let gateway = home.serve();
    assert_eq!(gateway.get("/healthz").json()["status"], "ok");
    assert_eq!(gateway.get("/readyz").json()["status"], "ready");
    assert_eq!(gateway.get("//healthz/").status(), 200, "slashes do not matter");
    let metrics = gateway.get("/metrics");
    assert_eq!(metrics.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    for name in [
        "evalstone_build_info{version=",
        "evalstone_database_connections{state=\"in_use\"}",
        "evalstone_writer_queue_length",
        "process_resident_memory_bytes",
        "evalstone_http_requests_total{dialect=\"own\",route=\"/readyz\",method=\"GET\",status=\"200\"}",
        "evalstone_http_request_duration_seconds_bucket{",
    ] {
        assert!(metrics.body().contains(name), "{name}: {}", metrics.body());
    }
}

#[test]
fn failures_outside_the_dialects_are_problems() {
    let home = Home::new();
    let gateway = home.serve();
    for (answer, status) in [
        (gateway.get("/"), 404),
        (gateway.get("/nowhere?secret=1"), 404),
        (gateway.get(DATASET), 401),
        (gateway.exchange("DELETE /readyz HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n"), 405),
    ] {
        assert_eq!(answer.status(), status, "{answer:?}");
        assert_eq!(answer.header("content-type"), Some("application/problem+json"));
        assert!(answer.header("x-request-id").is_some(), "{answer:?}");
        assert_eq!(answer.json()["status"], status);
    }
    assert!(!gateway.get("/nowhere?secret=1").body().contains("secret"));
}

#[test]
fn a_log_in_json_is_one_object_a_line() {
    let home = Home::new();
    std::fs::write(home.path("e.toml"), "[log]\nformat = \"json\"\n").expect("written");
    let gateway = Gateway::start(home.command(&["--config", "e.toml", "--listen", "127.0.0.1:0"]));
    gateway.get("/healthz");
    let (_, log) = gateway.finish();
    let lines: Vec<serde_json::Value> =
        log.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let request = lines.iter().find(|line| line["fields"]["route"] == "/healthz");
    assert_eq!(request.expect("logged")["fields"]["status"], 200);
}

#[test]
fn a_port_in_use_is_said_so_and_costs_no_key() {
    let home = Home::new();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = taken.local_addr().expect("bound").to_string();
    let error = home.fails(1, &["serve", "--listen", &address]);
    assert!(error.contains(&format!("error: cannot listen on {address}")), "{error}");
    assert!(home.serve().finish().0.contains("evs_"));
}

#[test]
fn a_dialect_can_be_switched_off_and_be_served_alone() {
    let home = Home::new();
    let text = "[dialects.znyx]\nlisten = \"127.0.0.1:0\"\n[dialects.aegis]\nenabled = false\n";
    std::fs::write(home.path("e.toml"), text).expect("written");
    let mut gateway =
        Gateway::start(home.command(&["--config", "e.toml", "--listen", "127.0.0.1:0"]));

    let datasets = "/v1/orgs/default/datasets";
    assert_eq!(gateway.get(datasets).status(), 401);
    assert!(gateway.get(datasets).json()["detail"].is_string());
    let problem = Some("application/problem+json");
    assert_ne!(gateway.get("/api/v4/datasets").header("content-type"), problem);
    let off = gateway.get("/api/v1/datasets");
    assert_eq!(off.json().get("detail"), None, "{off:?}");

    let line = gateway.logs("serving one dialect alone dialect=\"znyx\"");
    let alone = line.split(['[', ']']).nth(1).and_then(|address| address.parse().ok());
    gateway.address = alone.unwrap_or_else(|| panic!("no address in {line}"));
    assert_eq!(gateway.get(datasets).status(), 401);
    for path in ["/healthz", "/api/v4/datasets"] {
        let answer = gateway.get(path);
        assert_eq!((answer.status(), answer.header("content-type")), (404, problem), "{path}");
    }
}
