//! From one gateway to another through each dialect.

use super::stage::{
    DIALECTS, House, METRICS, bridge, datasets, digests, document, items, named, run, text, two,
};
use crate::gateway::{Backend, Gateway};
use crate::json::Json;
use crate::trials::Trials;
use crate::wire::client::Request;

/// Lists the cases.
pub fn list(trials: &mut Trials) {
    trials.both("bridge::pulled_through_each_dialect", pulled);
    trials.both("bridge::pushed_through_each_dialect", pushed);
    trials.both("bridge::a_dry_run_writes_nothing", dry_run);
    trials.both("bridge::what_has_grown_is_gone_on_with", grown);
    trials.both("bridge::verify_finds_every_difference", differences);
    trials.both("bridge::source_ids_stay_readable", source_ids);
    trials.both("bridge::what_is_not_moved_is_counted", not_moved);
}

/// What `loss` says of a dataset: the fields that each case loses.
fn loss(gateway: &Gateway, dataset: &str, dialect: &str) -> Vec<Vec<String>> {
    let loss = gateway.cli_json(&["loss", dataset, "--dialect", dialect, "--cases", "--json"]);
    let fields = |case: &Json| {
        items(case, "/fields").iter().map(|field| field.plain().expect("a text")).collect()
    };
    items(&loss, "/cases").iter().map(fields).collect()
}

/// The copy's digests are the original's, but for the cases that lose something.
fn lost_as_said(original: &[String], copy: &[String], loss: &[Vec<String>]) {
    assert_eq!(original.len(), copy.len(), "as many cases");
    let (cases, whole) = (loss.len(), loss.iter().all(Vec::is_empty));
    for (index, fields) in loss.iter().enumerate() {
        let same = original[index] == copy[index];
        assert_eq!(same, fields.is_empty(), "case {index} loses {fields:?}");
    }
    assert_eq!(original[cases] == copy[cases], whole, "the datasets' digests");
}

fn pulled(backend: Backend) {
    let (one, two) = two(backend);
    for dialect in DIALECTS {
        let (from, into) = (House::default(), House::fresh(&two, dialect));
        let source = from.address(&one.base(), dialect);
        let pull = ["pull", &source, "--org", dialect, "--json"];
        let report = document(bridge(&two, &from.key, "", &pull));
        assert_eq!(text(&report, "/complete"), "true", "{report:?}");
        let (there, here) = (datasets(&one, &from), datasets(&two, &into));
        assert_eq!(here.keys().collect::<Vec<_>>(), there.keys().collect::<Vec<_>>());
        for (name, id) in &there {
            let said = named(&report, name);
            assert_eq!(text(said, "/action"), "created");
            let (original, copy) = (digests(&one, &from, id), digests(&two, &into, &here[name]));
            assert_eq!(&text(said, "/digests/target"), copy.last().expect("a digest"));
            lost_as_said(&original, &copy, &loss(&one, id, dialect));
        }
        let again = document(bridge(&two, &from.key, "", &pull));
        assert_eq!(items(&again, "/datasets").len(), there.len());
        for dataset in items(&again, "/datasets") {
            assert_eq!(
                (text(dataset, "/action"), text(dataset, "/written")),
                ("skipped".to_owned(), "0".to_owned())
            );
        }
        assert_eq!(datasets(&two, &into).len(), there.len(), "nothing is there twice");
        let verify = ["verify", &source, "store", "--org", dialect, "--json"];
        let verdict = document(bridge(&two, &from.key, "", &verify));
        assert_eq!(text(&verdict, "/equal"), "true");
    }
}

fn pushed(backend: Backend) {
    let (one, two) = two(backend);
    for dialect in DIALECTS {
        let (from, into) = (House::default(), House::fresh(&two, dialect));
        let target = into.address(&two.base(), dialect);
        let option = if dialect == "aegis" { vec!["--target-option", METRICS] } else { Vec::new() };
        let rejects = one.data_dir().join(format!("{dialect}.jsonl"));
        let rejects = rejects.to_str().expect("UTF-8");
        let mut push = vec!["push", "--all", &target, "--json", "--rejects", rejects];
        push.extend(&option);
        let output = run(bridge(&one, "", &into.key, &push));
        let report = Json::parse(&output.stdout).expect("a document");
        let rejected: u64 = items(&report, "/datasets")
            .iter()
            .map(|dataset| text(dataset, "/rejected").parse::<u64>().expect("a number"))
            .sum();
        // A lone surrogate and texts that are all empty have no place in a CSV file.
        assert_eq!(rejected, if dialect == "aegis" { 3 } else { 0 }, "{report:?}");
        assert_eq!(output.status.success(), rejected == 0, "{output:?}");
        let here = datasets(&two, &into);
        for (name, id) in &datasets(&one, &from) {
            let said = named(&report, name);
            assert_eq!(text(said, "/verified"), "true", "{said:?}");
            let copy = digests(&two, &into, &here[name]);
            assert_eq!(&text(said, "/digests/expected"), copy.last().expect("a digest"));
            if rejected == 0 {
                let loss = loss(&one, id, dialect);
                lost_as_said(&digests(&one, &from, id), &copy, &loss);
                let lossy = loss.iter().filter(|fields| !fields.is_empty()).count();
                assert_eq!(text(said, "/lossy"), lossy.to_string());
            }
        }
        let verify = ["verify", "store", &target, "--json"];
        let verdict = document(bridge(&one, "", &into.key, &verify));
        assert_eq!(text(&verdict, "/equal"), "true");
        let more = format!("{rejects}.more");
        push[5] = &more;
        let again = run(bridge(&one, "", &into.key, &push));
        let again = Json::parse(&again.stdout).expect("a document");
        assert_eq!(items(&again, "/datasets").len(), here.len());
        for dataset in items(&again, "/datasets") {
            assert_eq!(text(dataset, "/action"), "skipped", "{dataset:?}");
        }
        if rejected > 0 {
            let lines = std::fs::read_to_string(rejects).expect("the rejects");
            assert_eq!(lines.lines().count(), 3, "{lines}");
            fed_back(&one, rejects);
        }
    }
}

/// Rejects are cases of a file like others.
fn fed_back(gateway: &Gateway, rejects: &str) {
    let house = House::fresh(gateway, "rejects");
    let import = ["import", rejects, "--org", "rejects", "--json"];
    let report = document(bridge(gateway, "", "", &import));
    assert_eq!(text(&report, "/complete"), "true");
    let names: Vec<String> = datasets(gateway, &house).into_keys().collect();
    assert_eq!(names, ["flow", "guard"]);
    let written = |name: &str| text(named(&report, name), "/written");
    assert_eq!((written("flow"), written("guard")), ("1".to_owned(), "2".to_owned()));
}

fn dry_run(backend: Backend) {
    let (one, two) = two(backend);
    let from = House::default();
    let source = from.address(&one.base(), "znyx");
    let report = document(bridge(&two, &from.key, "", &["pull", &source, "--dry-run", "--json"]));
    assert_eq!(text(&report, "/dry_run"), "true");
    for (name, count) in [("guard", "5"), ("flow", "4"), ("desk", "3")] {
        let said = named(&report, name);
        let told = ["/action", "/fetched", "/written"].map(|pointer| text(said, pointer));
        assert_eq!(told, ["created", count, count], "{name}");
    }
    assert!(datasets(&two, &from).is_empty());
    let target = from.address(&two.base(), "gentrace");
    let push = ["push", "--all", &target, "--dry-run", "--json"];
    let report = document(bridge(&one, "", &from.key, &push));
    let lost = text(named(&report, "guard"), "/lost/metadata");
    assert_eq!(lost, "1", "the loss is told before anything is lost: {report:?}");
    assert!(datasets(&two, &from).is_empty());
}

fn grown(backend: Backend) {
    let (one, two) = two(backend);
    let house = House::default();
    let source = house.address(&one.base(), "gentrace");
    let pull = ["pull", &source, "--json"];
    document(bridge(&two, &house.key, "", &pull));
    let id = &datasets(&one, &house)["flow"];
    let body = format!(r#"{{"datasetId":"{id}","name":"new","inputs":{{"q":2}}}}"#);
    let added =
        one.send(&Request::new("POST", "/api/v4/test-cases").bearer(&house.key).json(&body));
    assert_eq!(added.status, 200, "{added}");
    let report = document(bridge(&two, &house.key, "", &pull));
    let flow = named(&report, "flow");
    let counts = ["/action", "/written", "/skipped"].map(|pointer| text(flow, pointer));
    assert_eq!(counts, ["continued", "1", "4"]);
    assert_eq!(digests(&two, &house, id), digests(&one, &house, id));
    // What differs in its midst is left alone, and said.
    let cases = two.send(
        &Request::new("GET", &format!("/api/v4/test-cases?datasetId={id}")).bearer(&house.key),
    );
    let first = text(&cases.json().expect("JSON"), "/data/0/id");
    let delete = Request::new("DELETE", &format!("/api/v4/test-cases/{first}"));
    assert_eq!(two.send(&delete.bearer(&house.key)).status, 204);
    let output = run(bridge(&two, &house.key, "", &pull));
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let report = Json::parse(&output.stdout).expect("a document");
    let flow = named(&report, "flow");
    assert_eq!(text(flow, "/action"), "differs");
    assert!(text(flow, "/why").contains("differs from case 1 on"), "{flow:?}");
}

fn differences(backend: Backend) {
    let (one, two) = two(backend);
    let house = House::default();
    let source = house.address(&one.base(), "znyx");
    document(bridge(&two, &house.key, "", &["pull", &source, "--json"]));
    let id = &datasets(&two, &house)["guard"];
    let samples = format!("/v1/orgs/default/datasets/{id}/samples");
    let listed = two.send(&Request::new("GET", &samples).bearer(&house.key));
    let second = text(&listed.json().expect("JSON"), "/samples/1/id");
    let delete = Request::new("DELETE", &format!("{samples}/{second}")).bearer(&house.key);
    assert_eq!(two.send(&delete).status, 200);
    let more = r#"{"samples":[{"input_text":"more"}]}"#;
    let added = two.send(&Request::new("POST", &samples).bearer(&house.key).json(more));
    assert_eq!(added.status, 200, "{added}");
    let verify = ["verify", &source, "store", "--cases", "--json"];
    let output = run(bridge(&two, &house.key, "", &verify));
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let verdict = Json::parse(&output.stdout).expect("a document");
    let marks = |name: &str| -> String {
        items(named(&verdict, name), "/cases").iter().map(|case| text(case, "/mark")).collect()
    };
    assert_eq!(marks("guard"), "=-===+");
    assert_eq!(marks("flow"), "====");
    let shown = run(bridge(&two, &house.key, "", &["verify", &source, "store", "--cases"]));
    let lines = shown.stdout.lines().filter(|line| line.starts_with(['=', '*', '+', '-']));
    assert_eq!(lines.count(), 6 + 4 + 3, "{}", shown.stdout);
    assert!(shown.stdout.contains(&format!("- {second} ?")), "{}", shown.stdout);
}

fn source_ids(backend: Backend) {
    let (one, two) = two(backend);
    let from = House::default();
    for dialect in DIALECTS {
        let into = House::fresh(&two, dialect);
        let source = from.address(&one.base(), dialect);
        let report =
            document(bridge(&two, &from.key, "", &["pull", &source, "--org", dialect, "--json"]));
        for name in ["guard", "flow", "desk"] {
            let id = text(named(&report, name), "/source_id");
            let path = match dialect {
                "znyx" => format!("/v1/orgs/{dialect}/datasets/{id}"),
                "aegis" => format!("/api/v1/datasets/{id}"),
                _ => format!("/api/v4/datasets/{id}"),
            };
            let found = two.send(&Request::new("GET", &path).bearer(&into.key));
            assert_eq!(found.status, 200, "{dialect} {name} by {id}: {found}");
            assert_eq!(text(&found.json().expect("JSON"), "/name"), name, "{dialect}");
        }
        if dialect == "gentrace" {
            let flow = &datasets(&one, &from)["flow"];
            let list = format!("/api/v4/test-cases?datasetId={flow}");
            let list = one.send(&Request::new("GET", &list).bearer(&from.key));
            let list = list.json().expect("JSON");
            assert_eq!(items(&list, "/data").len(), 4);
            for case in items(&list, "/data") {
                let path = format!("/api/v4/test-cases/{}", text(case, "/id"));
                let found = two.send(&Request::new("GET", &path).bearer(&into.key));
                assert_eq!(found.status, 200, "{path}: {found}");
                let name = text(&found.json().expect("JSON"), "/name");
                assert_eq!(name, text(case, "/name"), "{path}");
            }
        }
    }
}

fn not_moved(backend: Backend) {
    let (one, two) = two(backend);
    let house = House::default();
    let ask = |path: &str, body: &str| {
        let answer = one.send(&Request::new("POST", path).bearer(&house.key).json(body));
        assert!(matches!(answer.status, 200 | 201), "{path}: {answer}");
    };
    ask("/api/v4/experiments", r#"{"pipelineId":"default","name":"first"}"#);
    ask("/api/v4/experiments", r#"{"pipelineId":"default","name":"second"}"#);
    ask("/api/v1/data-collections", r#"{"name":"desk"}"#);
    ask(
        "/api/v1/evaluate",
        r#"{"metric_shortname":"exact_match","output":"a","golden_answer":"a"}"#,
    );
    let told = |report: &Json| -> Vec<String> {
        items(report, "/not_moved").iter().map(|line| line.plain().expect("a text")).collect()
    };
    for (dialect, expected) in [
        (
            "gentrace",
            &["test results and traces of 2 experiments, which this API does not show"][..],
        ),
        ("aegis", &["1 collection", "custom runs outside of collections, uncounted"]),
        ("znyx", &[]),
    ] {
        let source = house.address(&one.base(), dialect);
        let pull = ["pull", &source, "--dry-run", "--json"];
        assert_eq!(told(&document(bridge(&two, &house.key, "", &pull))), expected, "{dialect}");
    }
    let file = one.data_dir().join("all.evalstone.jsonl");
    let export = ["export", "--all", file.to_str().expect("UTF-8"), "--json"];
    let report = document(bridge(&one, "", "", &export));
    assert_eq!(told(&report), ["1 collection"]);
}
