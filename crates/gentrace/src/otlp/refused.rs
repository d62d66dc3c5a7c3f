//! What is told of spans that are not stored (OTLP's partial success).

use evalstone_core::trace::Refusal;

use crate::wire::problems::quoted;

/// How many reasons an answer tells at the most.
const TOLD: usize = 20;

/// How many spans were refused, and why.
#[derive(Debug, Default)]
pub struct Refused {
    /// How many.
    pub count: u64,
    reasons: Vec<(String, u64)>,
}

impl Refused {
    /// Counts a span that was refused for this reason.
    pub fn note(&mut self, reason: &str) {
        self.count += 1;
        if let Some((_, count)) = self.reasons.iter_mut().find(|(known, _)| known == reason) {
            *count += 1;
        } else if self.reasons.len() < TOLD {
            self.reasons.push((reason.to_owned(), 1));
        }
    }

    /// Counts spans that the store refused.
    pub fn note_all(&mut self, refusals: &[Refusal]) {
        for refusal in refusals {
            self.note(&reason(refusal));
        }
    }

    /// What is told, if any span was refused.
    #[must_use]
    pub fn message(&self) -> Option<String> {
        let mut told: Vec<_> =
            self.reasons.iter().map(|(reason, count)| format!("{reason} ({count})")).collect();
        let counted: u64 = self.reasons.iter().map(|(_, count)| count).sum();
        if counted < self.count {
            told.push(format!("other reasons ({})", self.count - counted));
        }
        let were = if self.count == 1 { "span was" } else { "spans were" };
        let count = self.count;
        (count > 0).then(|| format!("{count} {were} not stored: {}", told.join("; ")))
    }
}

/// The reason in words.
pub fn reason(refusal: &Refusal) -> String {
    match refusal {
        Refusal::Pipeline(name) => format!("pipeline {} not found", quoted(name)),
        Refusal::Run(id) => format!("experiment {} not found", quoted(id)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_told_of_nothing() {
        assert_eq!(Refused::default().message(), None);
    }

    #[test]
    fn reasons_are_told_once_with_their_counts() {
        let mut refused = Refused::default();
        refused.note("no id");
        assert_eq!(refused.message().as_deref(), Some("1 span was not stored: no id (1)"));
        let pipeline = Refusal::Pipeline("p".to_owned());
        refused.note_all(&[pipeline.clone(), Refusal::Run("r".to_owned()), pipeline]);
        assert_eq!(
            refused.message().as_deref(),
            Some(
                "4 spans were not stored: no id (1); pipeline 'p' not found (2); experiment 'r' \
                 not found (1)"
            )
        );
    }

    #[test]
    fn many_reasons_are_not_told_without_end() {
        let mut refused = Refused::default();
        for number in 0..30 {
            refused.note(&format!("r{number}"));
        }
        let message = refused.message().expect("refused");
        assert!(message.starts_with("30 spans were not stored: r0 (1); "), "{message}");
        assert!(message.ends_with("r19 (1); other reasons (10)"), "{message}");
    }
}
