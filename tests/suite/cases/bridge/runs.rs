//! Runs, evaluations and experiments between gateways.

use super::stage::{
    House, Runs, bare, bridge, datasets, document, furnish, items, run, runs, text,
};
use crate::gateway::{Backend, Gateway};
use crate::json::Json;
use crate::trials::Trials;
use crate::wire::client::Request;

/// Lists the cases.
pub fn list(trials: &mut Trials) {
    trials.both("bridge::an_archive_carries_runs", archived);
    trials.both("bridge::benchmarks_are_pulled_with_their_results", benchmarks);
    trials.both("bridge::scoring_runs_are_pulled_with_their_evaluations", scorings);
    trials.both("bridge::experiments_are_pulled_as_far_as_they_are_told", experiments);
    trials.both("bridge::experiments_are_pushed_with_their_traces", pushed);
    trials.both("bridge::verify_finds_runs_that_differ", differences);
    trials.both("bridge::chosen_datasets_take_their_own_runs_along", chosen);
    trials.both("bridge::runs_that_stay_are_listed", left);
}

/// Two gateways, the first with runs of every kind.
fn two(backend: Backend) -> (Gateway, Gateway, Runs) {
    let (one, two) = (Gateway::start(backend), Gateway::start(backend));
    furnish(&one, &House::default());
    let made = runs(&one, &House::default());
    (one, two, made)
}

fn get(gateway: &Gateway, path: &str) -> Json {
    let answer = gateway.send(&Request::new("GET", path).bearer(&House::default().key));
    assert_eq!(answer.status, 200, "{path}: {answer}");
    answer.json().expect("JSON")
}

fn file(gateway: &Gateway, name: &str) -> String {
    gateway.data_dir().join(name).to_str().expect("UTF-8").to_owned()
}

/// What a report says of its runs, by kind.
fn told(report: &Json, pointer: &str) -> Vec<(String, String)> {
    let all = items(report, "/runs").iter();
    let mut told: Vec<_> = all.map(|run| (text(run, "/kind"), text(run, pointer))).collect();
    told.sort();
    told
}

/// What a report says that is not moved.
fn left_behind(report: &Json) -> Vec<String> {
    items(report, "/not_moved").iter().map(|line| line.plain().expect("a text")).collect()
}

fn all(word: &str, kinds: &[&str]) -> Vec<(String, String)> {
    kinds.iter().map(|kind| ((*kind).to_owned(), word.to_owned())).collect()
}

/// The lines of what came of all runs of a store: rows, evaluations and spans, as an archive has them.
fn parts(gateway: &Gateway, name: &str, org: &str) -> Vec<String> {
    let file = file(gateway, &format!("{name}.evalstone.jsonl"));
    document(bridge(gateway, "", "", &["export", "--all", &file, "--org", org, "--json"]));
    let text = std::fs::read_to_string(&file).expect("an archive");
    let is_part = |line: &&str| {
        ["{\"row\":", "{\"evaluation\":", "{\"span\":"].iter().any(|head| line.starts_with(head))
    };
    text.lines().filter(is_part).map(str::to_owned).collect()
}

const KINDS: [&str; 4] = ["benchmark", "experiment", "scoring", "scoring"];

fn archived(backend: Backend) {
    let (one, two, made) = two(backend);
    let archive = file(&one, "all.evalstone.jsonl");
    let export = document(bridge(&one, "", "", &["export", "--all", &archive, "--json"]));
    assert_eq!(told(&export, "/verified"), all("true", &KINDS), "{export:?}");
    for action in ["created", "skipped"] {
        let import = document(bridge(&two, "", "", &["import", &archive, "--json"]));
        assert_eq!(told(&import, "/action"), all(action, &KINDS), "{import:?}");
        assert_eq!(text(&import, "/complete"), "true");
    }
    assert_eq!(parts(&one, "here", "default"), parts(&two, "there", "default"));
    assert_eq!(parts(&two, "again", "default").len(), made.parts);
    let benchmark = format!("/v1/orgs/default/benchmarks/{}", made.benchmark);
    assert_eq!(get(&two, &benchmark), get(&one, &benchmark));
    let experiment = format!("/api/v4/experiments/{}", made.experiment);
    let updated = ["updatedAt"];
    let shown = |gateway| bare(&get(gateway, &experiment), &updated);
    assert_eq!(shown(&two), shown(&one));
    for number in &made.scorings {
        let path = format!("/api/v1/runs/{number}");
        // Numbers are each place's own, and collections are not moved.
        let own = ["id", "run_id", "dataset_id", "data_collection", "data_collection_id", "user"];
        let there = find_run(&two, &text(&get(&one, &path), "/alias"));
        assert_eq!(bare(&there, &own), bare(&get(&one, &path), &own), "{path}");
    }
    for (source, target) in [("store", archive.as_str()), (archive.as_str(), "store")] {
        let verdict = document(bridge(&two, "", "", &["verify", source, target, "--json"]));
        assert_eq!(told(&verdict, "/equal"), all("true", &KINDS));
        assert_eq!(told(&verdict, "/in_parts"), all("true", &KINDS));
    }
}

/// A scoring run by its alias, wherever its number led to.
fn find_run(gateway: &Gateway, alias: &str) -> Json {
    let numbers = 1..200;
    let asked = |number: i32| {
        let path = format!("/api/v1/runs/{number}");
        gateway.send(&Request::new("GET", &path).bearer(&House::default().key))
    };
    let mut found = numbers.map(asked).filter(|answer| answer.status == 200);
    let mut runs = std::iter::from_fn(|| Some(found.next()?.json().expect("JSON")));
    runs.find(|run| text(run, "/alias") == alias).unwrap_or_else(|| panic!("no run {alias}"))
}

fn benchmarks(backend: Backend) {
    let (one, two, made) = two(backend);
    let house = House::default();
    let source = house.address(&one.base(), "znyx");
    let pull = ["pull", &source, "--json"];
    for action in ["created", "skipped"] {
        let report = document(bridge(&two, &house.key, "", &pull));
        assert_eq!(told(&report, "/action"), all(action, &["benchmark"]), "{report:?}");
        assert_eq!(told(&report, "/verified"), all("true", &["benchmark"]));
    }
    let benchmark = format!("/v1/orgs/default/benchmarks/{}", made.benchmark);
    assert_eq!(get(&two, &benchmark), get(&one, &benchmark));
    let rows = |gateway| get(gateway, &format!("{benchmark}/results?limit=1000"));
    assert_eq!(items(&rows(&one), "/results").len(), 5);
    assert_eq!(bare(&rows(&two), &["id"]), bare(&rows(&one), &["id"]));
    let listed = get(&two, "/v1/orgs/default/benchmarks");
    assert_eq!(items(&listed, "/runs").len(), 1, "nothing is there twice");
    let verify = ["verify", &source, "store", "--json"];
    let verdict = document(bridge(&two, &house.key, "", &verify));
    assert_eq!(told(&verdict, "/in_parts"), all("true", &["benchmark"]));
}

fn scorings(backend: Backend) {
    let (one, two, made) = two(backend);
    let house = House::default();
    let source = house.address(&one.base(), "aegis");
    let pull = ["pull", &source, "--json"];
    for action in ["created", "skipped"] {
        let report = document(bridge(&two, &house.key, "", &pull));
        assert_eq!(told(&report, "/action"), all(action, &["scoring"; 2]), "{report:?}");
        assert_eq!(told(&report, "/verified"), all("true", &["scoring"; 2]));
    }
    for number in &made.scorings {
        // The numbers go on naming what they named.
        let path = format!("/api/v1/runs/{number}");
        let own = ["run_id", "dataset_id", "data_collection", "data_collection_id", "user"];
        let shown = |gateway| {
            let mut run = get(gateway, &path);
            for evaluation in evaluations(&mut run) {
                *evaluation = bare(evaluation, &["id"]);
            }
            bare(&run, &own)
        };
        assert_eq!(shown(&two), shown(&one), "{path}");
    }
    let verify = ["verify", &source, "store", "--json"];
    let verdict = document(bridge(&two, &house.key, "", &verify));
    assert_eq!(told(&verdict, "/in_parts"), all("true", &["scoring"; 2]));
}

fn evaluations(run: &mut Json) -> &mut [Json] {
    let Json::Object(members) = run else { panic!("a run is an object") };
    let found = members.iter_mut().find(|(name, _)| name == "evaluations");
    let Some((_, Json::List(evaluations))) = found else { panic!("a run without evaluations") };
    evaluations
}

fn experiments(backend: Backend) {
    let (one, two, made) = two(backend);
    let house = House::default();
    let source = house.address(&one.base(), "gentrace");
    let pull = ["pull", &source, "--json"];
    for action in ["created", "skipped"] {
        let report = document(bridge(&two, &house.key, "", &pull));
        assert_eq!(told(&report, "/action"), all(action, &["experiment"]), "{report:?}");
        let left = left_behind(&report);
        assert_eq!(left.len(), 1, "{left:?}");
        assert!(left[0].contains("test results and traces"), "{left:?}");
    }
    let path = format!("/api/v4/experiments/{}", made.experiment);
    let shown = |gateway| bare(&get(gateway, &path), &["updatedAt"]);
    assert_eq!(shown(&two), shown(&one));
}

fn pushed(backend: Backend) {
    const KIND: &[&str] = &["experiment"];
    let (one, two, made) = two(backend);
    let (home, house) = (House::default(), House::fresh(&two, "other"));
    let target = house.address(&two.base(), "gentrace");
    let push = ["push", "--all", &target, "--json"];
    for action in ["created", "skipped", "continued"] {
        if action == "continued" {
            reported_later(&one, &made.experiment);
            let verify = run(bridge(&one, "", &house.key, &["verify", "store", &target, "--json"]));
            let verdict = Json::parse(&verify.stdout).expect("a document");
            assert_eq!(told(&verdict, "/why"), all("more came of it since it was moved", KIND));
        }
        let report = document(bridge(&one, "", &house.key, &push));
        assert_eq!(told(&report, "/action"), all(action, &["experiment"]), "{report:?}");
        assert!(matches!(report.at("/runs/0/verified"), Ok(Json::Null)), "{report:?}");
        assert_eq!(text(&report, "/complete"), "true");
        let left = left_behind(&report);
        let refused = "which the target does not take from elsewhere";
        assert_eq!(
            left,
            [
                format!("1 benchmark with its results, {refused}"),
                format!("2 scoring runs with their evaluations, {refused}"),
                "1 collection".to_owned(),
            ]
        );
    }
    let list = two.send(&Request::new("GET", "/api/v4/experiments").bearer(&house.key));
    let list = list.json().expect("JSON");
    let [there] = items(&list, "/data") else { panic!("one, once: {list:?}") };
    let here = get(&one, &format!("/api/v4/experiments/{}", made.experiment));
    assert_eq!(text(there, "/name"), text(&here, "/name"));
    assert_eq!(text(there, "/metadata/build"), "7");
    assert_eq!(text(there, "/metadata/evalstone_source/id"), made.experiment);
    let ((ours, spans), (theirs, their_spans)) =
        (traced(&one, "here", "default"), traced(&two, "there", "other"));
    assert_eq!((ours.len(), spans.len()), (4, 5));
    let bare = |lines: &[Json]| -> Vec<Json> {
        lines.iter().map(|line| bare(line.at("/evaluation").expect("one"), &["case"])).collect()
    };
    assert_eq!(bare(&theirs), bare(&ours), "what came of each case");
    let named = |spans: &[Json]| -> Vec<[String; 3]> {
        let of = |span: &Json| ["/span/trace", "/span/id", "/span/name"].map(|at| text(span, at));
        spans.iter().map(of).collect()
    };
    assert_eq!(named(&their_spans), named(&spans));
    for (ours, theirs) in ours.iter().zip(&theirs) {
        let named = (case_name(&two, &house, theirs), case_name(&one, &home, ours));
        assert_eq!(named.0, named.1, "the cases are those of the other place");
    }
    let verify = ["verify", "store", &target, "--json"];
    let verdict = document(bridge(&one, "", &house.key, &verify));
    assert_eq!(told(&verdict, "/equal"), all("true", &["experiment"]));
    // A note says what was sent; it proves nothing of what is there.
    assert_eq!(told(&verdict, "/in_parts"), all("false", &["experiment"]));
}

/// The lines of a store's traced evaluations, and of its spans.
fn traced(gateway: &Gateway, name: &str, org: &str) -> (Vec<Json>, Vec<Json>) {
    let lines = parts(gateway, name, org);
    let of = |kind: &str| -> Vec<Json> {
        let head = format!("{{\"{kind}\":");
        let lines = lines.iter().filter(|line| line.starts_with(&head));
        lines.map(|line| Json::parse(line).expect("JSON")).collect()
    };
    let is_traced = |line: &Json| line.at("/evaluation/trace").is_ok();
    (of("evaluation").into_iter().filter(is_traced).collect(), of("span"))
}

/// Something comes of an experiment after it was moved.
fn reported_later(gateway: &Gateway, experiment: &str) {
    let house = House::default();
    let span = format!(
        r#"{{"traceId":"{:032x}","spanId":"{:016x}","name":"late","startTimeUnixNano":"1700000000000000000","endTimeUnixNano":"1700000001000000000","attributes":[{{"key":"gentrace.experiment_id","value":{{"stringValue":"{experiment}"}}}}]}}"#,
        9, 9
    );
    let body = format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{span}]}}]}}]}}"#);
    let report = Request::new("POST", "/api/otel/v1/traces").bearer(&house.key).json(&body);
    assert_eq!(gateway.send(&report).status, 200);
}

/// The name of the test case that an evaluation is of, if it is of one that is stored.
fn case_name(gateway: &Gateway, house: &House, line: &Json) -> Option<String> {
    let id = line.at("/evaluation/case").and_then(Json::plain).ok()?;
    let path = format!("/api/v4/test-cases/{id}");
    let found = gateway.send(&Request::new("GET", &path).bearer(&house.key));
    assert_eq!(found.status, 200, "{path}: {found}");
    Some(text(&found.json().expect("JSON"), "/name"))
}

fn differences(backend: Backend) {
    let (one, two, made) = two(backend);
    let house = House::default();
    let archive = file(&one, "all.evalstone.jsonl");
    document(bridge(&one, "", "", &["export", "--all", &archive, "--json"]));
    document(bridge(&two, "", "", &["import", &archive, "--json"]));
    let verify = || {
        let output = run(bridge(&two, "", "", &["verify", &archive, "store", "--json"]));
        (output.status.code(), Json::parse(&output.stdout).expect("a document"))
    };
    let (code, verdict) = verify();
    assert_eq!((code, text(&verdict, "/equal")), (Some(0), "true".to_owned()));
    let change = |path: &str, body: &str| {
        let request = Request::new("POST", path).bearer(&house.key).json(body);
        assert_eq!(two.send(&request).status, 200, "{path}");
    };
    change(&format!("/api/v4/experiments/{}", made.experiment), r#"{"name":"another"}"#);
    let alias = text(&get(&one, &format!("/api/v1/runs/{}", made.scorings[0])), "/alias");
    let number = text(&find_run(&two, &alias), "/id");
    let delete = Request::new("DELETE", &format!("/api/v1/runs/{number}")).bearer(&house.key);
    assert_eq!(two.send(&delete).status, 204);
    let first = "(SELECT min(position) FROM evaluations)";
    two.database().sql(&format!("UPDATE evaluations SET score = 62 WHERE position = {first}"));
    let (code, verdict) = verify();
    assert_eq!((code, text(&verdict, "/equal")), (Some(1), "false".to_owned()));
    let unequal = items(&verdict, "/runs").iter().filter(|run| text(run, "/equal") == "false");
    let mut why: Vec<_> = unequal.map(|run| (text(run, "/kind"), text(run, "/why"))).collect();
    why.sort();
    let expected = [
        ("benchmark", "something else came of it"),
        ("experiment", "it says something else of itself"),
        ("scoring", "it is not there"),
    ];
    assert_eq!(why, expected.map(|(kind, why)| (kind.to_owned(), why.to_owned())));
    // What is another stays as it is; what is gone comes again.
    let output = run(bridge(&two, "", "", &["import", &archive, "--json"]));
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let report = Json::parse(&output.stdout).expect("a document");
    let expected = [
        ("benchmark", "differs"),
        ("experiment", "differs"),
        ("scoring", "created"),
        ("scoring", "skipped"),
    ];
    let expected = expected.map(|(kind, action)| (kind.to_owned(), action.to_owned()));
    assert_eq!(told(&report, "/action"), expected);
    let quiet = ["verify", &archive, "store", "--no-runs", "--json"];
    assert_eq!(text(&document(bridge(&two, "", "", &quiet)), "/equal"), "true");
}

fn chosen(backend: Backend) {
    let (one, two, _) = two(backend);
    let house = House::default();
    let source = house.address(&one.base(), "znyx");
    let pull = ["pull", &source, "--dataset", "flow", "--json"];
    let report = document(bridge(&two, &house.key, "", &pull));
    assert_eq!(told(&report, "/action"), []);
    let pull = ["pull", &source, "--dataset", "guard", "--no-runs", "--json"];
    let report = document(bridge(&two, &house.key, "", &pull));
    assert_eq!(told(&report, "/action"), []);
    assert_eq!(left_behind(&report)[0], "runs, as was asked");
    let pull = ["pull", &source, "--dataset", "guard", "--dry-run", "--json"];
    let report = document(bridge(&two, &house.key, "", &pull));
    assert_eq!(told(&report, "/written"), all("5", &["benchmark"]));
    assert_eq!(items(&get(&two, "/v1/orgs/default/benchmarks"), "/runs").len(), 0);
    let report = document(bridge(&two, &house.key, "", &pull_of(&source, "guard")));
    assert_eq!(told(&report, "/action"), all("created", &["benchmark"]));
    let report = document(bridge(&two, &house.key, "", &pull_of(&source, "flow")));
    assert_eq!(told(&report, "/action"), []);
    assert_eq!(items(&get(&two, "/v1/orgs/default/benchmarks"), "/runs").len(), 1);
    let archive = file(&one, "guard.evalstone.jsonl");
    let report = document(bridge(&one, "", "", &["export", "guard", &archive, "--json"]));
    assert_eq!(told(&report, "/written"), all("5", &["benchmark"]));
    assert_eq!(datasets(&two, &house).len(), 2);
}

fn pull_of<'a>(source: &'a str, dataset: &'a str) -> [&'a str; 5] {
    ["pull", source, "--dataset", dataset, "--json"]
}

fn left(backend: Backend) {
    let (one, two, _) = two(backend);
    let house = House::default();
    let guard = &datasets(&one, &house)["guard"];
    let body = format!(r#"{{"dataset_id":"{guard}","policy":{{"pii":{{}}}}}}"#);
    let start = Request::new("POST", "/v1/orgs/default/benchmarks").bearer(&house.key);
    assert_eq!(one.send(&start.json(&body)).status, 200);
    let source = house.address(&one.base(), "znyx");
    let report = document(bridge(&two, &house.key, "", &["pull", &source, "--json"]));
    assert_eq!(told(&report, "/action"), all("created", &["benchmark"]));
    let left = text(&report, "/not_moved/0");
    assert_eq!(left, "1 benchmark with its results, which have not ended");
    let shown = run(bridge(&two, &house.key, "", &["pull", &source]));
    assert!(shown.status.success(), "{shown:?}");
    let words = ["RUN", "is there", "4 of 4 datasets and 1 of 1 runs complete", &left];
    for word in words {
        assert!(shown.stdout.contains(word), "{word} in {}", shown.stdout);
    }
}
