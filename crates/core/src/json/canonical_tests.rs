use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::Value;

use super::string::units;
use super::{Kind, MAX_DEPTH, View, canonical, check, encode};
use crate::arbitrary::json_value;

fn canon(text: &str) -> String {
    canonical(View::parse(text, MAX_DEPTH).expect(text))
}

#[test]
fn keys_are_ordered_by_utf_16_code_units() {
    // The example of RFC 8785, section 3.2.3.
    let text = r#"{"\u20ac":1,"\r":2,"\ufb33":3,"1":4,"\ud83d\ude00":5,"\u0080":6,"\u00f6":7}"#;
    assert_eq!(
        canon(text),
        "{\"\\r\":2,\"1\":4,\"\u{80}\":6,\"ö\":7,\"€\":1,\"😀\":5,\"\u{fb33}\":3}"
    );
}

#[test]
fn strings_have_the_fewest_escapes() {
    assert_eq!(
        canon(
            r#""\u0000\u0008\u0009\u000a\u000C\u000d\u001F\u0022\u005c\/\u007f\u00e9 \ud83D\uDE00""#
        ),
        "\"\\u0000\\b\\t\\n\\f\\r\\u001f\\\"\\\\/\u{7f}é 😀\""
    );
}

#[test]
fn lone_surrogates_stay_lower_case_escapes() {
    assert_eq!(canon(r#""\uD800""#), r#""\ud800""#);
    assert_eq!(canon(r#""\uDE00\uD83D""#), r#""\ude00\ud83d""#);
    assert_eq!(canon(r#""\ud800\ud83d\ude00""#), "\"\\ud800😀\"");
    assert_ne!(canon(r#""\ud800""#), canon(r#""\ud801""#));
    assert_ne!(canon(r#""\ud800""#), canon(r#""\\ud800""#));
    assert_eq!(canon(r#"{"\ud800":1,"\u0061":2}"#), r#"{"a":2,"\ud800":1}"#);
}

#[test]
fn duplicate_keys_keep_their_order() {
    assert_eq!(canon(r#"{"b":1,"a":2,"\u0062":0,"a":1}"#), r#"{"a":2,"a":1,"b":1,"b":0}"#);
    assert_ne!(canon(r#"{"a":1,"a":2}"#), canon(r#"{"a":2,"a":1}"#));
}

#[test]
fn containers_and_literals() {
    assert_eq!(canon(" [ ] "), "[]");
    assert_eq!(canon("{ }"), "{}");
    assert_eq!(
        canon("[ null , true,false, [ [ 1.0 ] , { \"b\" : { } , \"a\" : [ ] } ] ]"),
        "[null,true,false,[[1],{\"a\":[],\"b\":{}}]]"
    );
    let deep = format!("{}{}", "[".repeat(MAX_DEPTH), "]".repeat(MAX_DEPTH));
    assert_eq!(canon(&deep), deep);
}

/// Another spelling of the same value, with every choice taken from `choices`.
fn respelled(view: View<'_>, choices: &mut impl Iterator<Item = u8>) -> String {
    let mut space = || ["", " ", "\n", "\t\r"][usize::from(choices.next().unwrap_or(0)) % 4];
    let (before, after) = (space(), space());
    let middle = match view.kind() {
        Kind::Null | Kind::Bool => view.raw().to_owned(),
        Kind::Number => respelled_number(view.raw(), choices.next().unwrap_or(0)),
        Kind::String => respelled_string(view.raw(), choices),
        Kind::Array => {
            let items: Vec<_> = view.items().map(|item| respelled(item, choices)).collect();
            format!("[{}]", items.join(","))
        }
        Kind::Object => respelled_object(view, choices),
    };
    format!("{before}{middle}{after}")
}

/// Members of different keys in another order, those of the same key in the same.
fn respelled_object(view: View<'_>, choices: &mut impl Iterator<Item = u8>) -> String {
    let mut by_key = BTreeMap::<_, Vec<_>>::new();
    for (key, value) in view.members() {
        let member =
            format!("{}:{}", respelled_string(key.raw(), choices), respelled(value, choices));
        by_key.entry(key.canonical()).or_default().push(member);
    }
    let mut queues: Vec<_> = by_key.into_values().map(Vec::into_iter).collect();
    let mut members = Vec::new();
    while !queues.is_empty() {
        let index = usize::from(choices.next().unwrap_or(0)) % queues.len();
        match queues[index].next() {
            Some(member) => members.push(member),
            None => drop(queues.swap_remove(index)),
        }
    }
    format!("{{{}}}", members.join(","))
}

fn respelled_string(token: &str, choices: &mut impl Iterator<Item = u8>) -> String {
    let upper = |unit: u16| format!("\\u{unit:04X}");
    let mixed = |unit: u16| upper(unit).replace('A', "a").replace('D', "d");
    let pieces = char::decode_utf16(units(token)).map(|unit| match unit {
        Err(lone) => upper(lone.unpaired_surrogate()),
        Ok(c) => match choices.next().unwrap_or(0) % 3 {
            0 if c == '/' => "\\/".to_owned(),
            1 => c.encode_utf16(&mut [0; 2]).iter().map(|unit| upper(*unit)).collect(),
            2 => c.encode_utf16(&mut [0; 2]).iter().map(|unit| mixed(*unit)).collect(),
            _ => {
                let token = encode(&c.to_string());
                token[1..token.len() - 1].to_owned()
            }
        },
    });
    format!("\"{}\"", pieces.collect::<String>())
}

/// The same number with zeros moved between mantissa and exponent.
fn respelled_number(token: &str, choice: u8) -> String {
    let (mantissa, exponent) = token.split_once(['e', 'E']).unwrap_or((token, "0"));
    let (mantissa, exponent) = match (choice % 4, mantissa.contains('.')) {
        (0, true) => (format!("{mantissa}00"), exponent.to_owned()),
        (0, false) => (format!("{mantissa}.0"), exponent.to_owned()),
        (1, false) if mantissa.trim_start_matches('-') != "0" && exponent.len() < 30 => {
            let exponent: i128 = exponent.parse().expect("a small exponent");
            (format!("{mantissa}0"), (exponent - 1).to_string())
        }
        (2, _) if exponent.starts_with(|c: char| c.is_ascii_digit()) => {
            (mantissa.to_owned(), format!("+00{exponent}"))
        }
        _ => return token.to_owned(),
    };
    format!("{mantissa}E{exponent}")
}

/// JSON that a double, a map and a string represent exactly, so that `Value` can judge equality.
fn tame_value() -> impl Strategy<Value = Value> {
    let scalar = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (0..3_i32).prop_map(Value::from),
        "[ab]{0,1}".prop_map(Value::from),
    ];
    scalar.prop_recursive(2, 6, 2, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::btree_map("[ab]", inner, 0..3)
                .prop_map(|map| map.into_iter().collect()),
        ]
    })
}

proptest! {
    #[test]
    fn canonical_json_is_json_with_itself_as_canonical_json(text in json_value()) {
        let once = canon(&text);
        prop_assert_eq!(check(&once, MAX_DEPTH), Ok(()));
        prop_assert_eq!(canon(&once), once);
    }

    #[test]
    fn every_spelling_of_a_value_has_one_canonical_json(
        text in json_value(),
        choices in prop::collection::vec(any::<u8>(), 1..64),
    ) {
        let view = View::parse(&text, MAX_DEPTH).expect("generated JSON");
        let other = respelled(view, &mut choices.into_iter().cycle());
        prop_assert_eq!(canon(&other), canon(&text), "{}", other);
    }

    #[test]
    fn different_values_differ(one in tame_value(), two in tame_value()) {
        prop_assert_eq!(canon(&one.to_string()) == canon(&two.to_string()), one == two);
    }

    #[test]
    fn what_serde_json_can_represent_means_the_same_afterwards(value in tame_value()) {
        let again: Value = serde_json::from_str(&canon(&value.to_string())).expect("JSON");
        prop_assert_eq!(as_doubles(&again), as_doubles(&value));
    }
}

/// The value with every number as a double, since `1e1` and `10` are different `Value`s.
fn as_doubles(value: &Value) -> Value {
    match value {
        Value::Number(number) => number.as_f64().into(),
        Value::Array(items) => items.iter().map(as_doubles).collect(),
        Value::Object(members) => {
            members.iter().map(|(key, value)| (key.clone(), as_doubles(value))).collect()
        }
        other => other.clone(),
    }
}
