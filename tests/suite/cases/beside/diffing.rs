//! The gateway answers, and the vendor's answers are compared with its own.

use std::net::TcpStream;
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::flows::{self, Left};
use super::{Client, beside, config, metric, text, wait_until};
use crate::gateway::{ADMIN_KEY, Backend, Gateway};
use crate::json::Json;
use crate::trials::Trials;
use crate::upstream::{Asked, Canned, NOBODY, Upstream};
use crate::wire::Answer;
use crate::wire::client::{Http, Payload, Request};

/// Lists the cases.
pub fn list(trials: &mut Trials) {
    trials.both("diffing::a_second_gateway_never_differs", never_differs);
    trials.both("diffing::each_difference_is_found_and_nothing_else", each_difference);
    trials.both("diffing::a_vendor_that_does_not_answer_is_no_difference", no_answer);
    trials.both("diffing::answers_do_not_wait_for_the_vendor", no_waiting);
}

const CALLS: &str = "evalstone_diff_calls_total";

/// Waits until every call has been compared, or not, and says how many were.
fn settled(gateway: &Gateway) -> f64 {
    let calls = || {
        let answered = ["znyx", "aegis", "gentrace"].map(|dialect| {
            let label = format!("dialect=\"{dialect}\"");
            metric(gateway, "evalstone_http_requests_total", &[&label])
        });
        answered.iter().sum::<f64>()
    };
    wait_until("all is compared", gateway, || metric(gateway, CALLS, &[]) >= calls());
    metric(gateway, CALLS, &["outcome=\"compared\""])
}

/// The differences that were found since the last time.
fn report(gateway: &Gateway) -> Vec<Json> {
    settled(gateway);
    let args = ["diff", "report", "--org", "default", "--json", "--clear"];
    gateway.cli_json(&args).items().expect("a list").to_vec()
}

fn never_differs(backend: Backend) {
    let vendor = Gateway::start(backend);
    // Ids of the vendor's own are others, as numbers and as UUIDs.
    Client::of(&vendor).upload("before", "output\nx\n");
    Client::of(&vendor).call("DELETE", "/api/v1/datasets/1", "");
    let gateway = beside(backend, &vendor.base(), "diff", "");
    let client = Client::of(&gateway);
    let left = flows::all(client, "default");
    for path in left.paths.iter().chain(&left.names).chain(&left.gone) {
        client.try_call("GET", path, "");
    }
    settled(&gateway);
    for path in &left.gone {
        // Nothing else passes for it, whatever the vendor gives that number.
        let answer = client.try_call("GET", path, "");
        assert!([404, 405].contains(&answer.status), "{path}: {answer}");
    }
    // Refusals are compared, too.
    client.try_call("POST", "/api/v4/datasets", "{}");
    client.try_call("POST", "/v1/orgs/default/datasets", r#"{"name":7}"#);
    client.try_call("POST", "/api/v1/data-collections", r#"{"name":""}"#);
    let compared = settled(&gateway);
    assert!(compared > 50.0, "{compared} were compared");
    assert_eq!(report(&gateway), [], "{}", gateway.log());
    assert_eq!(metric(&gateway, CALLS, &[]), compared, "nothing was left out");
    let theirs = digests(&vendor, &["before"]);
    assert_eq!(digests(&gateway, &[]), theirs, "the vendor has done all that we have");
    // What is never compared is not sent there.
    client.call("POST", "/v1/orgs/default/projects", r#"{"name":"p","environments":["dev"]}"#);
    settled(&gateway);
    assert_eq!(metric(&gateway, CALLS, &["outcome=\"not_compared\""]), 1.0);
    let projects = vendor.database().sql("SELECT count(*) FROM projects WHERE name = 'p'");
    assert_eq!(projects, "0");
}

/// The digests of all datasets, by their names.
fn digests(gateway: &Gateway, but: &[&str]) -> Vec<(String, String)> {
    let client = Client::of(gateway);
    let list = client.get("/v1/orgs/default/datasets?limit=100");
    let rows = list.at("/datasets").and_then(Json::items).expect("datasets");
    let named = rows.iter().map(|row| (text(row, "/name"), client.digest(&text(row, "/id"))));
    let mut all: Vec<_> = named.filter(|(name, _)| !but.contains(&name.as_str())).collect();
    all.sort();
    all
}

type Change = Arc<Mutex<Option<fn(&mut Answer)>>>;

/// A server that passes everything on to a gateway, and changes the answers as a test says.
fn wrong_server(vendor: &Gateway, change: &Change) -> Upstream {
    let (http, change) = (Http::new(&vendor.base()), Arc::clone(change));
    Upstream::start(move |asked: &Asked, stream: &mut TcpStream| {
        let mut request = Request::new(&asked.method, &asked.path);
        let kept = ["authorization", "content-type", "x-api-key"];
        for (name, value) in asked.headers.iter().filter(|(name, _)| kept.contains(&name.as_str()))
        {
            request = request.header(name, value);
        }
        if !asked.body.is_empty() {
            request.payload = Payload::Bytes(asked.body.clone());
        }
        let mut answer = http.send(&request).map_err(std::io::Error::other)?;
        if let Some(change) = *change.lock().expect("nobody panicked") {
            change(&mut answer);
        }
        let kind = answer.header("content-type").unwrap_or("application/json").to_owned();
        let body = String::from_utf8(answer.body).map_err(std::io::Error::other)?;
        let headers = [("Content-Type".to_owned(), kind)].into();
        let (path, body) = (asked.path.clone(), Some(body));
        Canned { path, status: answer.status, headers, json: None, body }.write(stream)
    })
}

/// Changes an answer's JSON.
fn edit(answer: &mut Answer, change: impl FnOnce(&mut Value)) {
    let mut value = serde_json::from_slice(&answer.body).expect("JSON");
    change(&mut value);
    answer.body = value.to_string().into_bytes();
}

/// A change of an answer: what is asked, how it is answered wrongly, and where and as what that is found.
type Wrong = (&'static str, fn(&mut Answer), &'static str, &'static str);

fn wrong_datasets() -> Vec<Wrong> {
    vec![
        ("dataset", |a| a.status = 500, "", "status"),
        ("dataset", |a| a.status = 404, "", "status"),
        (
            "dataset",
            |a| a.headers = vec![("content-type".into(), "text/html".into())],
            "",
            "content_type",
        ),
        ("dataset", |a| a.body = b"oops".to_vec(), "", "body"),
        ("dataset", |a| edit(a, |v| v["name"] = json!("another")), "/name", "value"),
        ("dataset", |a| edit(a, |v| v["name"] = json!(7)), "/name", "type"),
        ("dataset", |a| edit(a, |v| v["description"] = json!("")), "/description", "null"),
        (
            "dataset",
            |a| edit(a, |v| drop(v.as_object_mut().expect("an object").remove("name"))),
            "/name",
            "missing",
        ),
        ("dataset", |a| edit(a, |v| v["new"] = json!(1)), "/new", "additional"),
        ("dataset", |a| edit(a, |v| v["updatedAt"] = Value::Null), "/updatedAt", "null"),
        ("dataset", |a| edit(a, |v| v["updatedAt"] = json!("2026-01-02")), "/updatedAt", "format"),
        (
            "dataset",
            |a| edit(a, |v| v["updatedAt"] = json!("1999-01-02T03:04:05.678Z")),
            "/updatedAt",
            "sequence",
        ),
        (
            "dataset",
            |a| edit(a, |v| v["id"] = json!("00000000-0000-4000-8000-000000000001")),
            "/id",
            "id",
        ),
        (
            "dataset",
            |a| edit(a, |v| v["pipelineId"] = json!("00000000-0000-4000-8000-000000000001")),
            "/pipelineId",
            "id",
        ),
        ("cases", |a| edit(a, |v| rows(v, "data").reverse()), "/data", "order"),
        ("cases", |a| edit(a, |v| drop(rows(v, "data").pop())), "/data", "length"),
    ]
}

fn wrong_lists() -> Vec<Wrong> {
    vec![
        (
            "cases",
            |a| edit(a, |v| v["data"][1]["inputs"]["q"] = json!(9)),
            "/data/[]/inputs",
            "value",
        ),
        ("cases", |a| edit(a, |v| v["data"][0]["name"] = json!("x")), "/data/[]/name", "value"),
        (
            "samples",
            |a| edit(a, |v| rows(&mut v["samples"][0], "expected_rule_hits").reverse()),
            "/samples/[]/expected_rule_hits",
            "order",
        ),
        ("samples", |a| edit(a, |v| v["total"] = json!(5)), "/total", "value"),
        (
            "samples",
            |a| edit(a, |v| v["samples"][2]["metadata"] = json!({})),
            "/samples/[]/metadata",
            "null",
        ),
        (
            "upload",
            |a| edit(a, |v| v["records"][1]["output"] = json!("y")),
            "/records/[]/output",
            "value",
        ),
        ("upload", |a| edit(a, |v| v["org_id"] = json!(4)), "/org_id", "null"),
        ("upload", |a| edit(a, |v| v["records"][0]["id"] = json!("1")), "/records/[]/id", "type"),
        ("refused", |a| edit(a, |v| v["message"] = json!(["no"])), "/message", "type"),
        ("refused", |a| a.status = 400, "", "status"),
    ]
}

fn rows<'a>(value: &'a mut Value, name: &str) -> &'a mut Vec<Value> {
    value[name].as_array_mut().expect("a list")
}

fn each_difference(backend: Backend) {
    let vendor = Gateway::start(backend);
    let change = Change::default();
    let server = wrong_server(&vendor, &change);
    let gateway = beside(backend, &server.base(), "diff", "");
    let client = Client::of(&gateway);
    let mut left = Left::default();
    flows::gentrace(client, &mut left);
    flows::znyx(client, "default", &mut left);
    flows::aegis(client, &mut left);
    let dataset = &left.datasets[0].0;
    client.call("POST", &format!("/api/v4/datasets/{dataset}"), r#"{"name":"changed"}"#);
    let samples = &left.datasets[3].0;
    let path = |what: &str| match what {
        "dataset" => format!("/api/v4/datasets/{dataset}"),
        "cases" => format!("/api/v4/test-cases?datasetId={dataset}"),
        "samples" => format!("/v1/orgs/default/datasets/{samples}/samples"),
        "upload" => format!("/api/v1/datasets/{}", left.numbers[0]),
        _ => "/api/v4/datasets/00000000-0000-4000-8000-000000000009".to_owned(),
    };
    for what in ["dataset", "cases", "samples", "upload", "refused"] {
        client.try_call("GET", &path(what), "");
    }
    assert_eq!(report(&gateway), [], "as long as nothing is changed");
    for (what, wrong, pointer, kind) in wrong_datasets().into_iter().chain(wrong_lists()) {
        *change.lock().expect("nobody panicked") = Some(wrong);
        let answer = client.try_call("GET", &path(what), "");
        assert!(answer.status == 200 || what == "refused", "the answer is ours: {answer}");
        let found = report(&gateway);
        let named: Vec<_> = found
            .iter()
            .map(|found| (text(found, "/pointer"), text(found, "/kind"), text(found, "/count")))
            .collect();
        let expected = [(pointer.to_owned(), kind.to_owned(), "1".to_owned())];
        assert_eq!(named, expected, "{what} {pointer} {kind}: {found:?}");
        // What users have put in is told by its size only.
        let shown = text(&found[0], "/ours") + &text(&found[0], "/theirs");
        assert!(!shown.contains(ADMIN_KEY) && !shown.contains("\"q\""), "{shown}");
        if pointer == "/data/[]/inputs" {
            assert!(shown.starts_with("object of "), "{shown}");
        }
    }
    let label = ["kind=\"order\""];
    assert_eq!(metric(&gateway, "evalstone_diff_differences_total", &label), 2.0);
    let printed = gateway.cli(&["diff", "report", "--org", "default"]);
    assert!(printed.status.success() && printed.stdout.starts_with("COUNT"), "{printed:?}");
}

fn no_answer(backend: Backend) {
    let mut gateway = beside(backend, &format!("http://{NOBODY}"), "diff", "");
    Client::of(&gateway).call("POST", "/v1/orgs/default/datasets", r#"{"name":"n"}"#);
    assert_eq!(report(&gateway), []);
    assert_eq!(metric(&gateway, CALLS, &["outcome=\"unreachable\""]), 1.0);
    let busy =
        Canned { path: "/v1/orgs/default/datasets".to_owned(), status: 503, ..Canned::default() };
    let busy = Upstream::canned(&[busy]);
    gateway.kill();
    gateway.configure(&config(&busy.base(), "diff", ""));
    gateway.resume();
    Client::of(&gateway).call("POST", "/v1/orgs/default/datasets", r#"{"name":"n"}"#);
    assert_eq!(report(&gateway), []);
    assert_eq!(metric(&gateway, CALLS, &["outcome=\"unavailable\""]), 1.0);
    let stranger = Client { gateway: &gateway, key: "nobody's key" };
    assert_eq!(stranger.try_call("GET", "/v1/orgs/default/datasets", "").status, 401);
    assert_eq!(metric(&gateway, CALLS, &["outcome=\"unknown_key\""]), 1.0);
    let log = gateway.log();
    assert!(!log.contains(ADMIN_KEY) && !log.contains("nobody's key"), "{log}");
}

fn no_waiting(backend: Backend) {
    let (go, wait) = channel::<()>();
    let wait = Mutex::new(wait);
    let slow = Upstream::start(move |_, stream| {
        wait.lock().expect("nobody panicked").recv().expect("the test goes on");
        Canned { status: 404, json: Some("{}".to_owned()), ..Canned::default() }.write(stream)
    });
    let config = config(&slow.base(), "diff", "").replace("\ntimeout", "\nqueue = 2\ntimeout");
    let gateway = Gateway::start_with(backend, &crate::gateway::Settings::config(&config));
    let client = Client::of(&gateway);
    // The vendor answers none of these until all are answered here.
    for _ in 0..5 {
        client.call("POST", "/v1/orgs/default/datasets", r#"{"name":"n"}"#);
    }
    assert_eq!(metric(&gateway, CALLS, &["outcome=\"dropped\""]), 3.0);
    go.send(()).expect("the vendor waits");
    go.send(()).expect("the vendor waits");
    let found = report(&gateway);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(
        (text(&found[0], "/kind"), text(&found[0], "/count")),
        ("status".into(), "2".into())
    );
}
