//! What the vendor has done and the gateway could not: kept, tried again, shown.

use std::sync::mpsc::channel;
use std::time::Duration;

use super::{Client, beside, config, metric, misses, text, wait_until};
use crate::gateway::{ADMIN_KEY, Backend, Gateway};
use crate::trials::Trials;
use crate::wire::client::{Http, Request};

/// Lists the cases.
pub fn list(trials: &mut Trials) {
    trials.both("mirroring::what_fails_here_is_made_up_for_in_its_order", made_up_for);
    trials.both("mirroring::what_is_refused_here_is_shown_and_tried_again_on_demand", refused);
    trials.both("mirroring::a_database_that_cannot_be_asked_here_loses_nothing", out_of_order);
    trials.both("mirroring::kills_leave_no_copy_twice_and_none_out", kills);
    trials.both("mirroring::a_key_that_may_only_read_here", read_only);
}

fn made_up_for(backend: Backend) {
    let vendor = Gateway::start(backend);
    let mut gateway = beside(backend, &vendor.base(), "mirror", "");
    // Our side fails as long as a table is missing.
    gateway.database().sql("ALTER TABLE pipelines RENAME TO pipelines_away");
    let client = Client::of(&gateway);
    let pipeline = text(&client.call("POST", "/api/v4/pipelines", r#"{"slug":"p"}"#), "/id");
    let body = format!(r#"{{"name":"d","description":null,"pipelineId":"{pipeline}"}}"#);
    let dataset = text(&client.call("POST", "/api/v4/datasets", &body), "/id");
    let body = format!(r#"{{"datasetId":"{dataset}","name":"c","inputs":{{"a":1}}}}"#);
    let case = text(&client.call("POST", "/api/v4/test-cases", &body), "/id");
    // Another dialect's calls do not wait for these.
    let number = text(&client.upload("u", "output\nx\n"), "/id");
    let list = misses(&gateway);
    let routes: Vec<String> = list.iter().map(|miss| text(miss, "/route")).collect();
    let prefix = "POST /api/v4/";
    let expected = ["pipelines", "datasets", "test-cases"].map(|what| format!("{prefix}{what}"));
    assert_eq!(routes, expected, "{list:?}\n{}", gateway.log());
    assert!(list.iter().all(|miss| text(miss, "/state") == "waiting"), "{list:?}");
    let queued = ["outcome=\"queued\"", "dialect=\"gentrace\""];
    assert_eq!(metric(&gateway, "evalstone_mirror_calls_total", &queued), 3.0);
    gateway.kill();
    gateway.resume();
    assert_eq!(misses(&gateway).len(), 3, "a restart loses none");
    wait_until("a second try", &gateway, || text(&misses(&gateway)[0], "/tries") != "1");
    let waiting = ["state=\"waiting\"", "dialect=\"gentrace\""];
    wait_until("they are shown", &gateway, || {
        metric(&gateway, "evalstone_mirror_misses", &waiting) == 3.0
    });
    gateway.database().sql("ALTER TABLE pipelines_away RENAME TO pipelines");
    gateway.cli_json(&["mirror", "retry", "--org", "default", "--json"]);
    wait_until("nothing is missed", &gateway, || misses(&gateway).is_empty());
    assert_eq!(gateway.database().sql("SELECT count(*) FROM miss_pieces"), "0");
    gateway.kill();
    gateway.configure(&config(&vendor.base(), "off", ""));
    gateway.resume();
    let (ours, theirs) = (Client::of(&gateway), Client::of(&vendor));
    assert_eq!(ours.digest(&dataset), theirs.digest(&dataset));
    assert_eq!(ours.digest(&number), theirs.digest(&number));
    let found = ours.get(&format!("/api/v4/test-cases/{case}"));
    assert_eq!((text(&found, "/datasetId"), text(&found, "/pipelineId")), (dataset, pipeline));
}

fn refused(backend: Backend) {
    let vendor = Gateway::start(backend);
    let mut gateway = beside(backend, &vendor.base(), "mirror", "[limits]\njson_body = \"1KiB\"\n");
    let client = Client::of(&gateway);
    let body = r#"{"name":"d","description":null,"pipelineId":"default"}"#;
    let dataset = text(&client.call("POST", "/api/v4/datasets", body), "/id");
    let long = "x".repeat(2_000_000);
    let body = format!(r#"{{"datasetId":"{dataset}","name":"long","inputs":{{"a":"{long}"}}}}"#);
    let case = text(&client.call("POST", "/api/v4/test-cases", &body), "/id");
    // What is refused holds nothing up.
    let body = format!(r#"{{"datasetId":"{dataset}","name":"short","inputs":{{"a":1}}}}"#);
    client.call("POST", "/api/v4/test-cases", &body);
    let list = misses(&gateway);
    assert_eq!(list.len(), 1, "{list:?}");
    assert_eq!(text(&list[0], "/state"), "failed");
    assert!(text(&list[0], "/reason").starts_with("413 "), "{list:?}");
    assert_eq!(text(&list[0], "/made/id"), case);
    let failed = ["outcome=\"failed\""];
    assert_eq!(metric(&gateway, "evalstone_mirror_calls_total", &failed), 1.0);
    // Nobody's secrets are kept with it.
    let shown = gateway.cli(&["mirror", "misses", "--org", "default"]).stdout;
    assert!(shown.contains("POST /api/v4/test-cases") && !shown.contains(ADMIN_KEY), "{shown}");
    gateway.kill();
    gateway.configure(&config(&vendor.base(), "mirror", ""));
    gateway.resume();
    assert_eq!(misses(&gateway).len(), 1, "it is not tried of its own accord");
    let retried = gateway.cli_json(&["mirror", "retry", "--org", "default", "--json"]);
    assert_eq!(text(&retried, "/retried"), "1");
    wait_until("it is done", &gateway, || misses(&gateway).is_empty());
    gateway.kill();
    gateway.configure("");
    gateway.resume();
    let (ours, theirs) = (Client::of(&gateway), Client::of(&vendor));
    let path = format!("/api/v4/test-cases/{case}");
    assert_eq!(ours.get(&path).at("/inputs"), theirs.get(&path).at("/inputs"));
}

fn out_of_order(backend: Backend) {
    let vendor = Gateway::start(backend);
    let mut gateway = beside(backend, &vendor.base(), "mirror", "");
    let client = Client::of(&gateway);
    // Neither can be told whose calls these are, nor can they be kept.
    for table in ["api_keys", "misses"] {
        gateway.database().sql(&format!("ALTER TABLE {table} RENAME TO {table}_away"));
    }
    let base = "/v1/orgs/default/datasets";
    let dataset = text(&client.call("POST", base, r#"{"name":"n"}"#), "/id");
    let samples = r#"{"samples":[{"input_text":"one"}]}"#;
    client.call("POST", &format!("{base}/{dataset}/samples"), samples);
    gateway.database().sql("ALTER TABLE api_keys_away RENAME TO api_keys");
    client.call("POST", &format!("{base}/{dataset}/samples"), samples);
    gateway.database().sql("ALTER TABLE misses_away RENAME TO misses");
    let done = || metric(&gateway, "evalstone_mirror_calls_total", &["outcome=\"done\""]);
    let made_up = || metric(&gateway, "evalstone_mirror_calls_total", &["outcome=\"made_up\""]);
    wait_until("all three are done", &gateway, || done() + made_up() == 3.0);
    assert!(misses(&gateway).is_empty(), "{}", gateway.log());
    gateway.kill();
    gateway.configure("");
    gateway.resume();
    assert_eq!(Client::of(&gateway).digest(&dataset), Client::of(&vendor).digest(&dataset));
}

/// A client that repeats what was not answered, under one name, while the mirror is killed again and again.
fn kills(backend: Backend) {
    let vendor = Gateway::start(backend);
    let mut gateway = beside(backend, &vendor.base(), "mirror", "");
    for n in 0..10 {
        let (sender, answered) = channel();
        let address = gateway.base();
        let client = std::thread::spawn(move || {
            let http = Http::new(&address);
            for round in 0..40 {
                let request = dataset_named(n, round);
                let Ok(answer) = http.send(&request) else { break };
                assert_eq!(answer.status, 200, "{answer}");
                sender.send(round).expect("the test listens");
            }
        });
        // Somewhere in the middle of it.
        std::thread::sleep(Duration::from_millis(5 + 13 * n));
        gateway.kill();
        client.join().expect("the client saw it end");
        gateway.resume();
        // What was sent last may have been done or not.
        let next = answered.try_iter().last().map_or(0, |last| last + 1);
        let answer = gateway.send(&dataset_named(n, next));
        assert_eq!(answer.status, 200, "{answer}");
    }
    wait_until("nothing is missed", &gateway, || misses(&gateway).is_empty());
    let ids = |gateway: &Gateway| {
        let sql = "SELECT id FROM datasets ORDER BY id";
        let hex = "SELECT lower(hex(id)) FROM datasets ORDER BY id";
        let ids = gateway.database().sql(if backend == Backend::Sqlite { hex } else { sql });
        ids.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    let (ours, theirs) = (ids(&gateway), ids(&vendor));
    assert!(theirs.len() >= 10 && ours == theirs, "{ours:?} and {theirs:?}");
    let bound = gateway.database().sql("SELECT count(*) FROM source_ids WHERE kind = 'dataset'");
    assert_eq!(bound, theirs.len().to_string(), "each is bound");
}

fn dataset_named(n: u64, round: u32) -> Request {
    Request::new("POST", "/v1/orgs/default/datasets")
        .bearer(ADMIN_KEY)
        .header("Idempotency-Key", &format!("{n}-{round}"))
        .json(&format!(r#"{{"name":"{n} {round}"}}"#))
}

fn read_only(backend: Backend) {
    let vendor = Gateway::start(backend);
    let gateway = beside(backend, &vendor.base(), "mirror", "");
    for (gateway, kind) in [(&vendor, "ci"), (&gateway, "runtime")] {
        let args = ["keys", "import", "--org", "default", "--kind", kind];
        let output = gateway.cli_with_input(&args, "the same key\n");
        assert!(output.status.success(), "{output:?}");
    }
    let client = Client { gateway: &gateway, key: "the same key" };
    client.call("POST", "/v1/orgs/default/datasets", r#"{"name":"n"}"#);
    let list = misses(&gateway);
    assert_eq!(list.len(), 1, "{list:?}");
    assert!(text(&list[0], "/reason").starts_with("403 "), "{list:?}");
    let id = text(&list[0], "/id");
    let forgotten = gateway.cli(&["mirror", "forget", &id, "--org", "default"]);
    assert!(forgotten.status.success() && misses(&gateway).is_empty(), "{forgotten:?}");
    assert!(!gateway.cli(&["mirror", "forget", &id, "--org", "default"]).status.success());
    assert!(!format!("{list:?}").contains("the same key") && !gateway.log().contains("same key"));
}
