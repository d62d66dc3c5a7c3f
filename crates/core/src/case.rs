//! A case of a dataset (design §2.4).

use crate::json::{RawJson, RawObject};

/// The engine's stages, the values that `inputs.stage` is read as a stage for.
pub const STAGES: [&str; 7] =
    ["input", "output", "retrieval", "tool", "agent_plan", "agent_loop", "memory_write"];

/// The engine's decisions, the values of `expected.decision` that are no answer text.
pub const DECISIONS: [&str; 5] = ["BLOCK", "REDACT", "TRANSFORM", "WARN", "ALLOW"];

/// The stage that a case without one has.
pub const DEFAULT_STAGE: &str = "input";

/// The well-known keys of `inputs` and `expected`.
pub mod key {
    /// In `inputs`: the instructions.
    pub const PROMPT: &str = "prompt";
    /// In `inputs`: the user's message.
    pub const INPUT: &str = "input";
    /// In `inputs`: the retrieved passages.
    pub const CONTEXT: &str = "context";
    /// In `inputs`: the stage of a case that has no other place for it.
    pub const STAGE: &str = "stage";
    /// In `inputs`: the recorded answer of a case that has no other place for it.
    pub const OUTPUT: &str = "output";
    /// In `expected`: the answer text.
    pub const GOLDEN_ANSWER: &str = "golden_answer";
    /// In `expected`: the decision the engine should take.
    pub const DECISION: &str = "decision";
    /// In `expected`: the rules the engine should report.
    pub const RULE_HITS: &str = "rule_hits";
}

/// One case: what the system under test receives, what it answered, what a good answer is. A case
/// is immutable; dialects read and write it by pure functions (design §2.4).
///
/// Two are equal when they are spelled alike. Equality between dialects is that of the
/// [`crate::normal::NormalForm`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Case {
    /// A name for people.
    pub name: Option<String>,
    /// Which side is evaluated; none means [`DEFAULT_STAGE`].
    pub stage: Option<String>,
    /// What the system under test receives.
    pub inputs: RawObject,
    /// What it answered, when the dataset records answers.
    pub output: Option<RawJson>,
    /// What a good answer is.
    pub expected: Option<RawObject>,
    /// Carried along, never shown to the system under test.
    pub metadata: Option<RawObject>,
}

impl Case {
    /// The bytes of its texts.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let Self { name, stage, inputs, output, expected, metadata } = self;
        let text = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        let object =
            |object: &Option<RawObject>| object.as_ref().map_or(0, |json| json.as_str().len());
        let output = output.as_ref().map_or(0, |json| json.as_str().len());
        text(name)
            + text(stage)
            + inputs.as_str().len()
            + output
            + object(expected)
            + object(metadata)
    }
}

/// Where a case came from. Stored alongside it and no part of its meaning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The dialect that wrote the case.
    pub dialect: String,
    /// The id the case had where it came from.
    pub source_id: Option<String>,
    /// What that dialect said that nothing in [`Case`] can hold.
    pub facet: Option<RawObject>,
}

impl Origin {
    /// The bytes of what the dialect alone knows.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.facet.as_ref().map_or(0, |facet| facet.as_str().len())
    }
}
