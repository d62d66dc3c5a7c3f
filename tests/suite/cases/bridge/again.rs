//! Moves that are made again after something was changed at either end.

use super::stage::{
    House, bridge, datasets, document, items, named, records, run, samples, text, two,
};
use crate::gateway::{Backend, Gateway};
use crate::json::Json;
use crate::trials::Trials;
use crate::wire::client::Request;

/// Lists the cases.
pub fn list(trials: &mut Trials) {
    trials.both("bridge::what_users_changed_since_stays", changed);
    trials.both("bridge::what_was_deleted_comes_again", deleted);
    trials.both("bridge::numbers_stay_what_they_were", numbers);
    trials.both("bridge::equal_names_find_their_own", equal_names);
    trials.both("bridge::rejects_are_never_overwritten", rejects);
}

fn send(gateway: &Gateway, method: &str, path: &str, body: &str) -> Json {
    let request = Request::new(method, path).bearer(&House::default().key);
    let request = if body.is_empty() { request } else { request.json(body) };
    let answer = gateway.send(&request);
    assert!(matches!(answer.status, 200 | 201 | 204), "{method} {path}: {answer}");
    answer.json().unwrap_or(Json::parse("null").expect("JSON"))
}

fn changed(backend: Backend) {
    let (one, two) = two(backend);
    let house = House::default();
    let source = house.address(&one.base(), "znyx");
    let pull = ["pull", &source, "--json"];
    document(bridge(&two, &house.key, "", &pull));
    let id = datasets(&two, &house)["guard"].clone();
    send(&two, "PATCH", &format!("/v1/orgs/default/datasets/{id}"), r#"{"name":"ours"}"#);
    send(&two, "POST", &format!("/api/v4/datasets/{id}"), r#"{"isArchived":true}"#);
    // It goes by another name now, so what comes is another one; nothing of the first is touched.
    document(bridge(&two, &house.key, "", &pull));
    let ours = send(&two, "GET", &format!("/v1/orgs/default/datasets/{id}"), "");
    assert_eq!((text(&ours, "/name"), text(&ours, "/trust_level")), ("ours".into(), "gold".into()));
    let flow = datasets(&two, &house)["flow"].clone();
    send(&two, "POST", &format!("/api/v4/datasets/{flow}"), r#"{"isArchived":true}"#);
    document(bridge(&two, &house.key, "", &pull));
    let flow = send(&two, "GET", &format!("/api/v4/datasets/{flow}"), "");
    assert!(text(&flow, "/archivedAt").ends_with('Z'), "{flow:?}");
    // What differs besides the cases is said.
    let desk = datasets(&one, &house)["guard"].clone();
    send(&one, "PATCH", &format!("/v1/orgs/default/datasets/{desk}"), r#"{"description":"new"}"#);
    let report = document(bridge(&two, &house.key, "", &pull));
    let differs = |name: &str| items(named(&report, name), "/differs").len();
    assert_eq!((differs("guard"), differs("flow")), (1, 0), "{report:?}");
}

fn deleted(backend: Backend) {
    let (one, two) = two(backend);
    let house = House::default();
    for dialect in ["aegis", "gentrace"] {
        let source = house.address(&one.base(), dialect);
        let pull = ["pull", &source, "--dataset", "desk", "--json"];
        for _ in 0..3 {
            let report = document(bridge(&two, &house.key, "", &pull));
            assert_eq!(text(named(&report, "desk"), "/action"), "created");
            let id = datasets(&two, &house)["desk"].clone();
            send(&two, "DELETE", &format!("/v1/orgs/default/datasets/{id}"), "");
        }
    }
}

/// The vendor's numbers go on naming what they named, and later datasets get higher ones.
fn numbers(backend: Backend) {
    let (one, two) = (Gateway::start(backend), Gateway::start(backend));
    let house = House::default();
    for n in 0..5 {
        records(&one, &house, &format!("desk {n}"), "input\nx\n");
    }
    let source = house.address(&one.base(), "aegis");
    let pull = ["pull", &source, "--dataset", "desk 3", "--dataset", "desk 4", "--json"];
    let report = document(bridge(&two, &house.key, "", &pull));
    let mut highest = 0;
    for name in ["desk 3", "desk 4"] {
        let number = text(named(&report, name), "/source_id");
        let found = send(&two, "GET", &format!("/api/v1/datasets/{number}"), "");
        assert_eq!((text(&found, "/id"), text(&found, "/name")), (number.clone(), name.to_owned()));
        highest = highest.max(number.parse::<u64>().expect("a number"));
    }
    let own = records(&two, &house, "own", "input\nx\n").parse::<u64>().expect("a number");
    assert!(own > highest, "{own} after {highest}");
}

fn equal_names(backend: Backend) {
    let (one, two) = two(backend);
    let house = House::default();
    for text in ["first", "second", "third"] {
        samples(&one, &house, "twin", &[&format!(r#"{{"input_text":"{text}"}}"#)]);
    }
    let target = house.address(&two.base(), "znyx");
    let push = ["push", "twin", &target, "--json"];
    for action in ["created", "skipped"] {
        let report = document(bridge(&one, "", &house.key, &push));
        let all = items(&report, "/datasets");
        assert_eq!(all.iter().map(|one| text(one, "/action")).collect::<Vec<_>>(), [action; 3]);
    }
    let verify = ["verify", "store", &target, "--dataset", "twin", "--json"];
    let verdict = document(bridge(&one, "", &house.key, &verify));
    let mut counterparts: Vec<String> =
        items(&verdict, "/datasets").iter().map(|one| text(one, "/target_id")).collect();
    counterparts.sort();
    counterparts.dedup();
    assert_eq!(counterparts.len(), 3, "each has its own");
    let refused = run(bridge(&one, "", "", &["verify", "store", "store", "--json"]));
    assert!(refused.status.success(), "a store is what it is: {refused:?}");
    let refused = run(bridge(&one, "", "", &["pull", "store"]));
    assert!(refused.stderr.contains("the source is the target"), "{refused:?}");
}

fn rejects(backend: Backend) {
    let (one, two) = two(backend);
    let house = House::default();
    records(&one, &house, "more", "input\nx\n");
    let home = two.data_dir();
    let bad = home.join("evalstone-rejects.jsonl");
    let lines =
        "{\"dataset\":\"A\",\"inputs\":{\"a\":1}}\nnonsense\n{\"dataset\":\"B\",\"inputs\":{}}\n";
    std::fs::write(&bad, lines).expect("a file");
    for _ in 0..2 {
        let mut import = bridge(&two, "", "", &["import", "evalstone-rejects.jsonl", "--json"]);
        let output = run({
            import.current_dir(&home);
            import
        });
        assert_eq!(output.status.code(), Some(1), "{output:?}");
    }
    assert_eq!(std::fs::read_to_string(&bad).expect("it is there"), lines, "it is as it was");
    for name in ["evalstone-rejects-2.jsonl", "evalstone-rejects-3.jsonl"] {
        let text = std::fs::read_to_string(home.join(name)).expect("the new rejects");
        assert_eq!(text.lines().count(), 1, "told once: {text}");
    }
    assert_eq!(datasets(&two, &house).into_keys().collect::<Vec<_>>(), ["A", "B"]);
    let taken = ["import", bad.to_str().expect("UTF-8"), "--rejects", bad.to_str().expect("UTF-8")];
    let refused = run(bridge(&two, "", "", &taken));
    assert!(refused.stderr.contains("there is a file"), "{refused:?}");
}
