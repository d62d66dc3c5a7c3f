//! Scoring runs: what scenarios cannot say of them, because it takes several requests at the same time, a
//! model that keeps one waiting, or a row that no dialect can make.

mod hopeless;
mod judge;
mod stage;
mod work;

use std::collections::BTreeSet;
use std::time::Duration;

use crate::gateway::Backend;
use crate::trials::Trials;
use crate::wire::raw::Raw;

use judge::Judge;
use stage::{PATIENCE, Stage, plain};

/// Lists the cases.
pub fn list(trials: &mut Trials) {
    trials.both("scorings::a_given_alias_is_had_once", a_given_alias_is_had_once);
    trials.both("scorings::made_aliases_all_differ", made_aliases_all_differ);
    trials.both("scorings::a_shared_run_is_read_by_all", a_shared_run_is_read_by_all);
    trials.both("scorings::metrics_that_are_switched_off", metrics_that_are_switched_off);
    trials.both("scorings::other_runs_are_none_of_these", other_runs_are_none_of_these);
    trials.both("scorings::a_run_is_seen_while_it_goes_on", a_run_is_seen_while_it_goes_on);
    trials.both("scorings::a_request_waits_no_longer_than_it_may", a_request_waits);
    trials.both("scorings::whoever_hangs_up_ends_no_run", whoever_hangs_up_ends_no_run);
    trials.both("scorings::a_repeated_request_waits_like_the_first", a_repetition_waits);
    work::list(trials);
    hopeless::list(trials);
}

/// A run over one row that passes.
fn body(more: &str) -> String {
    format!(
        r#"{{{more}"evaluations":[{{"metrics":["exact_match"],"data":[{{"output":"a","golden_answer":"a"}}]}}]}}"#
    )
}

fn a_given_alias_is_had_once(backend: Backend) {
    let stage = Stage::start(backend, "");
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let ask = || stage.ask("ci", "POST", "/runs/custom", &body(r#""alias":"mine","#)).status;
        let asking: Vec<_> = (0..16).map(|_| scope.spawn(ask)).collect();
        asking.into_iter().map(|asked| asked.join().expect("no panic")).collect()
    });
    let made = statuses.iter().filter(|status| **status == 201).count();
    let refused = statuses.iter().filter(|status| **status == 400).count();
    assert_eq!((made, refused), (1, 15), "{statuses:?}");
}

fn made_aliases_all_differ(backend: Backend) {
    let stage = Stage::start(backend, "");
    let aliases: BTreeSet<String> = std::thread::scope(|scope| {
        let ask = || plain(&stage.ask("ci", "POST", "/runs/custom", &body("")), "/alias");
        let asking: Vec<_> = (0..24).map(|_| scope.spawn(ask)).collect();
        asking.into_iter().map(|asked| asked.join().expect("no panic")).collect()
    });
    assert_eq!(aliases.len(), 24, "{aliases:?}");
    assert!(aliases.iter().all(|alias| alias.starts_with("Custom run 2")), "{aliases:?}");
}

fn a_shared_run_is_read_by_all(backend: Backend) {
    let stage = Stage::start(backend, "");
    let made = stage.ask("ci", "POST", "/runs/custom", &body(r#""is_blocking":true,"#));
    let run = format!("/runs/{}", plain(&made, "/id"));
    stage.gateway.database().sql("UPDATE runs SET shared = true");
    let read = stage.ask("member", "GET", &run, "");
    assert_eq!(plain(&read, "/user"), plain(&made, "/user"));
    plain(&read, "/org_id");
    assert_eq!(stage.ask("member", "GET", &format!("{run}/download"), "").status, 200);
    assert_eq!(stage.ask("other", "GET", &run, "").status, 404);
    let refused = stage.ask("member", "DELETE", &run, "");
    let why = r#"{"detail":"only its owner may delete this run"}"#;
    assert_eq!((refused.status, refused.text()), (403, Ok(why)));
    stage.gateway.database().sql("UPDATE runs SET owner_id = NULL");
    let read = stage.ask("member", "GET", &run, "");
    assert!(read.text().is_ok_and(|text| text.contains(r#""user":null,"#)), "{read}");
    let refused = stage.ask("member", "DELETE", &run, "");
    let why = r#"{"detail":"only an administrator of the organization may delete this run"}"#;
    assert_eq!((refused.status, refused.text()), (403, Ok(why)));
    assert_eq!(stage.ask("admin", "DELETE", &run, "").status, 204);
    assert_eq!(stage.ask("member", "GET", &run, "").status, 404);
}

fn metrics_that_are_switched_off(backend: Backend) {
    let stage = Stage::start(backend, "");
    let dataset = stage.upload("d", "output,golden_answer\na,a\n", r#"{"7":{"threshold":1}}"#);
    let switch_off = "UPDATE metrics SET active = false WHERE id = 7";
    stage.gateway.database().sql(switch_off);
    let require = "UPDATE metrics SET arguments = \
         '[{\"name\": \"schema\", \"types\": [\"object\"], \"required\": true}]' WHERE id = 16";
    stage.gateway.database().sql(require);
    let inactive = r#"{"detail":"metric 7 (exact_match) is not active"}"#;
    let required = r#"{"detail":"metric 16 (json_schema_match) requires the argument schema"}"#;
    let over = format!(r#"{{"dataset_id":{dataset}}}"#);
    let wants =
        |metric: &str| format!(r#"{{"evaluations":[{{"metrics":[{metric}],"data":[{{}}]}}]}}"#);
    for (path, body, why) in [
        ("/evaluate", r#"{"metric_shortname":"exact_match"}"#.to_owned(), inactive),
        ("/runs/custom", wants(r#""exact_match""#), inactive),
        ("/runs/dataset", over, inactive),
        ("/evaluate", r#"{"metric_shortname":"json_schema_match"}"#.to_owned(), required),
        ("/runs/custom", wants(r#""json_schema_match""#), required),
        ("/runs/custom", wants(r#"{"metric":"json_schema_match","metric_args":{}}"#), required),
    ] {
        let refused = stage.ask("ci", "POST", path, &body);
        assert_eq!((refused.status, refused.text()), (400, Ok(why)), "{path} {body}");
    }
    let listed = stage.ask("ci", "GET", "/metrics", "");
    assert_eq!(plain(&listed, "/6/is_active"), "false");
    let given = r#"{"metric":"json_schema_match","metric_args":{"schema":{"type":"string"}}}"#;
    assert_eq!(stage.ask("ci", "POST", "/runs/custom", &wants(given)).status, 201);
}

fn other_runs_are_none_of_these(backend: Backend) {
    let stage = Stage::start(backend, "");
    let made = stage.ask_at("ci", "POST", "/v1/orgs/default/datasets", r#"{"name":"d"}"#);
    let policy = format!(r#"{{"dataset_id":"{}","policy":{{"pii":{{}}}}}}"#, plain(&made, "/id"));
    plain(&stage.ask_at("ci", "POST", "/v1/orgs/default/benchmarks", &policy), "/id");
    let number = stage.gateway.database().sql("SELECT number FROM runs WHERE kind = 'benchmark'");
    for (method, tail) in [("GET", ""), ("GET", "/download"), ("DELETE", "")] {
        let answer = stage.ask("ci", method, &format!("/runs/{number}{tail}"), "");
        assert_eq!((answer.status, answer.text()), (404, Ok(r#"{"detail":"Run not found"}"#)));
    }
}

fn a_run_is_seen_while_it_goes_on(backend: Backend) {
    let judge = Judge::start(0);
    let stage = Stage::judged(backend, &judge, "");
    let dataset = stage.questions("d", 40);
    let run = stage.run(&dataset, "");
    let report = format!("/runs/{run}/download");
    judge.await_questions(1);
    let nothing = stage.ask("ci", "GET", &report, "");
    let why = r#"{"detail":"Evaluation of this run not found"}"#;
    assert_eq!((nothing.status, nothing.text()), (404, Ok(why)));
    judge.allow(20);
    let shown = stage.await_completed(&run, "16");
    let text = shown.text().expect("a text");
    for part in [
        r#""number_of_metrics":1,"result":null,"threshold":50,"#,
        r#""aggregate_results":{},"started_at":"2"#,
        r#""finished_at":null,"is_gte_threshold":null,"evaluations":[{"#,
        r#""progress":{"completed":16,"total":40}}"#,
    ] {
        assert!(text.contains(part), "{part} in {shown}");
    }
    assert_eq!(text.matches(r#""is_success":true,"is_gte_threshold":true,"#).count(), 16);
    let lines = stage.ask("ci", "GET", &report, "");
    assert_eq!(lines.text().expect("a text").lines().count(), 17, "{lines}");
    let whole = stage.ask("ci", "GET", &format!("/datasets/{dataset}"), "");
    assert_eq!(plain(&whole, "/runs/0/id"), run);
    assert_eq!(plain(&whole, "/evaluations/15/run_id"), run);
    judge.allow(100);
    stage.assert_whole(&stage.ended(&run), 40);
}

fn a_request_waits(backend: Backend) {
    let judge = Judge::start(0);
    let wait = "[dialects.aegis.runs]\nblocking_wait = \"300ms\"\n";
    let stage = Stage::judged(backend, &judge, wait);
    let evaluation = r#"{"metric_shortname":"ans_rel","input":"q","output":"a"}"#;
    let late = stage.ask("ci", "POST", "/evaluate", evaluation);
    let run = plain(&stage.ask("ci", "GET", "/runs/1", ""), "/id");
    let why = format!(
        r#"{{"detail":"The evaluation takes longer than a request may; GET /api/v1/runs/{run} gives it"}}"#
    );
    assert_eq!((late.status, late.text()), (503, Ok(why.as_str())));
    assert_eq!(late.header("retry-after"), Some("10"));
    let dataset = stage.questions("d", 3);
    let over = format!(r#"{{"dataset_id":{dataset},"is_blocking":true}}"#);
    let begun = stage.ask("ci", "POST", "/runs/dataset", &over);
    assert_eq!(plain(&begun, "/progress/completed"), "0", "{begun}");
    assert!(begun.text().is_ok_and(|text| text.contains(r#""finished_at":null"#)), "{begun}");
    judge.allow(100);
    assert_eq!(plain(&stage.ended(&run), "/evaluations/0/result"), "100");
    stage.assert_whole(&stage.ended(&plain(&begun, "/id")), 3);
}

fn whoever_hangs_up_ends_no_run(backend: Backend) {
    let judge = Judge::start(0);
    let stage = Stage::judged(backend, &judge, "");
    let dataset = stage.questions("d", 40);
    let body = format!(r#"{{"dataset_id":{dataset},"is_blocking":true}}"#);
    let key = stage.identities.key("ci").expect("an identity");
    let head = format!(
        "POST /api/v1/runs/dataset HTTP/1.1\r\nHost: gateway\r\nAuthorization: Bearer {key}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    let mut connection = Raw::connect(stage.gateway.address(), PATIENCE);
    connection.send((head + &body).as_bytes()).expect("the gateway reads");
    judge.await_questions(1);
    connection.is_silent().expect("the request waits");
    drop(connection);
    judge.allow(100);
    let whole = stage.ask("ci", "GET", &format!("/datasets/{dataset}"), "");
    stage.assert_whole(&stage.ended(&plain(&whole, "/runs/0/id")), 40);
}

/// Whoever hung up and asks again with the same key wants the run's end, too.
fn a_repetition_waits(backend: Backend) {
    let judge = Judge::start(0);
    let stage = Stage::judged(backend, &judge, "");
    let dataset = stage.questions("d", 3);
    let evaluation = r#"{"metric_shortname":"ans_rel","input":"q","output":"a"}"#.to_owned();
    let over = format!(r#"{{"dataset_id":{dataset},"is_blocking":true}}"#);
    let mut asked = 0;
    for (path, body, questions) in [("evaluate", evaluation, 1), ("runs/dataset", over, 3)] {
        let ask = || {
            let request = stage.request("ci", "POST", &format!("/api/v1/{path}"), &body);
            stage.gateway.send(&request.header("Idempotency-Key", path))
        };
        let (first, again) = std::thread::scope(|scope| {
            let first = scope.spawn(ask);
            asked += questions;
            judge.await_questions(asked);
            let again = scope.spawn(ask);
            std::thread::sleep(Duration::from_millis(500));
            let is_early = again.is_finished();
            judge.allow(questions);
            let (first, again) = (first.join().expect("no panic"), again.join().expect("no panic"));
            assert!(!is_early, "{path}: {again}");
            (first, again)
        });
        assert_eq!((first.status, again.status), (201, 201), "{path}: {again}");
        assert_eq!(again.text(), first.text(), "{path}");
        assert_eq!(again.header("idempotent-replayed"), Some("true"), "{path}");
    }
}
