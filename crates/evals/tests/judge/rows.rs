//! Each metric's labelled rows (`rows/<short name>.toml`), played through the engine: the findings are
//! scripted, the score and the details are worked out by hand in the row's note.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use evalstone_core::json::{RawJson, RawObject};
use evalstone_evals::judge::{Model, short_names};
use evalstone_evals::scoring::{Arguments, Row};
use serde_json::Value;

use super::server::{Call, Reply, Server};
use super::{SLUG, judges, model};

/// The kinds of row that each metric must have.
const KINDS: [&str; 6] = ["good", "bad", "borderline", "empty", "language", "hostile"];

/// A row's fields.
const FIELDS: [&str; 5] = ["prompt", "input", "context", "output", "golden_answer"];

/// The file of a metric: which fields its questions show, and its rows.
fn file(name: &str) -> Value {
    let text = std::fs::read_to_string(folder().join(format!("{name}.toml"))).expect(name);
    let table: toml::Table =
        toml::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
    serde_json::to_value(table).expect("JSON")
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/judge/rows")
}

fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value[name].as_array().unwrap_or_else(|| panic!("no {name}: {value}"))
}

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_else(|| panic!("no {name}: {value}")).to_owned()
}

/// What the model says: a text as it is, anything else as JSON.
fn said(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[test]
fn every_metric_has_rows_of_every_kind() {
    let files = std::fs::read_dir(folder()).expect("a folder").map(|entry| {
        let path = entry.expect("an entry").path();
        path.file_stem().expect("a name").to_string_lossy().into_owned()
    });
    let files: BTreeSet<_> = files.collect();
    let names: BTreeSet<_> = short_names().map(str::to_owned).collect();
    assert_eq!((files, names.len()), (names.clone(), 27));
    for name in names {
        let file = file(&name);
        let mut kinds = BTreeSet::new();
        for row in list(&file, "row") {
            let kind = text(row, "kind");
            assert!(KINDS.contains(&kind.as_str()), "{name}: {kind}");
            assert!(!text(row, "note").is_empty());
            kinds.insert(kind);
        }
        assert_eq!(kinds.len(), KINDS.len(), "{name} has only {kinds:?}");
        assert!(list(&file, "row").len() >= 6, "{name}");
    }
}

#[tokio::test]
async fn every_row_is_scored_as_by_hand() {
    let mut failed = 0;
    for name in short_names() {
        let file = Arc::new(file(name));
        for index in 0..list(&file, "row").len() {
            let file = Arc::clone(&file);
            // Each in a task of its own, so that one that fails does not hide the next.
            let row = async move { play(name, &file, &list(&file, "row")[index]).await };
            failed += usize::from(tokio::spawn(row).await.is_err());
        }
    }
    assert_eq!(failed, 0, "rows failed, as told above");
}

async fn play(name: &str, file: &Value, labelled: &Value) {
    let which = format!("{name}, {}: {}", text(labelled, "kind"), text(labelled, "note"));
    let says: Vec<_> = list(labelled, "says").iter().map(said).collect();
    let script: Vec<_> = says.iter().map(|text| Reply::says(text)).collect();
    let server = Server::start(script).await;
    let field = |name: &str| {
        let value = labelled.get(name)?;
        Some(RawJson::parse(&value.to_string()).expect("JSON"))
    };
    let row = Row {
        prompt: field("prompt"),
        input: field("input"),
        context: field("context"),
        output: field("output"),
        golden_answer: field("golden_answer"),
    };
    let arguments =
        labelled.get("args").map(|args| RawJson::parse(&args.to_string()).expect("JSON"));
    let arguments = arguments.map(|args| RawObject::try_from(args).expect("an object"));
    // Calls that are made together are answered in their order.
    let judges = judges(Model { parallel: 1, ..model(&server.url) });
    let judgement = judges.judge(name, SLUG, &row, Arguments::of(arguments.as_ref())).await;
    let calls = server.calls();
    assert_eq!(calls.len(), says.len(), "{which}: {:?}", judgement.outcome);
    assert_eq!(judgement.cost.0, 300_000_000 * calls.len() as u64, "{which}");
    for call in calls.iter().filter(|call| call.body.get("response_format").is_some()) {
        check_question(&which, file, labelled, call);
    }
    if let Some(expected) = labelled.get("failure") {
        let why = judgement.outcome.expect_err(&which).to_string();
        assert_eq!(Some(why.as_str()), expected.as_str(), "{which}");
        return;
    }
    let score = judgement.outcome.unwrap_or_else(|why| panic!("{which}: {why}"));
    let expected = labelled["score"].as_f64().unwrap_or_else(|| panic!("{which}: no score"));
    assert!(
        (score.value - expected).abs() < 1e-5,
        "{which}: {} {}",
        score.value,
        score.explanation
    );
    let details = score.details.unwrap_or_else(|| panic!("{which}: no details"));
    let details: Value = serde_json::from_str(details.as_str()).expect("JSON");
    assert_eq!(details, labelled["details"], "{which}: {}", score.explanation);
    assert!(!score.explanation.is_empty(), "{which}");
    if let Some(expected) = labelled.get("explanation") {
        assert_eq!(Some(score.explanation.as_str()), expected.as_str(), "{which}");
    }
}

/// The row's fields stand in the blocks of the data, whole, and nowhere else.
fn check_question(which: &str, file: &Value, labelled: &Value, call: &Call) {
    let blocks = blocks(call.message(1));
    for field in FIELDS {
        let Some(value) = labelled.get(field) else { continue };
        let value = match value {
            Value::Array(items) => items.iter().map(said).collect::<Vec<_>>().join(" "),
            other => said(other),
        };
        assert!(value.len() < 12 || !call.message(0).contains(&value), "{which}: {field}");
        let is_shown = list(file, "shown").iter().any(|shown| shown == field);
        let shown = blocks.get(field).map(|text| words(text)).unwrap_or_default();
        let expected = if is_shown { words(&value) } else { String::new() };
        assert_eq!(shown, expected, "{which}: {field}");
    }
    for (name, text) in labelled.get("blocks").and_then(Value::as_object).into_iter().flatten() {
        let shown = blocks.get(name).map(|text| words(text));
        assert_eq!(shown.as_deref(), text.as_str(), "{which}: {name}");
    }
}

/// The texts of the blocks by their names, those of one name joined.
fn blocks(data: &str) -> BTreeMap<String, String> {
    let mark = data.split(['<', ' ']).nth(1).expect("a mark").to_owned();
    let mut blocks: BTreeMap<String, String> = BTreeMap::new();
    for part in data.split(&format!("<{mark} ")).skip(1) {
        let (head, rest) = part.split_once(">\n").expect("the head's end");
        let (body, _) = rest.split_once(&format!("\n</{mark}>\n")).expect("the block's end");
        let name = head.split(' ').next().expect("a name").to_owned();
        let text = blocks.entry(name).or_default();
        text.push(' ');
        text.push_str(body);
    }
    blocks
}

fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
