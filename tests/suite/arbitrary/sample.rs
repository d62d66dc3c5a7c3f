//! ZNYX samples (contract §3.0, `SampleInput`).

use std::fmt;

use proptest::option;
use proptest::prelude::*;

use super::STAGES;
use super::text::{column_text, text, word};
use super::value::{Object, Value, list, object, object_with, value};

/// A sample as the body of a request holds it.
#[derive(Clone, Debug)]
pub struct Sample(pub Object);

/// The decisions of the vendor's engine, and some that are none.
const DECISIONS: [&str; 7] = ["BLOCK", "REDACT", "TRANSFORM", "WARN", "ALLOW", "block", ""];

impl fmt::Display for Sample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Any sample of any context.
pub fn sample() -> impl Strategy<Value = Sample> {
    let context = prop_oneof![2 => word(&STAGES), 1 => column_text()];
    some_sample(context.prop_map(Value::Text).boxed())
}

/// Any sample whose context is one of the engine's stages.
pub fn engine_sample() -> impl Strategy<Value = Sample> {
    some_sample(word(&STAGES).prop_map(Value::Text).boxed())
}

fn some_sample(context: BoxedStrategy<Value>) -> impl Strategy<Value = Sample> {
    let input = option::of(word(&["input"]).prop_map(Value::Text));
    let empty = prop_oneof![Just(None), Just(Some(Value::Null))].boxed();
    let bare = object_with(vec![
        ("input_text", input_text()),
        ("context", input.boxed()),
        ("expected_decision", empty.clone()),
        ("expected_rule_hits", empty.clone()),
        ("metadata", empty),
    ]);
    let decision = prop_oneof![word(&DECISIONS), text()].prop_map(Value::Text).boxed();
    let rule_hits = list(text().prop_map(Value::Text).boxed()).prop_map(Value::List).boxed();
    let metadata = object().prop_map(Value::Object).boxed();
    let full = object_with(vec![
        ("input_text", input_text()),
        ("context", option::of(context).boxed()),
        ("expected_decision", nullable(decision)),
        ("expected_rule_hits", nullable(rule_hits)),
        ("metadata", nullable(metadata)),
        // The vendor ignores what it does not know.
        ("notes", option::weighted(0.1, value()).boxed()),
    ]);
    prop_oneof![1 => bare, 3 => full].prop_map(Sample)
}

fn input_text() -> BoxedStrategy<Option<Value>> {
    text().prop_map(|text| Some(Value::Text(text))).boxed()
}

/// Left out, null, or a value.
fn nullable(value: BoxedStrategy<Value>) -> BoxedStrategy<Option<Value>> {
    prop_oneof![
        1 => Just(None),
        1 => Just(Some(Value::Null)),
        2 => value.prop_map(Some),
    ]
    .boxed()
}
