//! Everything that is wrong with a request.

use evalstone_core::error::{Error, Result};

/// What is wrong with a request so far, gathered so that one answer tells it. A body can have any
/// number of unknown keys, so only the problems that are told are kept; the rest are counted.
#[derive(Debug, Default)]
pub struct Problems {
    told: Vec<String>,
    untold: usize,
}

/// How many problems an answer tells at the most.
const TOLD: usize = 20;

impl Problems {
    /// Adds a problem.
    pub fn note(&mut self, problem: String) {
        self.note_with(|| problem);
    }

    /// Adds a problem that is put into words only if it is told.
    pub fn note_with(&mut self, problem: impl FnOnce() -> String) {
        if self.told.len() < TOLD {
            self.told.push(problem());
        } else {
            self.untold += 1;
        }
    }

    /// Keeps a value; or notes why there is none.
    pub fn keep<T>(&mut self, outcome: Result<T, String>) -> Option<T> {
        outcome.map_err(|problem| self.note(problem)).ok()
    }

    /// The value, if nothing is wrong; there must be one then.
    ///
    /// # Errors
    /// Invalid, with the first problems in the order in which they were noted, and how many more
    /// there are.
    pub fn into_result<T>(self, value: Option<T>) -> Result<T> {
        let Self { told, untold } = self;
        match value {
            Some(value) if told.is_empty() => Ok(value),
            None if told.is_empty() => Err(Error::fault("a field is missing unnoticed")),
            _ if untold > 0 => Err(invalid(&format!("{}; and {untold} more", told.join("; ")))),
            _ => Err(invalid(&told.join("; "))),
        }
    }
}

/// The longest quotation, in characters.
const QUOTED: usize = 100;

/// A text of the request as an answer may repeat it.
#[must_use]
pub fn quoted(text: &str) -> String {
    match text.char_indices().nth(QUOTED) {
        Some((end, _)) => format!("'{}…'", &text[..end]),
        None => format!("'{text}'"),
    }
}

/// A request breaks a rule; in the style of the vendor's examples.
#[must_use]
pub fn invalid(problem: &str) -> Error {
    Error::invalid(format!("Invalid parameters: {problem}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_problems_are_told_but_not_without_end() {
        let mut problems = Problems::default();
        for number in 0..25 {
            problems.note(format!("p{number}"));
        }
        for _ in 0..1_000_000 {
            problems.note_with(|| unreachable!("what is not told is not put into words"));
        }
        assert_eq!(problems.told.len(), TOLD);
        let error = problems.into_result(Some(())).expect_err("problems");
        assert!(error.message().starts_with("Invalid parameters: p0; p1; "), "{error}");
        assert!(error.message().ends_with("p19; and 1000005 more"), "{error}");
    }

    #[test]
    fn a_long_text_is_not_repeated_whole() {
        assert_eq!(quoted("é"), "'é'");
        assert_eq!(quoted(&"é".repeat(1000)), format!("'{}…'", "é".repeat(100)));
    }
}
