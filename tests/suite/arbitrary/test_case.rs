//! Gentrace test cases (contract §3.3).

use std::fmt;

use proptest::option;
use proptest::prelude::*;

use super::STAGES;
use super::text::{Text, column_text, text, word};
use super::value::{Object, Value, list, object, object_with};

/// A test case as the body of a request holds it, but for the dataset's id.
#[derive(Clone, Debug)]
pub struct TestCase(pub Object);

impl TestCase {
    /// The body of the request that adds it to a dataset.
    pub fn body(&self, dataset: &str) -> String {
        let spelled = self.0.to_string();
        format!("{{\"datasetId\":\"{dataset}\",{}", &spelled[1..])
    }
}

impl fmt::Display for TestCase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Any test case. Its payloads are often of a form that another dialect can say, too.
pub fn test_case() -> impl Strategy<Value = TestCase> {
    let name = column_text().prop_filter("a name is not empty", |name| !name.is_empty());
    let inputs = prop_oneof![sample_inputs().boxed(), record_inputs().boxed(), object().boxed(),];
    let expected = prop_oneof![
        1 => Just(None),
        1 => Just(Some(Value::Null)),
        1 => Just(Some(Value::Object(Object::default()))),
        1 => golden_answer().prop_map(|object| Some(Value::Object(object))),
        2 => verdict().prop_map(|object| Some(Value::Object(object))),
        2 => object().prop_map(|object| Some(Value::Object(object))),
    ];
    let members = vec![
        ("name", name.prop_map(|name| Some(Value::Text(name))).boxed()),
        ("inputs", inputs.prop_map(|inputs| Some(Value::Object(inputs))).boxed()),
        ("expectedOutputs", expected.boxed()),
    ];
    object_with(members).prop_map(TestCase)
}

/// One text as a ZNYX sample has it, with a stage.
fn sample_inputs() -> impl Strategy<Value = Object> {
    let input = object_with(vec![("input", some(text())), ("stage", maybe(word(&STAGES)))]);
    let output = object_with(vec![("output", some(text())), ("stage", some(word(&["output"])))]);
    prop_oneof![2 => input, 1 => output]
}

/// Texts as an Aegis record has them.
fn record_inputs() -> impl Strategy<Value = Object> {
    object_with(vec![
        ("prompt", maybe(text())),
        ("input", maybe(text())),
        ("context", maybe(text())),
        ("output", maybe(text())),
        ("stage", option::weighted(0.2, word(&["input"]).prop_map(Value::Text)).boxed()),
    ])
}

fn golden_answer() -> impl Strategy<Value = Object> {
    object_with(vec![("golden_answer", some(text()))])
}

fn verdict() -> impl Strategy<Value = Object> {
    let rule_hits = list(text().prop_map(Value::Text).boxed()).prop_map(Value::List);
    object_with(vec![
        ("decision", maybe(prop_oneof![word(&["BLOCK", "ALLOW", "block"]), text()])),
        ("rule_hits", option::of(rule_hits).boxed()),
    ])
}

fn some(text: impl Strategy<Value = Text> + 'static) -> BoxedStrategy<Option<Value>> {
    text.prop_map(|text| Some(Value::Text(text))).boxed()
}

fn maybe(text: impl Strategy<Value = Text> + 'static) -> BoxedStrategy<Option<Value>> {
    option::of(text.prop_map(Value::Text)).boxed()
}
