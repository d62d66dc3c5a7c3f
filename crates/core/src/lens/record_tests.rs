use std::borrow::Cow;

use proptest::prelude::*;

use super::Text;
use super::record::RecordReading;
use super::slots::{Slots, case_slots};
use crate::arbitrary;
use crate::case::Case;
use crate::samples::{case, json, object};

/// The five fields as compact JSON, in the order prompt, input, context, output, golden answer.
fn fields(case: &Case) -> [Option<String>; 5] {
    let RecordReading { prompt, input, context, output, golden_answer } = RecordReading::of(case);
    [prompt, input, context, output, golden_answer]
        .map(|field| field.map(|text: Text<'_>| text.json().to_owned()))
}

fn some(json: &str) -> Option<String> {
    Some(json.to_owned())
}

#[test]
fn well_known_keys_are_the_fields() {
    let full = Case {
        output: Some(json("\"o\"")),
        expected: Some(object(r#"{"golden_answer":"g","decision":"BLOCK","other":1}"#)),
        ..case(r#"{"prompt":"p","input":"i","context":[ "c", "d" ]}"#)
    };
    let expected =
        [some("\"p\""), some("\"i\""), some(r#"["c","d"]"#), some("\"o\""), some("\"g\"")];
    assert_eq!(fields(&full), expected);
    let all = Slots { prompt: true, input: true, context: true, output: true, golden_answer: true };
    assert_eq!(case_slots(&full), all);
}

#[test]
fn a_case_without_anything_fills_nothing() {
    assert_eq!(fields(&Case::default()), [const { None }; 5]);
    assert_eq!(case_slots(&Case::default()), Slots::default());
    let nulls = Case {
        output: Some(json("null")),
        expected: Some(object(r#"{"golden_answer":null,"a":null}"#)),
        metadata: Some(object(r#"{"input":"not shown"}"#)),
        ..case(r#"{"prompt":null,"input":null,"context":null,"output":null,"a":null}"#)
    };
    assert_eq!(fields(&nulls), [const { None }; 5]);
}

#[test]
fn an_empty_string_is_a_value() {
    let empty = Case {
        expected: Some(object(r#"{"golden_answer":"","a":"not this"}"#)),
        ..case(r#"{"prompt":"","context":"","input":"","output":""}"#)
    };
    assert_eq!(fields(&empty), [const { "\"\"" }; 5].map(some));
}

#[test]
fn the_input_is_the_subject_of_what_is_no_prompt_or_context() {
    let input = |inputs| fields(&case(inputs))[1].clone();
    assert_eq!(input(r#"{"prompt":"p","question":"q"}"#), some("\"q\""));
    assert_eq!(input(r#"{"prompt":"p","context":"c"}"#), None);
    assert_eq!(input(r#"{"prompt":null,"a":1,"b": 2}"#), some(r#"{"a":1,"b":2}"#));
    assert_eq!(input(r#"{"stage":"tool","output":"o","question":"q"}"#), some("\"q\""));
    assert_eq!(
        input(r#"{"stage":"theatre","question":"q"}"#),
        some(r#"{"stage":"theatre","question":"q"}"#)
    );
}

#[test]
fn the_output_may_stand_in_the_inputs() {
    assert_eq!(fields(&case(r#"{"output":{"a": 1}}"#))[3], some(r#"{"a":1}"#));
    let own = Case { output: Some(json("1")), ..case(r#"{"output":2}"#) };
    assert_eq!(fields(&own)[3], some("1"));
    assert_eq!(fields(&own)[1], some("2"), "what was not taken is the only input");
}

#[test]
fn the_golden_answer_is_given_or_the_subject_of_what_is_no_verdict() {
    let golden =
        |expected| fields(&Case { expected: Some(object(expected)), ..Case::default() })[4].clone();
    assert_eq!(golden(r#"{"golden_answer":{"a": 1},"input":"x"}"#), some(r#"{"a":1}"#));
    assert_eq!(golden(r#"{"golden_answer":"a","golden_answer":"b"}"#), some("\"b\""));
    assert_eq!(golden(r#"{"result":"r"}"#), some("\"r\""));
    assert_eq!(golden(r#"{"golden_answer":null,"result":"r"}"#), some("\"r\""));
    assert_eq!(golden(r#"{"decision":"BLOCK","rule_hits":["x"],"result":"r"}"#), some("\"r\""));
    assert_eq!(golden(r#"{"decision":"BLOCK","rule_hits":["x"]}"#), None);
    assert_eq!(golden(r#"{"decision":"maybe"}"#), some("\"maybe\""));
    assert_eq!(golden(r#"{"input":"i","b":2}"#), some("\"i\""));
    assert_eq!(golden(r#"{"a":1,"b": 2}"#), some(r#"{"a":1,"b":2}"#));
}

proptest! {
    #[test]
    fn every_case_can_be_read_and_every_token_is_json(case in arbitrary::case()) {
        let RecordReading { prompt, input, context, output, golden_answer } =
            RecordReading::of(&case);
        for text in [prompt, input, context, output, golden_answer].into_iter().flatten() {
            let token = json(&text.token());
            let plain = text.plain().map(Cow::into_owned);
            prop_assert_eq!(token.view().as_text().map(Cow::into_owned), plain);
            json(text.json());
        }
    }
}
