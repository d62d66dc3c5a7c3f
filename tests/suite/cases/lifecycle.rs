//! How a gateway stops, and what survives when it is not asked.

use std::time::{Duration, Instant};

use crate::gateway::{ADMIN_KEY, Backend, Gateway};
use crate::json::Json;
use crate::trials::Trials;
use crate::wire::client::Request;
use crate::wire::raw::Raw;

/// Lists the cases.
pub fn list(trials: &mut Trials) {
    trials.both("lifecycle::sigterm_drains", sigterm_drains);
    trials.both("lifecycle::kill_loses_no_answered_write", kill_loses_nothing);
    trials.both("lifecycle::who_looks_into_the_database_takes_nothing_away", looked_into);
    trials.both("lifecycle::kill_in_an_upload_leaves_nothing", kill_in_an_upload);
}

fn list_datasets() -> Request {
    Request::new("GET", "/v1/orgs/default/datasets?limit=200").bearer(ADMIN_KEY)
}

fn create_dataset(name: &str) -> Request {
    Request::new("POST", "/v1/orgs/default/datasets")
        .bearer(ADMIN_KEY)
        .json(&format!(r#"{{"name": "{name}"}}"#))
}

fn sigterm_drains(backend: Backend) {
    let mut gateway = Gateway::start(backend);
    let body = r#"{"name": "in flight"}"#;
    let mut in_flight = Raw::connect(gateway.address(), Duration::from_secs(30));
    let head = format!(
        "POST /v1/orgs/default/datasets HTTP/1.1\r\nHost: gateway\r\nAuthorization: Bearer {ADMIN_KEY}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    in_flight.send(head.as_bytes()).expect("the gateway reads");
    in_flight.send(&body.as_bytes()[..5]).expect("the gateway reads");
    let start = Instant::now();
    gateway.process().terminate();
    await_unready(&gateway);
    // Load balancers have not noticed yet: whoever still comes is served.
    for number in 0..3 {
        let answer = gateway.send(&create_dataset(&format!("late {number}")));
        assert_eq!(answer.status, 200, "{answer}");
        std::thread::sleep(Duration::from_millis(200));
    }
    std::thread::sleep(Duration::from_secs(6).saturating_sub(start.elapsed()));
    in_flight.send(&body.as_bytes()[5..]).expect("the request in flight may end");
    let answer = in_flight.answer().expect("the request in flight is answered");
    assert_eq!(answer.status, 200, "{answer}");
    let status = gateway.process().wait(Duration::from_secs(30));
    assert!(status.success(), "{status}");
    gateway.kill();
    gateway.resume();
    let names = gateway.send(&list_datasets());
    for name in ["in flight", "late 0", "late 2"] {
        assert!(names.to_string().contains(name), "{name} is lost\n{names}");
    }
}

fn await_unready(gateway: &Gateway) {
    let deadline = Instant::now() + Duration::from_secs(2);
    loop {
        let answer = gateway.send(&Request::new("GET", "/readyz"));
        if answer.status == 503 {
            return;
        }
        assert!(Instant::now() < deadline, "/readyz does not show the stop\n{answer}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Another process that opens the gateway's database, and closes it, takes nothing away from it.
fn looked_into(backend: Backend) {
    let mut gateway = Gateway::start(backend);
    for number in 0..3 {
        gateway.database().sql("SELECT count(*) FROM datasets");
        let answer = gateway.send(&create_dataset(&format!("written {number}")));
        assert_eq!(answer.status, 200, "{answer}");
    }
    gateway.kill();
    gateway.resume();
    let names = gateway.send(&list_datasets());
    for number in 0..3 {
        let name = format!("written {number}");
        assert!(names.to_string().contains(&name), "{name} is lost\n{names}");
    }
}

fn kill_loses_nothing(backend: Backend) {
    let mut gateway = Gateway::start(backend);
    for round in 0..3 {
        for number in 0..20 {
            let answer = gateway.send(&create_dataset(&format!("write {round}-{number}")));
            assert_eq!(answer.status, 200, "{answer}");
        }
        gateway.kill();
        gateway.resume();
        let found = gateway.send(&list_datasets());
        let total = found.json().and_then(|json| json.at("/total").and_then(Json::plain));
        assert_eq!(total, Ok(format!("{}", (round + 1) * 20)), "{found}");
    }
}

/// An upload that was under way is not half there afterwards.
fn kill_in_an_upload(backend: Backend) {
    let mut gateway = Gateway::start(backend);
    let form = |tail: &str| {
        let rows = "a question,an answer\n".repeat(200_000);
        format!(
            "--cut\r\nContent-Disposition: form-data; name=\"selected_metrics\"\r\n\r\n{{\"1\":{{\"threshold\":70}}}}\r\n\
             --cut\r\nContent-Disposition: form-data; name=\"file\"; filename=\"big.csv\"\r\n\r\ninput,output\n{rows}\r\n{tail}"
        )
    };
    let whole = form("--cut--\r\n");
    let mut connection = Raw::connect(gateway.address(), Duration::from_secs(60));
    let head = format!(
        "POST /api/v1/datasets HTTP/1.1\r\nHost: gateway\r\nAuthorization: Bearer {ADMIN_KEY}\r\n\
         Content-Type: multipart/form-data; boundary=cut\r\nContent-Length: {}\r\n\r\n",
        whole.len()
    );
    connection.send(head.as_bytes()).expect("the gateway reads");
    connection.send(whole.as_bytes()).expect("the gateway reads");
    await_sql(&gateway, loaded_so_far(backend), |rows| rows != "0");
    gateway.kill();
    assert!(connection.answer().is_err(), "the upload was over before the kill");
    // On SQLite the rows are there, in a dataset that nobody can see; Postgres has taken them back.
    let left = gateway.database().sql("SELECT count(*) FROM cases");
    assert_eq!(left != "0", backend == Backend::Sqlite, "{left} rows are left");
    gateway.resume();
    let found = gateway.send(&list_datasets());
    assert!(found.to_string().contains(r#"{"total":0,"#), "{found}");
    let leftovers = "SELECT (SELECT count(*) FROM cases) + (SELECT count(*) FROM datasets) \
                     + (SELECT count(*) FROM dataset_facets)";
    await_sql(&gateway, leftovers, |rows| rows == "0");
}

/// How many rows an upload that is under way has brought to the database.
fn loaded_so_far(backend: Backend) -> &'static str {
    match backend {
        Backend::Sqlite => "SELECT count(*) FROM cases",
        // What its transaction has written cannot be seen, but that it writes.
        Backend::Postgres => {
            "SELECT coalesce(max(tuples_processed), 0) FROM pg_stat_progress_copy \
             WHERE datname = current_database()"
        }
    }
}

/// Asks the database behind the gateway's back until its answer is the one that is waited for.
pub(super) fn await_sql(gateway: &Gateway, query: &str, is_awaited: fn(&str) -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let answer = gateway.database().sql(query);
        if is_awaited(&answer) {
            return;
        }
        assert!(Instant::now() < deadline, "{query} still gives {answer}\n{}", gateway.log());
        std::thread::sleep(Duration::from_millis(5));
    }
}
