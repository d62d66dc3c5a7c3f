//! Which text fields a case fills.

use super::record::RecordReading;
use crate::case::Case;

/// Which of the five text fields hold a value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Slots {
    /// Whether the instructions are there.
    pub prompt: bool,
    /// Whether the user's message is there.
    pub input: bool,
    /// Whether the retrieved passages are there.
    pub context: bool,
    /// Whether the recorded answer is there.
    pub output: bool,
    /// Whether the good answer is there.
    pub golden_answer: bool,
}

/// The text fields that a case fills.
#[must_use]
pub fn case_slots(case: &Case) -> Slots {
    let RecordReading { prompt, input, context, output, golden_answer } = RecordReading::of(case);
    Slots {
        prompt: prompt.is_some(),
        input: input.is_some(),
        context: context.is_some(),
        output: output.is_some(),
        golden_answer: golden_answer.is_some(),
    }
}
