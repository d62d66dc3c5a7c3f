//! Where runs belong that were moved: to which cases, to whom, and beside which others.

use super::stage::{
    House, Runs, benchmark_of, bridge, datasets, document, furnish, items, records, run, runs,
    samples, text,
};
use crate::gateway::{Backend, Gateway};
use crate::json::Json;
use crate::trials::Trials;
use crate::wire::client::Request;

/// Lists the cases.
pub fn list(trials: &mut Trials) {
    trials.both("bridge::moved_benchmarks_are_compared_with_new_ones", compared);
    trials.both("bridge::results_belong_to_the_cases_that_came_another_way", cases);
    trials.both("bridge::a_run_shows_no_more_than_its_dataset", private);
    trials.both("bridge::two_users_have_a_private_run_each", own_copies);
    trials.both("bridge::traces_come_after_the_experiment_did", traces);
    trials.both("bridge::an_experiment_that_was_moved_in_a_circle_is_refused", circle);
    trials.both("bridge::a_run_of_no_dialect_keeps_no_other_from_being_read", foreign);
}

fn two(backend: Backend) -> (Gateway, Gateway, Runs) {
    let (one, two) = (Gateway::start(backend), Gateway::start(backend));
    furnish(&one, &House::default());
    let made = runs(&one, &House::default());
    (one, two, made)
}

fn get(gateway: &Gateway, key: &str, path: &str) -> Json {
    let answer = gateway.send(&Request::new("GET", path).bearer(key));
    assert_eq!(answer.status, 200, "{path}: {answer}");
    answer.json().expect("JSON")
}

fn file(gateway: &Gateway, name: &str) -> String {
    gateway.data_dir().join(name).to_str().expect("UTF-8").to_owned()
}

/// The cases have other numbers than where the benchmark comes from.
fn compared(backend: Backend) {
    let (one, two, made) = two(backend);
    let house = House::default();
    samples(&two, &house, "before", &[r#"{"input_text":"x"}"#; 7]);
    let archive = file(&one, "all.evalstone.jsonl");
    document(bridge(&one, "", "", &["export", "--all", &archive, "--json"]));
    document(bridge(&two, "", "", &["import", &archive, "--json"]));
    let new = benchmark_of(&two, &house, "guard", &["ALLOW", "ALLOW", "ALLOW", "WARN", "REDACT"]);
    let compare = |base: &str, candidate: &str| {
        let path = format!("/v1/orgs/default/benchmarks/compare?base={base}&candidate={candidate}");
        let compared = get(&two, &house.key, &path);
        let of = |one: &Json| (text(one, "/expected_decision"), text(one, "/candidate_decision"));
        items(&compared, "/regressions").iter().map(of).collect::<Vec<_>>()
    };
    let pair = |one: &str, other: &str| (one.to_owned(), other.to_owned());
    assert_eq!(compare(&made.benchmark, &new), [pair("BLOCK", "ALLOW")]);
    assert_eq!(compare(&new, &made.benchmark), [pair("ALLOW", "ERROR")]);
}

/// The dataset is there before, and its cases have other ids.
fn cases(backend: Backend) {
    let (one, two, made) = two(backend);
    let house = House::default();
    let lines = file(&one, "guard.jsonl");
    document(bridge(&one, "", "", &["export", "guard", &lines, "--json"]));
    let import = ["import", &lines, "--name", "guard", "--json"];
    document(bridge(&two, "", "", &import));
    let source = house.address(&one.base(), "znyx");
    let pull = ["pull", &source, "--dataset", "guard", "--json"];
    let report = document(bridge(&two, &house.key, "", &pull));
    assert_eq!(text(&report, "/datasets/0/action"), "skipped", "{report:?}");
    let there = datasets(&two, &house)["guard"].clone();
    let listed = get(&two, &house.key, &format!("/v1/orgs/default/datasets/{there}/samples"));
    let ids = |rows: &Json, list: &str, id: &str| -> Vec<String> {
        items(rows, list).iter().map(|row| text(row, id)).collect()
    };
    let results = format!("/v1/orgs/default/benchmarks/{}/results", made.benchmark);
    let results = get(&two, &house.key, &results);
    assert_eq!(ids(&results, "/results", "/sample_id"), ids(&listed, "/samples", "/id"));
    let shown = get(&two, &house.key, &format!("/v1/orgs/default/benchmarks/{}", made.benchmark));
    assert_eq!(text(&shown, "/dataset_id"), there);
}

fn private(backend: Backend) {
    let (one, two, _) = two(backend);
    let house = House::default();
    records(&one, &house, "quiet", "input\na\nb\n");
    benchmark_of(&one, &house, "quiet", &["ALLOW", "BLOCK"]);
    for dialect in ["aegis", "znyx"] {
        let source = house.address(&one.base(), dialect);
        let pull = ["pull", &source, "--dataset", "quiet", "--json"];
        document(bridge(&two, &house.key, "", &pull));
    }
    two.cli_json(&["users", "create", "eve@example.com", "--org", "default", "--json"]);
    let user = ["--user", "eve@example.com"];
    let key = ["keys", "create", "--org", "default", "--kind", "admin"];
    let eve = two.cli(&[&key[..], &user[..]].concat()).stdout.trim().to_owned();
    let seen = |key: &str| {
        let datasets = get(&two, key, "/v1/orgs/default/datasets");
        let runs = get(&two, key, "/v1/orgs/default/benchmarks");
        (items(&datasets, "/datasets").len(), items(&runs, "/runs").len())
    };
    assert_eq!((seen(&house.key), seen(&eve)), ((1, 1), (0, 0)));
}

/// What one of them has is nothing that the other could be told of.
fn own_copies(backend: Backend) {
    let (one, two, _) = two(backend);
    let archive = file(&one, "scored.evalstone.jsonl");
    document(bridge(&one, "", "", &["export", "scored", &archive, "--json"]));
    two.cli_json(&["users", "create", "eve@example.com", "--org", "default", "--json"]);
    let import = ["import", archive.as_str(), "--json"];
    let eve = [&import[..], &["--user", "eve@example.com"]].concat();
    let mut ids = Vec::new();
    for (args, action) in
        [(&import[..], "created"), (&eve, "created"), (&import, "skipped"), (&eve, "skipped")]
    {
        let report = document(bridge(&two, "", "", args));
        let told = ["/datasets/0/action", "/runs/0/action", "/runs/0/verified"];
        assert_eq!(told.map(|at| text(&report, at)), [action, action, "true"], "{report:?}");
        ids.push(text(&report, "/runs/0/target_id"));
    }
    assert_eq!((&ids[0], &ids[1]), (&ids[2], &ids[3]));
    assert_ne!(ids[0], ids[1]);
}

fn traces(backend: Backend) {
    let (one, two, made) = two(backend);
    let house = House::default();
    let source = house.address(&one.base(), "gentrace");
    document(bridge(&two, &house.key, "", &["pull", &source, "--json"]));
    let target = house.address(&two.base(), "gentrace");
    for action in ["created", "skipped"] {
        let report = document(bridge(&one, "", &house.key, &["push", "--all", &target, "--json"]));
        let told = ["/runs/0/action", "/runs/0/target_id"];
        assert_eq!(told.map(|at| text(&report, at)), [action, made.experiment.as_str()]);
        // What it was sent is noted there; nothing shows that it is there.
        assert!(matches!(report.at("/runs/0/verified"), Ok(Json::Null)), "{report:?}");
    }
    let archive = file(&two, "all.evalstone.jsonl");
    let report = document(bridge(&two, "", "", &["export", "--all", &archive, "--json"]));
    assert_eq!(text(&report, "/runs/0/written"), "7", "three evaluations and four spans");
}

fn circle(backend: Backend) {
    let (one, two, _) = two(backend);
    let house = House::fresh(&two, "other");
    let target = house.address(&two.base(), "gentrace");
    document(bridge(&one, "", &house.key, &["push", "--all", &target, "--json"]));
    let (before, after) =
        (file(&one, "before.evalstone.jsonl"), file(&one, "after.evalstone.jsonl"));
    document(bridge(&one, "", "", &["export", "--all", &before, "--json"]));
    let back = file(&two, "back.evalstone.jsonl");
    document(bridge(&two, "", "", &["export", "--all", &back, "--org", "other", "--json"]));
    let import = run(bridge(&one, "", "", &["import", &back, "--json"]));
    assert_eq!(import.status.code(), Some(1), "{import:?}");
    let report = Json::parse(&import.stdout).expect("a document");
    assert!(text(&report, "/runs/0/why").contains("here already"), "{report:?}");
    document(bridge(&one, "", "", &["export", "--all", &after, "--json"]));
    let spans = |file: &str| -> Vec<String> {
        let text = std::fs::read_to_string(file).expect("an archive");
        text.lines().filter(|line| line.starts_with("{\"span\":")).map(str::to_owned).collect()
    };
    assert_eq!(spans(&after), spans(&before), "nothing of the first was touched");
}

/// What another place kept of a run need not be what ours keep.
fn foreign(backend: Backend) {
    let gateway = Gateway::start(backend);
    let house = House::default();
    furnish(&gateway, &house);
    let made = runs(&gateway, &house);
    let found = get(&gateway, &house.key, "/api/v1/datasets?search=scored");
    let number = text(&found, "/items/0/id");
    let body = format!(r#"{{"dataset_id":{number},"alias":"second","is_blocking":true}}"#);
    let again = Request::new("POST", "/api/v1/runs/dataset").bearer(&house.key).json(&body);
    assert_eq!(gateway.send(&again).status, 201);
    let aliases = |path: &str, list: &str| -> Vec<String> {
        let answer = get(&gateway, &house.key, path);
        items(&answer, list).iter().map(|run| text(run, "/alias")).collect()
    };
    let over = || aliases(&format!("/api/v1/datasets/{number}"), "/runs");
    let within = || aliases("/api/v1/data-collections", "/items/0/runs");
    assert_eq!((over(), within()), (names(&["nightly", "second"]), names(&["odd"])));
    let keep = |column: &str, run: &str| {
        let change = format!("UPDATE runs SET {column} = '{{}}' WHERE name = '{run}'");
        gateway.database().sql(&change);
    };
    keep("settings", "nightly");
    assert_eq!(over(), names(&["second"]));
    keep("summary", "second");
    keep("settings", "odd");
    assert_eq!((over(), within()), (names(&[]), names(&[])));
    assert!(gateway.log().contains("left out of a list"), "it is named in the log");
    let alone = Request::new("GET", &format!("/api/v1/runs/{}", made.scorings[0]));
    assert_eq!(gateway.send(&alone.bearer(&house.key)).status, 500);
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}
