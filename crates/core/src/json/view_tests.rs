use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use serde_json::Value;

use super::{Kind, MAX_DEPTH, View, canonical};
use crate::arbitrary::json_value;

fn view(text: &str) -> View<'_> {
    View::parse(text, MAX_DEPTH).expect(text)
}

#[test]
fn a_view_is_trimmed_and_knows_its_kind() {
    for (text, raw, kind) in [
        (" null ", "null", Kind::Null),
        ("true", "true", Kind::Bool),
        ("\tfalse\n", "false", Kind::Bool),
        ("-1", "-1", Kind::Number),
        ("0", "0", Kind::Number),
        (" \" \"", "\" \"", Kind::String),
        ("[ ]\r\n", "[ ]", Kind::Array),
        (" { }", "{ }", Kind::Object),
    ] {
        assert_eq!(view(text).raw(), raw);
        assert_eq!(view(text).kind(), kind, "{text}");
        assert_eq!(view(text).is_null(), kind == Kind::Null);
    }
    assert!(View::parse("[", MAX_DEPTH).is_err());
    assert!(View::parse("[[]]", 1).is_err());
}

#[test]
fn scalars_are_decoded() {
    assert_eq!(view("true").as_bool(), Some(true));
    assert_eq!(view("false").as_bool(), Some(false));
    assert_eq!(view("\"true\"").as_bool(), None);
    assert_eq!(view(r#""é""#).as_text().as_deref(), Some("é"));
    assert_eq!(view(r#""\u00E9\n\ud83d\ude00\u0000""#).as_text().as_deref(), Some("é\n😀\0"));
    assert_eq!(view(r#""\ud800""#).as_text(), None, "a lone surrogate is no text");
    assert_eq!(view("1").as_text(), None);
    assert_eq!(view(r#""é\ud800\n""#).as_text_lossy().as_deref(), Some("é\u{fffd}\n"));
    assert_eq!(view(r#""é""#).as_text_lossy().as_deref(), Some("é"));
    assert_eq!(view("1").as_text_lossy(), None);
}

#[test]
fn members_keep_order_duplicates_and_spelling() {
    let object =
        view("{ \"b\" : 1 ,\n\"\\u0061\":[ 2, \"}\" ], \"b\":{\"c\":null}, \"\\ud800\":\"\\\"\"}");
    let members: Vec<_> = object.members().map(|(key, value)| (key.raw(), value.raw())).collect();
    assert_eq!(
        members,
        [
            ("\"b\"", "1"),
            ("\"\\u0061\"", "[ 2, \"}\" ]"),
            ("\"b\"", "{\"c\":null}"),
            ("\"\\ud800\"", "\"\\\"\""),
        ]
    );
    let texts: Vec<_> = object.members().map(|(key, _)| key.text()).collect();
    assert_eq!(texts, [Some("b".into()), Some("a".into()), Some("b".into()), None]);
    assert_eq!(view("[1]").members().count(), 0);
    assert_eq!(view("{ }").members().count(), 0);
}

#[test]
fn get_takes_the_last_duplicate_however_it_is_spelled() {
    let object = view(r#"{"input":1,"\u0069nput":2,"inputs":3,"n":null,"n2":1,"n2":null}"#);
    assert_eq!(object.get("input").map(View::raw), Some("2"));
    assert!(object.get("n").is_some_and(View::is_null));
    assert!(object.get("n2").is_some_and(View::is_null));
    assert!(object.get("INPUT").is_none());
    assert!(view("[\"input\"]").get("input").is_none());
}

#[test]
fn several_members_are_found_as_each_of_them_is() {
    let keys = ["input", "n", "INPUT", "n2", ""];
    for text in [
        r#"{"input":1,"\u0069nput":2,"inputs":3,"n":null,"n2":1,"n2":{"n":4}}"#,
        r#"{"\ud800":1,"":"x"}"#,
        "{}",
        r#"["input"]"#,
    ] {
        let each = view(text).get_each(keys).map(|value| value.map(View::raw));
        assert_eq!(each, keys.map(|key| view(text).get(key).map(View::raw)), "{text}");
    }
}

#[test]
fn items_keep_order_and_spelling() {
    let items = |text| view(text).items().map(View::raw).collect::<Vec<_>>();
    assert_eq!(items("[ 1.0 ,\"],\" ,[ [], {} ],\ttrue]"), ["1.0", "\"],\"", "[ [], {} ]", "true"]);
    assert_eq!(items("[]"), [""; 0]);
    assert_eq!(items("{\"a\":1}"), [""; 0]);
}

#[test]
fn compact_removes_only_whitespace_outside_strings() {
    let compact = |text| view(text).compact().into_owned();
    assert_eq!(
        compact("{ \"a b\" : [ 1.0 , -0 ] ,\r\n\t\"a b\":\"\\u00e9 \\\" \" }"),
        "{\"a b\":[1.0,-0],\"a b\":\"\\u00e9 \\\" \"}"
    );
    assert!(matches!(view(" [1] ").compact(), std::borrow::Cow::Borrowed("[1]")));
}

#[test]
fn a_large_array_is_walked_in_linear_time() {
    let object = format!("{{\"input\":\"{}\",\"n\":[1,2,{{}}]}}", "x".repeat(380));
    let text = format!("[{}]", vec![object; 5_000].join(", "));
    assert!(text.len() > 2_000_000);
    let start = Instant::now();
    let array = view(&text);
    let found = array.items().filter(|item| item.get("n").is_some()).count();
    assert_eq!(found, 5_000);
    // Walking it in quadratic time would read 10 GB.
    assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
}

/// Text that was never checked may read as nonsense but must neither panic nor hang.
#[test]
fn unchecked_text_is_harmless() {
    for text in [
        "",
        "{",
        "{\"",
        "{\"a",
        "{\"a\"",
        "{\"a\"é",
        "{\"a\":",
        "[",
        "[,",
        "[é",
        "\"\\",
        "[\"\\é",
        "{\"a\":1]]",
    ] {
        let view = View::checked(text);
        let _ = (view.kind(), view.as_text(), view.compact(), canonical(view));
        assert!(view.members().count() + view.items().count() <= text.len());
    }
}

/// Asserts that walking a view finds what `serde_json` parsed.
fn assert_agrees(view: View<'_>, value: &Value) {
    match value {
        Value::Null => assert!(view.is_null()),
        Value::Bool(truth) => assert_eq!(view.as_bool(), Some(*truth)),
        Value::Number(number) => {
            assert_eq!(view.kind(), Kind::Number);
            assert_eq!(view.raw().parse::<f64>().ok(), number.as_f64());
        }
        Value::String(text) => assert_eq!(view.as_text().as_deref(), Some(text.as_str())),
        Value::Array(values) => {
            assert_eq!(view.kind(), Kind::Array);
            assert_eq!(view.items().count(), values.len());
            view.items().zip(values).for_each(|(item, value)| assert_agrees(item, value));
        }
        Value::Object(values) => {
            assert_eq!(view.kind(), Kind::Object);
            let keys: BTreeSet<_> = view.members().filter_map(|(key, _)| key.text()).collect();
            assert_eq!(keys.len(), values.len());
            for (key, value) in values {
                assert_agrees(view.get(key).expect(key), value);
            }
        }
    }
}

fn serde_value() -> impl Strategy<Value = Value> {
    let scalar = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1e300..1e300).prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    scalar.prop_recursive(5, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(any::<String>(), inner, 0..6)
                .prop_map(|map| map.into_iter().collect()),
        ]
    })
}

proptest! {
    #[test]
    fn navigation_agrees_with_serde_json(value in serde_value()) {
        assert_agrees(view(&value.to_string()), &value);
        let pretty = serde_json::to_string_pretty(&value).expect("serializable");
        assert_agrees(view(&pretty), &value);
    }

    #[test]
    fn navigation_agrees_on_what_serde_json_can_represent_of_hostile_texts(text in json_value()) {
        if let Ok(value) = serde_json::from_str::<Value>(&text) {
            assert_agrees(view(&text), &value);
        }
    }

    #[test]
    fn compact_keeps_the_value_and_holds_no_whitespace_outside_strings(text in json_value()) {
        let compact = view(&text).compact().into_owned();
        prop_assert_eq!(canonical(view(&compact)), canonical(view(&text)));
        prop_assert!(matches!(view(&compact).compact(), std::borrow::Cow::Borrowed(_)));
        if let Ok(value) = serde_json::from_str::<Value>(&text) {
            assert_agrees(view(&compact), &value);
        }
    }
}
