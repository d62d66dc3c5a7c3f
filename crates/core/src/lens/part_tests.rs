use std::borrow::Cow;

use super::{Part, subject, subject_without, text};
use crate::json::View;
use crate::samples::{json, object};

fn subject_of(json: &str) -> Option<String> {
    let object = object(json);
    subject(&Part::whole(object.view())).map(|text| text.json().to_owned())
}

#[test]
fn the_subject_is_the_input_if_present() {
    assert_eq!(subject_of(r#"{"a":1,"input":"hi","b":2}"#).as_deref(), Some("\"hi\""));
    assert_eq!(subject_of(r#"{"a":1,"\u0069nput":[ 1 ]}"#).as_deref(), Some("[1]"));
    assert_eq!(subject_of(r#"{"input":"first","input":"last"}"#).as_deref(), Some("\"last\""));
    assert_eq!(subject_of(r#"{"input":"","a":1}"#).as_deref(), Some("\"\""), "empty is a value");
}

#[test]
fn else_the_subject_is_the_only_value() {
    assert_eq!(subject_of(r#"{"question":"why"}"#).as_deref(), Some("\"why\""));
    assert_eq!(subject_of(r#"{"question":{"a": 1.0}}"#).as_deref(), Some("{\"a\":1.0}"));
    assert_eq!(subject_of(r#"{"input":null,"question":"why"}"#).as_deref(), Some("\"why\""));
    assert_eq!(subject_of(r#"{"a":1,"\u0061":2}"#).as_deref(), Some("2"), "one key, twice");
    assert_eq!(subject_of(r#"{"\ud800":1,"\uD800":2}"#).as_deref(), Some("2"));
}

#[test]
fn else_the_subject_is_the_object() {
    assert_eq!(
        subject_of("{ \"b\" : 1.0 , \"a\":\"x y\", \"b\":2, \"c\":null }").as_deref(),
        Some("{\"b\":1.0,\"a\":\"x y\",\"b\":2,\"c\":null}")
    );
    assert_eq!(
        subject_of(r#"{"\ud800":1,"\ud801":2}"#).as_deref(),
        Some(r#"{"\ud800":1,"\ud801":2}"#)
    );
}

#[test]
fn an_object_without_values_has_no_subject() {
    for blank in ["{}", "{ }", r#"{"input":null}"#, r#"{"a":null,"b":null}"#, r#"{"a":1,"a":null}"#]
    {
        assert_eq!(subject_of(blank), None, "{blank}");
        assert!(Part::whole(object(blank).view()).is_blank(), "{blank}");
    }
    for filled in [r#"{"a":""}"#, r#"{"a":1,"b":null}"#, r#"{"a":null,"a":1}"#] {
        assert!(!Part::whole(object(filled).view()).is_blank(), "{filled}");
    }
}

#[test]
fn the_subject_without_keys_does_not_see_them() {
    let object = object(r#"{"prompt":"p", "a":1, "context":null, "b": [ 2 ], "\u0070rompt":"q"}"#);
    let whole = Part::whole(object.view());
    let json = |keys| subject_without(&whole, keys).map(|text| text.json().to_owned());
    assert_eq!(json(&["prompt", "context"]).as_deref(), Some("{\"a\":1,\"b\":[2]}"));
    assert_eq!(json(&["prompt", "context", "a"]).as_deref(), Some("[2]"));
    assert_eq!(json(&["prompt", "a", "b"]), None);
}

#[test]
fn a_part_keeps_the_text_of_what_is_left() {
    let object = object("{ \"a\" : 1.0 , \"\\u0062\":[ 2 ] , \"a\":null }");
    let whole = Part::whole(object.view());
    assert!(matches!(whole.json(), Cow::Borrowed(text) if text == object.as_str()));
    assert!(matches!(whole.without(&["x"]).json(), Cow::Borrowed(text) if text == object.as_str()));
    assert_eq!(whole.without(&["a"]).json(), "{\"\\u0062\":[ 2 ]}");
    assert_eq!(whole.without(&["b"]).to_object().as_str(), "{\"a\":1.0,\"a\":null}");
    assert_eq!(whole.without(&["b"]).without(&["a"]).to_object().as_str(), "{}");
}

#[test]
fn a_part_shows_the_last_value_unless_it_is_null_or_taken() {
    let object = object(r#"{"a":1,"b":1,"a":null,"b":"2","c":null}"#);
    let whole = Part::whole(object.view());
    let value = |part: &Part<'_>, key| part.value(key).map(|value| value.raw().to_owned());
    assert_eq!(value(&whole, "b").as_deref(), Some("\"2\""));
    for absent in ["a", "c", "d"] {
        assert_eq!(value(&whole, absent), None);
    }
    assert_eq!(value(&whole.without(&["b"]), "b"), None);
    assert_eq!(whole.values().into_iter().map(View::raw).collect::<Vec<_>>(), ["\"2\""]);
}

#[test]
fn text_is_a_string_as_it_is_and_anything_else_as_compact_json() {
    let unusual = json(r#""caf\u00e9\/\n\u0000""#);
    assert_eq!(
        text(unusual.view()).token(),
        unusual.as_str(),
        "the token comes back byte for byte"
    );
    assert_eq!(text(unusual.view()).plain().as_deref(), Some("café/\n\0"));
    assert_eq!(text(unusual.view()).json(), unusual.as_str());

    let lone = json(r#""a\ud800""#);
    assert_eq!(text(lone.view()).token(), lone.as_str());
    assert_eq!(text(lone.view()).plain(), None, "no text holds a lone surrogate");

    let array = json("[ \"caf\\u00e9\" , 1.0,\"\\ud800\" ]");
    assert_eq!(text(array.view()).plain().as_deref(), Some(r#"["caf\u00e9",1.0,"\ud800"]"#));
    assert_eq!(text(array.view()).token(), r#""[\"caf\\u00e9\",1.0,\"\\ud800\"]""#);
    assert_eq!(text(array.view()).json(), r#"["caf\u00e9",1.0,"\ud800"]"#);

    assert_eq!(text(json("true").view()).token(), "\"true\"");
    assert_eq!(text(json("1.50").view()).plain().as_deref(), Some("1.50"));
}
