//! Benchmarks where several work on them at the same time, or fall silent.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

use crate::gateway::{Backend, Gateway, Identities, Settings};
use crate::json::Json;
use crate::trials::Trials;
use crate::upstream::{Canned, Upstream};
use crate::wire::Answer;
use crate::wire::client::Request;

/// Lists the cases.
pub fn list(trials: &mut Trials) {
    trials.both("benchmarks::each_is_claimed_once", each_is_claimed_once);
    trials.both("benchmarks::a_sample_counts_once", a_sample_counts_once);
    trials.both("benchmarks::their_dataset_is_deleted", their_dataset_is_deleted);
    trials.both("benchmarks::their_runtimes_fall_silent", their_runtimes_fall_silent);
    trials.both("benchmarks::their_gateway_is_killed", their_gateway_is_killed);
    trials.once("benchmarks::their_database_is_busy::postgres", their_database_is_busy);
}

/// How long something that takes a while may take.
const PATIENCE: Duration = Duration::from_secs(60);

struct Stage {
    gateway: Gateway,
    identities: Identities,
    dataset: String,
}

impl Stage {
    /// A gateway with a dataset of so many samples.
    fn start(backend: Backend, samples: usize, config: &str) -> Self {
        let gateway = Gateway::start_with(backend, &Settings::config(config));
        let identities = Identities::make(&gateway);
        let mut stage = Self { gateway, identities, dataset: String::new() };
        let made = stage.ask("ci", "POST", "/v1/orgs/default/datasets", r#"{"name": "d"}"#);
        stage.dataset = plain(&made, "/id");
        let list: Vec<String> = (0..samples)
            .map(|n| format!(r#"{{"input_text": "{n}", "expected_decision": "BLOCK"}}"#))
            .collect();
        let path = format!("/v1/orgs/default/datasets/{}/samples", stage.dataset);
        let added =
            stage.ask("ci", "POST", &path, &format!(r#"{{"samples": [{}]}}"#, list.join(",")));
        assert_eq!(added.status, 200, "{added}");
        stage
    }

    fn ask(&self, key: &str, method: &str, path: &str, body: &str) -> Answer {
        let key = self.identities.key(key).expect("an identity");
        let request = Request::new(method, path).bearer(key);
        self.gateway.send(&if body.is_empty() { request } else { request.json(body) })
    }

    /// Starts a benchmark; its id.
    fn run(&self) -> String {
        let body = format!(r#"{{"dataset_id": "{}", "policy": {{"pii": {{}}}}}}"#, self.dataset);
        plain(&self.ask("ci", "POST", "/v1/orgs/default/benchmarks", &body), "/id")
    }

    /// The run that a key is given, if any waits.
    fn claim(&self, key: &str) -> Option<String> {
        let answer = self.ask(key, "POST", "/v1/benchmarks/claim", "{}");
        match answer.status {
            200 => Some(plain(&answer, "/run_id")),
            204 => None,
            _ => panic!("{answer}"),
        }
    }

    /// The ids of the samples that a key is handed out.
    fn samples(&self, key: &str, run: &str) -> Vec<String> {
        let page = self.ask(key, "GET", &format!("/v1/benchmarks/{run}/samples?limit=500"), "");
        let json = page.json().expect("JSON");
        let items = json.at("/items").and_then(|items| items.items()).expect("items");
        items
            .iter()
            .map(|item| item.at("/sample_id").and_then(Json::plain).expect("an id"))
            .collect()
    }

    fn report(&self, key: &str, run: &str, samples: &[String], decision: &str) -> Answer {
        let mut rows = String::new();
        for id in samples {
            let comma = if rows.is_empty() { "" } else { "," };
            let _ =
                write!(rows, r#"{comma}{{"sample_id": "{id}", "actual_decision": "{decision}"}}"#);
        }
        let body = format!(r#"{{"results": [{rows}]}}"#);
        self.ask(key, "POST", &format!("/v1/benchmarks/{run}/results"), &body)
    }

    fn complete(&self, key: &str, run: &str) -> Answer {
        self.ask(key, "POST", &format!("/v1/benchmarks/{run}/complete"), "{}")
    }

    fn shown(&self, run: &str) -> Answer {
        self.ask("runtime", "GET", &format!("/v1/orgs/default/benchmarks/{run}"), "")
    }

    fn results(&self, run: &str) -> Answer {
        self.ask(
            "runtime",
            "GET",
            &format!("/v1/orgs/default/benchmarks/{run}/results?limit=1000"),
            "",
        )
    }
}

fn plain(answer: &Answer, pointer: &str) -> String {
    assert_eq!(answer.status, 200, "{answer}");
    answer.json().and_then(|json| json.at(pointer)?.plain()).expect("a value")
}

/// Runtimes with four tokens ask for work at the same time, three of each.
fn each_is_claimed_once(backend: Backend) {
    const KEYS: [&str; 4] = ["runtime", "ci", "admin", "member"];
    let stage = Stage::start(backend, 1, "");
    let runs: BTreeSet<String> = (0..12).map(|_| stage.run()).collect();
    let mut claims: Vec<String> = std::thread::scope(|scope| {
        let claim_all = |key| std::iter::from_fn(|| stage.claim(key)).collect::<Vec<_>>();
        let runtimes: Vec<_> =
            KEYS.iter().cycle().take(12).map(|key| scope.spawn(move || claim_all(key))).collect();
        runtimes.into_iter().flat_map(|runtime| runtime.join().expect("no panic")).collect()
    });
    // Who finds that others were faster at all it tried goes away with nothing.
    claims.extend(std::iter::from_fn(|| stage.claim("runtime")));
    assert_eq!(claims.len(), 12, "{claims:?}");
    assert_eq!(claims.into_iter().collect::<BTreeSet<_>>(), runs);
}

/// Two processes of one runtime, which share its token, report the same samples.
fn a_sample_counts_once(backend: Backend) {
    let stage = Stage::start(backend, 60, "");
    let run = stage.run();
    assert_eq!(stage.claim("runtime").as_ref(), Some(&run));
    let samples = stage.samples("runtime", &run);
    assert_eq!(samples.len(), 60);
    let accepted: u64 = std::thread::scope(|scope| {
        let report = |decision: &'static str| {
            let (stage, run, samples) = (&stage, &run, &samples);
            scope.spawn(move || {
                samples
                    .chunks(7)
                    .map(|page| {
                        let told = stage.report("runtime", run, page, decision);
                        plain(&told, "/accepted").parse::<u64>().expect("a number")
                    })
                    .sum::<u64>()
            })
        };
        let reports = ["BLOCK", "ALLOW", "BLOCK", "ALLOW"].map(report);
        reports.into_iter().map(|report| report.join().expect("no panic")).sum()
    });
    assert_eq!(accepted, 60);
    assert_eq!(plain(&stage.complete("runtime", &run), "/status"), "completed");
    let shown = stage.shown(&run);
    assert_eq!(plain(&shown, "/completed_samples"), "60", "{shown}");
    assert_eq!(plain(&shown, "/results_summary/total"), "60", "{shown}");
    assert_eq!(plain(&stage.results(&run), "/total"), "60");
}

/// A dataset is deleted while a runtime evaluates it: what was reported until then stays, and the run
/// ends with the reason.
fn their_dataset_is_deleted(backend: Backend) {
    let stage = Stage::start(backend, 200, "");
    let run = stage.run();
    assert_eq!(stage.claim("runtime").as_ref(), Some(&run));
    let samples = stage.samples("runtime", &run);
    std::thread::scope(|scope| {
        let reports = scope.spawn(|| {
            for page in samples.chunks(5) {
                let told = stage.report("runtime", &run, page, "BLOCK");
                assert_eq!(told.status, 200, "{told}");
            }
        });
        let path = format!("/v1/orgs/default/datasets/{}", stage.dataset);
        let deleted = stage.ask("ci", "DELETE", &path, "");
        assert_eq!(deleted.status, 200, "{deleted}");
        reports.join().expect("no panic");
    });
    assert_eq!(plain(&stage.complete("runtime", &run), "/status"), "failed");
    let shown = stage.shown(&run);
    let why = "the dataset was deleted while it was evaluated";
    assert_eq!(plain(&shown, "/results_summary/error"), why);
    let completed = plain(&shown, "/completed_samples");
    assert_eq!(plain(&stage.results(&run), "/total"), completed);
    assert_eq!(plain(&shown, "/results_summary/total"), completed, "{shown}");
    assert_eq!(plain(&shown, "/dataset_id"), stage.dataset);
}

/// A run that brings down every runtime that takes it is not handed out for ever.
fn their_runtimes_fall_silent(backend: Backend) {
    let stage = Stage::start(backend, 2, "[dialects.znyx.benchmarks]\nlease = \"50ms\"\n");
    let run = stage.run();
    let begun = Instant::now();
    let mut claims = 0;
    while plain(&stage.shown(&run), "/status") != "failed" {
        assert!(begun.elapsed() < PATIENCE, "{}", stage.shown(&run));
        if let Some(claimed) = stage.claim(["runtime", "admin"][claims % 2]) {
            assert_eq!(claimed, run);
            claims += 1;
        }
    }
    assert_eq!(claims, 5);
    let why = "5 times in a row whoever worked on it fell silent without a result";
    assert_eq!(plain(&stage.shown(&run), "/results_summary/error"), why);
    // The next one is another matter.
    let next = stage.run();
    assert_eq!(stage.claim("runtime"), Some(next));
}

/// A gateway is killed while a runtime evaluates: it takes the rest when it is there again.
fn their_gateway_is_killed(backend: Backend) {
    let mut stage = Stage::start(backend, 4, "");
    let run = stage.run();
    assert_eq!(stage.claim("runtime").as_ref(), Some(&run));
    let samples = stage.samples("runtime", &run);
    plain(&stage.report("runtime", &run, &samples[..3], "BLOCK"), "/accepted");
    stage.gateway.kill();
    stage.gateway.resume();
    assert_eq!(stage.claim("admin"), None, "the runtime still holds it");
    assert_eq!(stage.samples("runtime", &run), samples[3..]);
    plain(&stage.report("runtime", &run, &samples[3..], "ALLOW"), "/accepted");
    assert_eq!(plain(&stage.complete("runtime", &run), "/status"), "completed");
    assert_eq!(plain(&stage.shown(&run), "/results_summary/accuracy"), "0.75");
}

/// Somebody holds a lock, for which another waits whose turn it is to write at length. What the runtime has said
/// meanwhile waits, too, and is not asked for again.
fn their_database_is_busy() {
    const SAMPLES: usize = 20;
    let json = r#"{"request_id": "r", "decision": "BLOCK", "risk_score": 1, "policy_version": "v", "rule_hits": []}"#;
    let path = "/v1/evaluate/input".to_owned();
    let said = Canned { path, status: 200, json: Some(json.to_owned()), ..Canned::default() };
    let runtime = Upstream::canned(&[said]);
    let url = runtime.base();
    let config = format!("[dialects.znyx.runtime]\nurl = \"{url}\"\n[database]\npool_size = 2\n");
    let mut stage = Stage::start(Backend::Postgres, SAMPLES, &config);
    let evaluated = std::mem::take(&mut stage.dataset);
    let made = stage.ask("ci", "POST", "/v1/orgs/default/datasets", r#"{"name": "locked"}"#);
    let locked = plain(&made, "/id");
    let shown = std::thread::scope(|scope| {
        let database = stage.gateway.database();
        let lock =
            format!("SELECT id FROM datasets WHERE id = '{locked}' FOR UPDATE; SELECT pg_sleep(6)");
        scope.spawn(move || database.sql(&lock));
        let waits = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()";
        let sleeps = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()";
        wait_for(&stage, sleeps);
        let path = format!("/v1/orgs/default/datasets/{locked}/samples");
        let two = r#"{"samples": [{"input_text": "a"}, {"input_text": "b"}]}"#;
        let stage = &stage;
        let adding = scope.spawn(move || stage.ask("ci", "POST", &path, two));
        wait_for(stage, waits);
        let body = format!(r#"{{"dataset_id": "{evaluated}"}}"#);
        let run = plain(&stage.ask("ci", "POST", "/v1/orgs/default/benchmarks", &body), "/id");
        let begun = Instant::now();
        while plain(&stage.shown(&run), "/status") != "completed" {
            assert!(begun.elapsed() < PATIENCE, "{}", stage.shown(&run));
            std::thread::sleep(Duration::from_millis(50));
        }
        assert_eq!(stage.gateway.database().sql(sleeps).trim(), "0", "it waited for the lock");
        assert_eq!(adding.join().expect("no panic").status, 200);
        stage.shown(&run)
    });
    assert_eq!(plain(&shown, "/completed_samples"), SAMPLES.to_string(), "{shown}");
    // Each was asked for once, and one more to learn the version of the policy.
    assert_eq!(runtime.asked().len(), SAMPLES + 1);
}

fn wait_for(stage: &Stage, what: &str) {
    let begun = Instant::now();
    while stage.gateway.database().sql(what).trim() == "0" {
        assert!(begun.elapsed() < PATIENCE, "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
