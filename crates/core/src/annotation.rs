//! Annotations: what people say of guardrails' traces (ZNYX contract §3.9 to §3.11).

use chrono::{DateTime, Utc};

use crate::id::{AnnotationId, GuardrailTraceId, Number};
use crate::json::RawJson;

/// What somebody thinks of a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Label {
    /// It should not have fired.
    FalsePositive,
    /// It should have fired.
    FalseNegative,
    /// It is right.
    Correct,
    /// One can live with it.
    Acceptable,
}

impl Label {
    /// All of them.
    pub const ALL: [Self; 4] =
        [Self::FalsePositive, Self::FalseNegative, Self::Correct, Self::Acceptable];

    /// The word for it, which the database has too.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::FalsePositive => "false_positive",
            Self::FalseNegative => "false_negative",
            Self::Correct => "correct",
            Self::Acceptable => "acceptable",
        }
    }

    /// The label of that word, if there is one.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|label| label.as_str() == word)
    }
}

/// An annotation to be stored.
#[derive(Clone, Debug)]
pub struct NewAnnotation {
    /// What is thought of the trace.
    pub label: Label,
    /// The detector that is meant.
    pub detector: Option<String>,
    /// Why.
    pub notes: Option<String>,
    /// Who says so, as the client says.
    pub author: Option<String>,
}

/// An annotation as stored.
#[derive(Clone, Debug)]
pub struct Annotation {
    /// The identifier.
    pub id: AnnotationId,
    /// The public number; annotations are in the order of their numbers.
    pub number: Number,
    /// The trace that is meant.
    pub trace: GuardrailTraceId,
    /// What is thought of it.
    pub label: Label,
    /// The detector that is meant.
    pub detector: Option<String>,
    /// Why.
    pub notes: Option<String>,
    /// Who said so, as the client said.
    pub author: Option<String>,
    /// When it was said.
    pub created_at: DateTime<Utc>,
}

/// Which of the organization's annotations a list shows. All conditions hold together.
#[derive(Clone, Debug, Default)]
pub struct AnnotationFilter {
    /// Only those of this trace, or of those that were reported with this trace's id.
    pub trace: Option<String>,
    /// Only those of this label.
    pub label: Option<Label>,
    /// Only those that mean this detector.
    pub detector: Option<String>,
}

/// An annotation with what it takes to make a case of it.
#[derive(Clone, Debug)]
pub struct Annotated {
    /// The annotation.
    pub annotation: Annotation,
    /// Which side was evaluated.
    pub context: String,
    /// What was decided, a JSON string.
    pub decision: RawJson,
    /// The rules that fired, a JSON array of strings.
    pub rule_hit_ids: Option<RawJson>,
    /// The text that was evaluated, a JSON string, if it was reported.
    pub input_text: Option<RawJson>,
}

#[cfg(test)]
mod tests {
    use super::Label;

    #[test]
    fn words_and_labels() {
        for label in Label::ALL {
            assert_eq!(Label::from_word(label.as_str()), Some(label));
        }
        assert_eq!(Label::from_word("Correct"), None);
    }
}
