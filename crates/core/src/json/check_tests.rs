use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::value::RawValue;

use super::{Fault, FaultKind, MAX_DEPTH, check, check_bytes};
use crate::arbitrary::json_value;

#[test]
fn all_that_the_grammar_allows_is_kept() {
    for text in [
        "null",
        " \t\r\n true \n",
        "-0",
        "1e400",
        "123456789012345678901234567890",
        "0.1E-0007",
        r#""\ud800""#,
        r#""\u0000\"\\\/\b\f\n\r\t\uDEAD""#,
        r#"{"a":1,"a":2,"":null}"#,
        "[[],{},[ ],{ }]",
        "\"\u{7f}\u{2028}😀\"",
    ] {
        assert_eq!(check(text, MAX_DEPTH), Ok(()), "{text}");
    }
}

/// Places and words as `CPython` 3.11's `json.loads` gave them for the same texts.
#[test]
fn syntax_faults_have_pythons_place_and_words() {
    const VALUE: &str = "Expecting value";
    const COMMA: &str = "Expecting ',' delimiter";
    const COLON: &str = "Expecting ':' delimiter";
    const NAME: &str = "Expecting property name enclosed in double quotes";
    const EXTRA: &str = "Extra data";
    const OPEN: &str = "Unterminated string starting at";
    const HEX: &str = "Invalid \\uXXXX escape";
    for (text, offset, message) in [
        ("", 0, VALUE),
        ("  ", 2, VALUE),
        ("[", 1, VALUE),
        ("[1,]", 3, VALUE),
        ("[1,  ]", 5, VALUE),
        ("[1,", 3, VALUE),
        ("tru", 0, VALUE),
        ("[tru]", 1, VALUE),
        ("-", 0, VALUE),
        ("[-]", 1, VALUE),
        ("{\"a\":", 5, VALUE),
        (" {\"a\":é}", 6, VALUE),
        ("[1 2]", 3, COMMA),
        ("[1", 2, COMMA),
        ("[1.]", 2, COMMA),
        ("[1  ,2  3]", 8, COMMA),
        ("{\"a\":1 \"b\"}", 7, COMMA),
        ("{\"a\":1", 6, COMMA),
        ("{\"a\" 1}", 5, COLON),
        ("{\"a\"  1}", 6, COLON),
        ("{\"a\":1, \"b\" 2}", 12, COLON),
        ("{\"a\"", 4, COLON),
        ("{", 1, NAME),
        ("{,}", 1, NAME),
        ("{1:2}", 1, NAME),
        ("{  1}", 3, NAME),
        ("{\"a\":1,}", 7, NAME),
        ("{\"a\":1,  }", 9, NAME),
        ("{\"a\":1,", 7, NAME),
        ("01", 1, EXTRA),
        ("1.", 1, EXTRA),
        ("1e", 1, EXTRA),
        ("1 2", 2, EXTRA),
        ("{}x", 2, EXTRA),
        ("[]]", 2, EXTRA),
        ("[\"abc", 1, OPEN),
        ("\"\\", 0, OPEN),
        ("\"a\\", 0, OPEN),
        ("[\"a\\x\"]", 3, "Invalid \\escape"),
        ("[\"a\nb\"]", 3, "Invalid control character at"),
        ("[\"\\u12\"]", 3, HEX),
        ("[\"\\u12g4\"]", 3, HEX),
        ("\"\\u", 2, HEX),
        ("\"\\u1 34\"", 2, HEX),
    ] {
        let fault = check(text, MAX_DEPTH).expect_err(text);
        assert_eq!(fault, Fault { offset, kind: FaultKind::Syntax(message) }, "{text}");
    }
}

#[test]
fn every_control_character_must_be_escaped() {
    for control in '\0'..='\u{1f}' {
        let fault = check(&format!("\"{control}\""), MAX_DEPTH).expect_err("a control character");
        assert_eq!(fault.offset, 1);
    }
    assert_eq!(check("\" \u{7f}\"", MAX_DEPTH), Ok(()));
}

#[test]
fn what_python_alone_allows_is_refused() {
    for text in ["NaN", "[Infinity]", "-Infinity"] {
        check(text, MAX_DEPTH).expect_err(text);
    }
}

#[test]
fn depth_is_counted_and_limited() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert_eq!(check(&nested(100), 100), Ok(()));
    let fault = check(&nested(101), 100).expect_err("too deep");
    assert_eq!(fault, Fault { offset: 100, kind: FaultKind::TooDeep { max: 100 } });
    assert_eq!(check(r#"{"a":[{}]}"#, 3), Ok(()));
    check(r#"{"a":[{}]}"#, 2).expect_err("three deep");
    assert_eq!(check(r#"[[],[],"[[["]"#, 2), Ok(()), "neighbours and strings are not nested");
    assert_eq!(check("1", 0), Ok(()));
}

#[test]
fn hostile_depth_neither_recurses_nor_takes_long() {
    for opening in ["[", "{\"\":", "[{\"a\":"] {
        let hostile = opening.repeat(100_000);
        let fault = check(&hostile, MAX_DEPTH).expect_err("too deep");
        assert_eq!(fault.kind, FaultKind::TooDeep { max: MAX_DEPTH });
        let fault = check(&hostile, usize::MAX).expect_err("never closed");
        assert!(matches!(fault.kind, FaultKind::Syntax(_)));
    }
    let deep = format!("{}{}", "[".repeat(1_000_000), "]".repeat(1_000_000));
    assert_eq!(check(&deep, usize::MAX), Ok(()));
}

#[test]
fn bytes_must_be_utf_8() {
    assert_eq!(check_bytes("[\"é\"]".as_bytes(), 1), Ok("[\"é\"]"));
    let fault = check_bytes(b"[1, \"\xC3\xA9\xFF\"]", 1).expect_err("no UTF-8");
    assert_eq!(fault, Fault { offset: 7, kind: FaultKind::NotUtf8 });
    assert_eq!(fault.char_offset(b"[1, \"\xC3\xA9\xFF\"]"), 6);
}

#[test]
fn a_fault_says_where_and_why() {
    let text = "{\"é😀\": x}";
    let fault = check(text, MAX_DEPTH).expect_err("broken");
    assert_eq!(fault.offset, 11);
    assert_eq!(fault.char_offset(text), 7);
    assert_eq!(fault.to_string(), "Expecting value at byte 11");
    let fault = check("[[]]", 1).expect_err("too deep");
    assert_eq!(fault.to_string(), "nested deeper than 1 levels at byte 1");
    let fault = check("\"\n\"", 1).expect_err("a line break");
    assert_eq!(fault.to_string(), "Invalid control character at byte 1");
}

fn serde_accepts(text: &str) -> bool {
    serde_json::from_str::<&RawValue>(text).is_ok()
}

proptest! {
    #[test]
    fn generated_values_are_accepted(text in json_value()) {
        prop_assert_eq!(check(&text, MAX_DEPTH), Ok(()));
        prop_assert!(serde_accepts(&text));
    }

    #[test]
    fn damaged_values_are_judged_as_serde_json_judges_them(
        text in json_value(),
        place in any::<Index>(),
        damage in prop::sample::select(vec![
            "", ",", ":", "\"", "\\", "[", "]", "{", "}", "0", "1", "-", ".", "e", "+", "t", " ", "\n", "é",
        ]),
        removed in 0_usize..3,
    ) {
        let mut characters: Vec<char> = text.chars().collect();
        let start = place.index(characters.len());
        let end = (start + removed).min(characters.len());
        characters.splice(start..end, damage.chars());
        let damaged: String = characters.into_iter().collect();
        prop_assert_eq!(check(&damaged, MAX_DEPTH).is_ok(), serde_accepts(&damaged), "{}", damaged);
    }

    #[test]
    fn any_text_is_judged_as_serde_json_judges_it(text in r#"[\[\]{}:,"\\ 01e.+\-truefalsn]{0,12}"#) {
        let verdict = check(&text, MAX_DEPTH);
        prop_assert_eq!(verdict.is_ok(), serde_accepts(&text), "{}", text);
        if let Err(fault) = verdict {
            prop_assert!(fault.offset <= text.len());
        }
    }
}
