use super::expected::{decision, expected_rest, rule_hits};
use crate::case::DECISIONS;
use crate::json::View;
use crate::samples::object;

fn rest(json: &str) -> String {
    expected_rest(&object(json)).json().into_owned()
}

#[test]
fn a_decision_is_any_string() {
    let raw = |json| decision(&object(json)).map(View::raw).map(str::to_owned);
    assert_eq!(raw(r#"{"decision":"BLOCK"}"#).as_deref(), Some("\"BLOCK\""));
    assert_eq!(raw(r#"{"decision":"may\u0062e"}"#).as_deref(), Some(r#""may\u0062e""#));
    assert_eq!(raw(r#"{"decision":1,"decision":"\ud800"}"#).as_deref(), Some(r#""\ud800""#));
    for none in [
        r#"{"decision":null}"#,
        r#"{"decision":["BLOCK"]}"#,
        r#"{"decision":"WARN","decision":1}"#,
        "{}",
    ] {
        assert_eq!(raw(none), None, "{none}");
    }
}

#[test]
fn rule_hits_are_an_array_of_strings() {
    let raw = |json| rule_hits(&object(json)).map(View::raw).map(str::to_owned);
    assert_eq!(raw(r#"{"rule_hits":[ "a", "\ud800" ]}"#).as_deref(), Some(r#"[ "a", "\ud800" ]"#));
    assert_eq!(raw(r#"{"rule_hits":[]}"#).as_deref(), Some("[]"));
    for none in [
        r#"{"rule_hits":["a",1]}"#,
        r#"{"rule_hits":[null]}"#,
        r#"{"rule_hits":"a"}"#,
        r#"{"rule_hits":null}"#,
        r#"{"rule_hits":{}}"#,
    ] {
        assert_eq!(raw(none), None, "{none}");
    }
}

#[test]
fn the_rest_is_what_is_no_verdict_of_the_engine() {
    for engine in DECISIONS {
        assert_eq!(rest(&format!("{{\"decision\":\"{engine}\",\"a\":1}}")), r#"{"a":1}"#);
    }
    assert_eq!(rest(r#"{ "decision":"BLOCK", "rule_hits":[], "answer": 42 }"#), r#"{"answer":42}"#);
    assert_eq!(rest(r#"{"decision":1,"a":2,"decision":"\u0057ARN"}"#), r#"{"a":2}"#);
}

#[test]
fn anything_else_under_those_keys_stays() {
    for whole in [
        r#"{ "decision":"maybe", "rule_hits":[1] }"#,
        r#"{ "decision":"block" }"#,
        r#"{ "decision":["BLOCK"], "rule_hits":"r" }"#,
        r#"{ "decision":"BLOCK", "decision":null }"#,
        "{ }",
    ] {
        assert_eq!(rest(whole), whole);
    }
}
