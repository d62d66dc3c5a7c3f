use proptest::prelude::*;

use super::{
    FaultKind, Kind, MAX_DEPTH, NotObject, ObjectBuilder, RawJson, RawObject, View, encode,
};
use crate::arbitrary::{json_object, json_value, plain_text};
use crate::samples::{json, object};

#[test]
fn a_payload_is_trimmed_outside_and_kept_inside() {
    let payload = RawJson::parse(" \n{ \"a\" :\t1.0 } \r\n").expect("JSON");
    assert_eq!(payload.as_str(), "{ \"a\" :\t1.0 }");
    assert_eq!(payload.view().get("a").map(View::raw), Some("1.0"));
    assert_eq!(RawJson::from_view(payload.view()), payload);
    assert_eq!(RawJson::trusted(payload.clone().into_string()), payload);
}

#[test]
fn a_payload_is_checked() {
    let fault = RawJson::parse("[1,]").expect_err("broken");
    assert_eq!((fault.offset, fault.kind), (3, FaultKind::Syntax("Expecting value")));
    let fault = RawJson::parse(&"[".repeat(200)).expect_err("deep");
    assert_eq!(fault.kind, FaultKind::TooDeep { max: MAX_DEPTH });
}

#[test]
fn an_object_is_an_object() {
    assert_eq!(RawObject::empty().as_str(), "{}");
    assert_eq!(RawObject::default(), RawObject::empty());
    assert!(object("{ \n }").is_empty());
    assert!(!object("{\"a\":null}").is_empty());
    assert_eq!(RawObject::try_from(json("[1]")), Err(NotObject { found: Kind::Array }));
    assert_eq!(RawObject::try_from(json("null").view()), Err(NotObject { found: Kind::Null }));
    assert_eq!(RawObject::try_from(json("{ }").view()), Ok(object("{ }")));
    assert_eq!(RawJson::from(object("{ }")), json("{ }"));
    assert_eq!(
        NotObject { found: Kind::Bool }.to_string(),
        "expected a JSON object, found boolean"
    );
}

#[test]
fn a_builder_writes_members_in_order_as_they_are_spelled() {
    let source = object(r#"{ "\u0061" : [ 1.0 ] }"#);
    let (key, value) = source.view().members().next().expect("one member");
    let built = ObjectBuilder::new()
        .member("é\"", value)
        .raw_member(key, value)
        .text_member("t", "a\nb")
        .member("t", json("null").view())
        .build();
    assert_eq!(built.as_str(), r#"{"é\"":[ 1.0 ],"\u0061":[ 1.0 ],"t":"a\nb","t":null}"#);
    assert_eq!(ObjectBuilder::default().build().as_str(), "{}");
}

#[test]
fn members_are_spliced_in_at_the_end() {
    let (one, two) = (json("1.0"), json("[ ]"));
    let added = [("x", one.view()), ("y\n", two.view())];
    for (before, after) in [
        ("{}", r#"{"x":1.0,"y\n":[ ]}"#),
        ("{ }", r#"{"x":1.0,"y\n":[ ] }"#),
        (r#"{"a":"}"}"#, r#"{"a":"}","x":1.0,"y\n":[ ]}"#),
        ("{ \"a\" : 1\n}", "{ \"a\" : 1,\"x\":1.0,\"y\\n\":[ ]\n}"),
    ] {
        assert_eq!(object(before).with_members(&added).as_str(), after);
        assert_eq!(object(before).with_members(&[]).as_str(), before);
    }
}

proptest! {
    #[test]
    fn with_members_keeps_every_original_byte(text in json_object(), value in json_value()) {
        let original = object(&text);
        let value = json(&value);
        let spliced = original.with_members(&[("output", value.view()), ("é", value.view())]);
        let expected: Vec<_> = original
            .view()
            .members()
            .map(|(key, value)| (key.raw().to_owned(), value.raw().to_owned()))
            .chain(["\"output\"", "\"é\""].map(|key| (key.to_owned(), value.as_str().to_owned())))
            .collect();
        let members: Vec<_> = spliced
            .view()
            .members()
            .map(|(key, value)| (key.raw().to_owned(), value.raw().to_owned()))
            .collect();
        prop_assert_eq!(members, expected);
        prop_assert!(RawJson::parse(spliced.as_str()).is_ok());
        let added = spliced.as_str().len() - original.as_str().len();
        let kept = (0..=original.as_str().len()).any(|at| {
            let spliced = spliced.as_str();
            spliced.is_char_boundary(at)
                && spliced.is_char_boundary(at + added)
                && [&spliced[..at], &spliced[at + added..]].concat() == original.as_str()
        });
        prop_assert!(kept, "{} is not {} with something put in", spliced.as_str(), text);
    }

    #[test]
    fn a_text_becomes_the_string_that_serde_json_writes(text in plain_text(), nul in any::<bool>()) {
        let text = if nul { format!("{text}\0\u{8}\u{c}\u{1f}\u{7f}") } else { text };
        let payload = RawJson::from_text(&text);
        let serde = serde_json::to_string(&text).expect("serializable");
        prop_assert_eq!(payload.as_str(), &serde);
        prop_assert_eq!(encode(&text), serde);
        prop_assert_eq!(payload.view().as_text().expect("a text"), text);
    }
}
