//! Whether a row is right (ZNYX contract §4.8, §4.9).

/// Decisions that answer the same need in two ways: the vendor's pages have masked text labelled
/// with the one, its engine answers with the other.
const REWRITTEN: [&str; 2] = ["REDACT", "TRANSFORM"];

/// Which decisions count as the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Classes {
    /// Whether REDACT and TRANSFORM are one class. Otherwise each text is its own.
    pub lenient: bool,
}

impl Classes {
    /// Whether the engine decided what was expected; none for a case without an expectation.
    ///
    /// The texts are compared as they are: the case of letters counts, and an expectation that is
    /// no decision of the engine's is met by nothing but itself.
    #[must_use]
    pub fn is_correct(self, expected: Option<&str>, actual: &str) -> Option<bool> {
        let expected = expected?;
        let same_class =
            self.lenient && REWRITTEN.contains(&expected) && REWRITTEN.contains(&actual);
        Some(expected == actual || same_class)
    }
}

/// Whether every expected rule was hit; further hits change nothing.
///
/// An expected id is met by an equal one and by those under it: the name of a detector, or any id up
/// to a point, stands for all that begin with it and a point. None without expectations, which an
/// empty list is too: no answer could fail it.
#[must_use]
pub fn rule_hits_match<E: AsRef<str>, A: AsRef<str>>(
    expected: Option<&[E]>,
    actual: &[A],
) -> Option<bool> {
    let expected = expected.filter(|ids| !ids.is_empty())?;
    let is_hit = |id: &str| actual.iter().any(|hit| stands_for(id, hit.as_ref()));
    Some(expected.iter().all(|id| is_hit(id.as_ref())))
}

fn stands_for(expected: &str, hit: &str) -> bool {
    hit.strip_prefix(expected).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decision_is_right_when_it_is_the_expected_text() {
        let strict = Classes::default();
        assert_eq!(strict.is_correct(None, "ALLOW"), None);
        for (expected, actual, right) in [
            ("ALLOW", "ALLOW", true),
            ("ALLOW", "BLOCK", false),
            ("allow", "ALLOW", false),
            ("", "ALLOW", false),
            ("QUARANTINE", "QUARANTINE", true),
            ("BLOCK", "ERROR", false),
            ("REDACT", "TRANSFORM", false),
        ] {
            assert_eq!(strict.is_correct(Some(expected), actual), Some(right), "{expected}");
        }
    }

    #[test]
    fn leniency_joins_exactly_redact_and_transform() {
        let lenient = Classes { lenient: true };
        assert_eq!(lenient.is_correct(None, "REDACT"), None);
        for one in ["ALLOW", "WARN", "REDACT", "TRANSFORM", "BLOCK", "ERROR", "redact"] {
            for other in ["ALLOW", "WARN", "REDACT", "TRANSFORM", "BLOCK", "ERROR"] {
                let joined =
                    matches!((one, other), ("REDACT", "TRANSFORM") | ("TRANSFORM", "REDACT"));
                let right = Some(one == other || joined);
                assert_eq!(lenient.is_correct(Some(one), other), right, "{one} {other}");
            }
        }
    }

    #[test]
    fn every_expected_rule_must_be_hit() {
        let hits = ["pii.email", "pii.ssn", "jailbreak.dan_jailbreak_attempt"];
        for (expected, matches) in [
            (&["pii.email"][..], true),
            (&["pii.email", "pii.ssn"], true),
            (&["pii"], true),
            (&["jailbreak", "pii.ssn"], true),
            (&["jailbreak.dan_jailbreak_attempt"], true),
            (&["pii.email", "toxicity"], false),
            // A name stands for what follows its point, not for every longer text.
            (&["jail"], false),
            (&["jailbreak.dan"], false),
            (&["pii.email.work"], false),
            (&["PII"], false),
        ] {
            assert_eq!(rule_hits_match(Some(expected), &hits), Some(matches), "{expected:?}");
        }
        assert_eq!(rule_hits_match(Some(&["pii"]), &[] as &[&str]), Some(false));
    }

    #[test]
    fn without_expected_rules_there_is_nothing_to_match() {
        assert_eq!(rule_hits_match(None::<&[&str]>, &["pii.email"]), None);
        assert_eq!(rule_hits_match(Some(&[] as &[&str]), &["pii.email"]), None);
        assert_eq!(rule_hits_match(Some(&[] as &[String]), &[] as &[String]), None);
    }
}
