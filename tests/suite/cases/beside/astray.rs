//! Calls that look like others than they are, here or at the vendor.

use super::{Client, PATIENCE, beside, config, metric, misses, text};
use crate::gateway::{ADMIN_KEY, Backend, Gateway};
use crate::trials::Trials;
use crate::upstream::{Canned, Upstream};
use crate::wire::raw::Raw;

/// Lists the cases.
pub fn list(trials: &mut Trials) {
    trials.both("mirroring::a_vendors_number_is_not_taken_for_ours", numbers);
    trials.both("mirroring::what_is_gone_is_known_to_have_been_there", gone);
    trials.both("mirroring::a_path_is_the_one_that_is_routed", paths);
    trials.both("mirroring::no_path_leads_out_of_the_upstream", out_of_it);
    trials.both("mirroring::an_id_that_cannot_be_kept_is_none", strange_id);
}

/// A dataset and a collection of the vendor's that were there before, under numbers that are others' here.
fn numbers(backend: Backend) {
    let vendor = Gateway::start(backend);
    let mut gateway = Gateway::start(backend);
    for (of, name) in [(&vendor, "theirs"), (&gateway, "ours")] {
        let client = Client::of(of);
        assert_eq!(text(&client.upload(name, "output\nx\n"), "/id"), "1");
        let body = format!(r#"{{"name":"{name}"}}"#);
        let made = client.call("POST", "/api/v1/data-collections", &body);
        assert_eq!(text(&made, "/id"), "1");
    }
    gateway.kill();
    gateway.configure(&config(&vendor.base(), "mirror", ""));
    gateway.resume();
    let client = Client::of(&gateway);
    client.upload_into("new", "output\ny\n", Some("1"));
    client.call("DELETE", "/api/v1/datasets/1", "");
    client.call("DELETE", "/api/v1/data-collections/1", "");
    let reasons: Vec<String> = misses(&gateway).iter().map(|miss| text(miss, "/reason")).collect();
    let unknown = |kind: &str| format!("the vendor's {kind} 1 is not known here");
    assert_eq!(reasons, ["collection", "dataset", "collection"].map(unknown));
    gateway.kill();
    gateway.configure("");
    gateway.resume();
    let client = Client::of(&gateway);
    let ours = client.get("/api/v1/datasets/1");
    assert_eq!(
        (text(&ours, "/name"), text(&ours, "/records/0/output")),
        ("ours".into(), "x".into())
    );
    let collection = client.get("/api/v1/data-collections/1");
    assert_eq!(text(&collection, "/name"), "ours");
}

/// A sample whose id nobody has told.
fn gone(backend: Backend) {
    let vendor = Gateway::start(backend);
    let gateway = beside(backend, &vendor.base(), "mirror", "");
    let (client, theirs) = (Client::of(&gateway), Client::of(&vendor));
    let base = "/v1/orgs/default/datasets";
    let dataset = text(&client.call("POST", base, r#"{"name":"n"}"#), "/id");
    let samples = format!("{base}/{dataset}/samples");
    client.call("POST", &samples, r#"{"samples":[{"input_text":"one"}]}"#);
    // It is read past the mirror.
    let sample = text(&theirs.get(&samples), "/samples/0/id");
    client.call("DELETE", &format!("{samples}/{sample}"), "");
    let list = misses(&gateway);
    assert_eq!(list.len(), 1, "{list:?}");
    assert!(text(&list[0], "/reason").starts_with("404 "), "{list:?}");
    // What is known to have been made here, and is gone, is done.
    client.call("DELETE", &format!("{base}/{dataset}"), "");
    assert_eq!(misses(&gateway).len(), 1);
    assert_eq!(
        gateway.database().sql("SELECT count(*) FROM datasets WHERE hidden_at IS NULL"),
        "0"
    );
}

fn paths(backend: Backend) {
    let vendor = Gateway::start(backend);
    let gateway = beside(backend, &vendor.base(), "mirror", "");
    let client = Client::of(&gateway);
    let spelled = ["//v1/orgs/default/datasets", "/%76%31/orgs/default//datasets/"];
    for path in spelled {
        client.call("POST", path, r#"{"name":"n"}"#);
    }
    let count = |gateway: &Gateway| gateway.database().sql("SELECT count(*) FROM datasets");
    assert_eq!((count(&vendor), count(&gateway)), ("2".to_owned(), "2".to_owned()));
    assert_eq!(misses(&gateway), []);
    let answered = ["outcome=\"answered\"", "dialect=\"znyx\""];
    assert_eq!(metric(&gateway, "evalstone_upstream_calls_total", &answered), 2.0);
}

fn out_of_it(backend: Backend) {
    let vendor = Upstream::canned(&[]);
    for mode in ["mirror", "diff"] {
        let base = format!("{}/inside", vendor.base());
        let gateway = beside(backend, &base, mode, "");
        for path in ["/v1/../secret", "/api/v1/%2e%2E/secret", "/api/v4/.", "/v1/a\\..\\b"] {
            let mut raw = Raw::connect(gateway.address(), PATIENCE);
            let request =
                format!("GET {path} HTTP/1.1\r\nHost: h\r\nX-API-Key: {ADMIN_KEY}\r\n\r\n");
            raw.send(request.as_bytes()).expect("the gateway listens");
            let status = raw.answer().expect("an answer").status;
            assert!((400..500).contains(&status), "{mode} {path}: {status}");
        }
        assert_eq!(vendor.asked().len(), 0, "{mode}: nothing goes on");
    }
}

/// A vendor whose ids the database cannot hold stops nobody.
fn strange_id(backend: Backend) {
    let canned = |path: &str, json: &str| Canned {
        path: path.to_owned(),
        status: 200,
        json: Some(json.to_owned()),
        ..Canned::default()
    };
    let vendor = Upstream::canned(&[
        canned("/api/v4/datasets", r#"{"id":"a\u0000b"}"#),
        canned("/api/v4/pipelines", r#"{"id":"018f0000-0000-7000-8000-000000000001","slug":"p"}"#),
    ]);
    let gateway = beside(backend, &vendor.base(), "mirror", "");
    let client = Client::of(&gateway);
    let body = r#"{"name":"n","description":null,"pipelineId":"default"}"#;
    client.call("POST", "/api/v4/datasets", body);
    client.call("POST", "/api/v4/pipelines", r#"{"slug":"p"}"#);
    let list = misses(&gateway);
    assert_eq!(list.len(), 1, "{list:?}");
    assert_eq!(text(&list[0], "/reason"), "the answer does not tell the id of what was made");
    let done = metric(&gateway, "evalstone_mirror_calls_total", &["outcome=\"done\""]);
    assert_eq!(done, 1.0);
}
