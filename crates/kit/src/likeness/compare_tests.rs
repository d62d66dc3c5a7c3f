//! Every difference is found under its name, and none is invented.

use evalstone_core::source::SourceKind;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::Call;
use super::compare::{Reply, What, compare};
use super::names::Names;
use super::tests::SAMPLE;

fn call() -> &'static Call {
    SAMPLE.call("GET", "/v1/o/sets/s").expect("known")
}

fn replies(ours: &Value, theirs: &Value, names: &mut Names) -> Vec<(String, What)> {
    let [ours, theirs] = [ours, theirs].map(Value::to_string);
    let reply = |body| Reply { status: 200, content_type: "application/json", body };
    let found = compare(&SAMPLE, call(), reply(ours.as_bytes()), reply(theirs.as_bytes()), names);
    found.into_iter().map(|found| (found.pointer, found.what)).collect()
}

fn differences(ours: &Value, theirs: &Value) -> Vec<(String, What)> {
    replies(ours, theirs, &mut Names::default())
}

fn answer() -> Value {
    json!({
        "id": "our-set", "org_id": "our-org", "name": "n", "note": null, "size": 2, "open": true,
        "created": "2026-01-02T03:04:05.5Z", "updated": "2026-01-02T03:04:06Z", "key": "secret",
        "user": {"id": 7}, "type": {"id": 1}, "inputs": {"id": "x", "created": 1.0}, "tags": ["a", "b", "c"],
        "rows": [
            {"id": "r1", "text": "one", "created": "2026-01-02T03:04:05Z"},
            {"id": "r2", "text": "two", "created": "2026-01-02T03:04:05Z"},
        ],
    })
}

/// The same answer of a server with ids, times and an organization of its own.
fn like(answer: &Value) -> Value {
    let mut theirs = answer.clone();
    theirs["id"] = json!("their-set");
    theirs["org_id"] = json!("their-org");
    theirs["user"]["id"] = json!(3);
    theirs["key"] = json!("another");
    theirs["created"] = json!("1999-01-02T03:04:05Z");
    theirs["updated"] = json!("1999-01-02T03:04:05.1Z");
    for (row, id) in theirs["rows"].as_array_mut().expect("rows").iter_mut().zip(["1", "2"]) {
        row["id"] = json!(id);
    }
    theirs
}

#[test]
fn nothing_is_invented() {
    let mut names = Names::default();
    assert_eq!(replies(&answer(), &like(&answer()), &mut names), []);
    assert_eq!(names.theirs(SourceKind::Dataset, "our-set"), Some("their-set"));
    assert_eq!(names.ours(SourceKind::Case, "2"), Some("r2"));
    assert_eq!(names.learned().len(), 3, "{:?}", names.learned());
}

#[test]
fn each_difference_has_its_name() {
    let change = |change: fn(&mut Value)| {
        let mut theirs = like(&answer());
        change(&mut theirs);
        differences(&answer(), &theirs)
    };
    let one = |pointer: &str, what| vec![(pointer.to_owned(), what)];
    assert_eq!(change(|v| v["name"] = json!("m")), one("/name", What::Value));
    assert_eq!(change(|v| v["size"] = json!("2")), one("/size", What::Type));
    assert_eq!(change(|v| v["size"] = json!(2.0)), []);
    assert_eq!(change(|v| v["size"] = json!(3)), one("/size", What::Value));
    assert_eq!(change(|v| v["open"] = json!(false)), one("/open", What::Value));
    assert_eq!(change(|v| v["note"] = json!("")), one("/note", What::Null));
    assert_eq!(change(|v| v["updated"] = Value::Null), one("/updated", What::Null));
    assert_eq!(
        change(|v| v["updated"] = json!("1999-01-02 03:04:05")),
        one("/updated", What::Format)
    );
    assert_eq!(
        change(|v| v["updated"] = json!("1998-01-02T03:04:05Z")),
        one("/updated", What::Sequence)
    );
    assert_eq!(
        change(|v| v["inputs"] = json!({"id": "y", "created": 1.0})),
        one("/inputs", What::Value)
    );
    assert_eq!(change(|v| v["tags"] = json!(["a", "c", "b"])), one("/tags", What::Order));
    assert_eq!(change(|v| v["tags"] = json!(["a", "b"])), one("/tags", What::Length));
    assert_eq!(change(|v| v["tags"] = json!(["a", "x", "c"])), one("/tags/[]", What::Value));
    assert_eq!(change(|v| v["a/b"] = json!(1)), one("/a~1b", What::Additional));
    assert_eq!(change(|v| drop(object(v).remove("user"))), one("/user", What::Missing));
    assert_eq!(change(|v| v["type"]["id"] = json!(2)), one("/type/id", What::Value));
    assert_eq!(change(|v| v["rows"][1]["text"] = json!("2")), one("/rows/[]/text", What::Value));
    assert_eq!(change(|v| v["rows"][1]["id"] = json!("1")), one("/rows/[]/id", What::Id));
    assert_eq!(
        change(|v| v["rows"].as_array_mut().expect("rows").reverse()),
        one("/rows", What::Order)
    );
}

fn object(value: &mut Value) -> &mut Map<String, Value> {
    value.as_object_mut().expect("an object")
}

#[test]
fn rows_that_were_met_before_are_known_wherever_they_stand() {
    let mut names = Names::default();
    assert_eq!(replies(&answer(), &like(&answer()), &mut names), []);
    let mut theirs = like(&answer());
    let rows = theirs["rows"].as_array_mut().expect("rows");
    rows.reverse();
    rows[0]["text"] = json!("changed");
    let found = replies(&answer(), &theirs, &mut names);
    let expected = [("/rows".to_owned(), What::Order), ("/rows/[]/text".to_owned(), What::Value)];
    assert_eq!(found, expected);
    theirs["id"] = json!("another-set");
    theirs["rows"] = json!([theirs["rows"][1]]);
    let found = replies(&answer(), &theirs, &mut names);
    assert_eq!(found, [("/id".to_owned(), What::Id), ("/rows".to_owned(), What::Length)]);
}

#[test]
fn answers_as_a_whole() {
    let one = |ours: (u16, &str, &str), theirs: (u16, &str, &str)| {
        let reply = |(status, content_type, body): (u16, _, &'static str)| Reply {
            status,
            content_type,
            body: body.as_bytes(),
        };
        let leak = |text: &str| -> &'static str { Box::leak(text.to_owned().into_boxed_str()) };
        let [ours, theirs] = [ours, theirs].map(|(s, c, b)| reply((s, leak(c), leak(b))));
        let found = compare(&SAMPLE, call(), ours, theirs, &mut Names::default());
        found.into_iter().map(|found| (found.pointer, found.what)).collect::<Vec<_>>()
    };
    let json = "application/json";
    assert_eq!(one((200, json, "{}"), (200, "application/json; charset=utf-8", " {} ")), []);
    assert_eq!(one((204, "", ""), (204, json, "")), []);
    let whole = |what| vec![(String::new(), what)];
    assert_eq!(one((200, json, "{}"), (201, json, "[]")), whole(What::Status));
    assert_eq!(one((200, json, "{}"), (200, "text/csv", "{}")), whole(What::ContentType));
    assert_eq!(one((200, "text/csv", "a"), (200, "text/csv", "b")), whole(What::Body));
    assert_eq!(one((200, json, "{}"), (200, json, "{")), whole(What::Body));
    // Refusals speak in each server's own words, of one shape.
    assert_eq!(one((404, json, r#"{"detail":"a"}"#), (404, json, r#"{"detail":"b"}"#)), []);
    let shape = one((404, json, r#"{"detail":"a"}"#), (404, json, r#"{"detail":[]}"#));
    assert_eq!(shape, [("/detail".to_owned(), What::Type)]);
}

/// Documents whose fields are plain, masked or nested; lists have no two equal items.
fn documents() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        "[a-z]{0,6}".prop_map(Value::from),
    ];
    let tree = leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::btree_map("[f-j]", inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    });
    (proptest::collection::btree_map("[f-j]", tree, 1..5), 0_usize..4).prop_map(
        |(members, rows)| {
            let mut members: Map<String, Value> = members.into_iter().collect();
            let row =
                |n| json!({"id": format!("row-{n}"), "text": n, "created": "2026-01-02T03:04:05Z"});
            members.insert("rows".to_owned(), (0..rows).map(row).collect());
            members.insert("id".to_owned(), json!("set"));
            Value::Object(members)
        },
    )
}

/// Renames every id, as another server would have it.
fn renamed(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(renamed).collect(),
        Value::Object(members) => {
            let rename = |(name, value): (&String, &Value)| match (name.as_str(), value) {
                ("id", Value::String(id)) => (name.clone(), json!(format!("{id}-there"))),
                ("created", _) => (name.clone(), json!("2027-01-02T03:04:05Z")),
                _ => (name.clone(), renamed(value)),
            };
            Value::Object(members.iter().map(rename).collect())
        }
        other => other.clone(),
    }
}

/// The places of all leaves that no mask covers.
fn leaves(value: &Value, path: &mut Vec<String>, found: &mut Vec<Vec<String>>) {
    let mut inside = |step: String, value: &Value| {
        path.push(step);
        leaves(value, path, found);
        path.pop();
    };
    match value {
        Value::Array(items) if !items.is_empty() => {
            items.iter().enumerate().for_each(|(at, item)| inside(at.to_string(), item));
        }
        Value::Object(members) if !members.is_empty() => {
            let open =
                members.iter().filter(|(name, _)| !["id", "created"].contains(&name.as_str()));
            open.for_each(|(name, value)| inside(name.clone(), value));
        }
        _ => found.push(path.clone()),
    }
}

/// Each level would double the work, or more.
#[test]
fn lists_within_lists_come_to_an_end() {
    let deep = |leaf: &str| format!("{}{leaf}{}", "[".repeat(60), "]".repeat(60));
    let with = |list: String| {
        let mut answer = answer();
        answer["deep"] = serde_json::from_str(&list).expect("JSON");
        answer
    };
    let found = differences(&with(deep("1")), &with(deep("2")));
    assert_eq!(found, [(format!("/deep{}", "/[]".repeat(60)), What::Value)]);
    let found = differences(&with(deep("1, 2")), &with(deep("2, 3, 4")));
    assert_eq!(found, [(format!("/deep{}", "/[]".repeat(59)), What::Length)]);
}

proptest! {
    #[test]
    fn equal_answers_under_other_ids_never_differ(answer in documents()) {
        prop_assert_eq!(differences(&answer, &renamed(&answer)), []);
    }

    #[test]
    fn every_change_of_a_leaf_is_found(answer in documents(), which in any::<prop::sample::Index>()) {
        let mut places = Vec::new();
        leaves(&answer, &mut Vec::new(), &mut places);
        prop_assume!(!places.is_empty());
        let place = &places[which.index(places.len())];
        let mut theirs = renamed(&answer);
        let pointer = format!("/{}", place.join("/"));
        let leaf = theirs.pointer_mut(&pointer).expect("a leaf");
        *leaf = match leaf.take() {
            Value::String(text) => json!(format!("{text}!")),
            Value::Number(n) => json!(n.as_i64().unwrap_or_default() + 1_000_000_007_000),
            Value::Bool(value) => json!(!value),
            Value::Null => json!("something"),
            Value::Array(_) => json!([1]),
            _ => json!({"more": 1}),
        };
        let found = differences(&answer, &theirs);
        prop_assert!(!found.is_empty(), "{} in {}", pointer, theirs);
        // Wherever it is told, it is at the leaf or around it.
        let general = |text: &str| {
            let step = |step: &str| if step.parse::<usize>().is_ok() { "[]" } else { step }.to_owned();
            text.split('/').map(step).collect::<Vec<_>>().join("/")
        };
        for (at, what) in &found {
            let is_near = general(&pointer).starts_with(at) || at.starts_with(&general(&pointer));
            prop_assert!(is_near, "{} {:?} for {}", at, what, pointer);
        }
    }
}
