//! A case read as a record of five text fields (the second row of design §2.4's table).

use super::expected::expected_rest;
use super::{Part, Reading, Text, subject, subject_without, text};
use crate::case::{Case, key};
use crate::json::RawObject;

/// The five text fields of a case, each none when the case has nothing for it. An empty string is
/// a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordReading<'a> {
    /// The instructions: `inputs*.prompt`.
    pub prompt: Option<Text<'a>>,
    /// The user's message: the subject of `inputs*` without `prompt` and `context`.
    pub input: Option<Text<'a>>,
    /// The retrieved passages: `inputs*.context`.
    pub context: Option<Text<'a>>,
    /// The recorded answer: `output*`.
    pub output: Option<Text<'a>>,
    /// The good answer: `expected.golden_answer`, else the subject of `expected` without the
    /// engine's verdict.
    pub golden_answer: Option<Text<'a>>,
}

impl<'a> RecordReading<'a> {
    /// Reads a case.
    #[must_use]
    pub fn of(case: &'a Case) -> Self {
        let reading = Reading::of(case);
        let inputs = reading.inputs();
        let [prompt, context] = inputs.values_of([key::PROMPT, key::CONTEXT]);
        Self {
            prompt: prompt.map(text),
            input: subject_without(inputs, &[key::PROMPT, key::CONTEXT]),
            context: context.map(text),
            output: reading.output().map(text),
            golden_answer: case.expected.as_ref().and_then(golden_answer),
        }
    }
}

fn golden_answer(expected: &RawObject) -> Option<Text<'_>> {
    let given = Part::whole(expected.view()).value(key::GOLDEN_ANSWER).map(text);
    given.or_else(|| subject(&expected_rest(expected)))
}
