//! What the vendor has done and the gateway could not: kept, tried again, shown.

use super::{Client, beside, config, metric, misses, text, wait_until};
use crate::gateway::{ADMIN_KEY, Backend, Gateway};
use crate::trials::Trials;

/// Lists the cases.
pub fn list(trials: &mut Trials) {
    trials.both("mirroring::what_fails_here_is_made_up_for_in_its_order", made_up_for);
    trials.both("mirroring::what_is_refused_here_is_shown_and_tried_again_on_demand", refused);
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
    assert!(routes.starts_with(&expected), "{list:?}\n{}", gateway.log());
    assert!(list.iter().all(|miss| text(miss, "/state") == "waiting"), "{list:?}");
    let queued = ["outcome=\"queued\"", "dialect=\"gentrace\""];
    assert_eq!(metric(&gateway, "evalstone_mirror_calls_total", &queued), 3.0);
    gateway.kill();
    gateway.resume();
    assert!(misses(&gateway).len() >= 3, "a restart loses none");
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
    assert!(!format!("{list:?}").contains("the same key") && !gateway.log().contains("same key"));
}
