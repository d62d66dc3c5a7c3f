//! Everything that is wrong with a request.

use evalstone_core::error::{Error, Result};

/// What is wrong with a request so far, gathered so that one answer tells all of it.
#[derive(Debug, Default)]
pub struct Problems(Vec<String>);

impl Problems {
    /// Adds a problem.
    pub fn note(&mut self, problem: String) {
        self.0.push(problem);
    }

    /// Keeps a value; or notes why there is none.
    pub fn keep<T>(&mut self, outcome: Result<T, String>) -> Option<T> {
        outcome.map_err(|problem| self.note(problem)).ok()
    }

    /// The value, if nothing is wrong; there must be one then.
    ///
    /// # Errors
    /// Invalid, with all problems in the order in which they were noted.
    pub fn into_result<T>(self, value: Option<T>) -> Result<T> {
        let Self(problems) = self;
        match value {
            Some(value) if problems.is_empty() => Ok(value),
            None if problems.is_empty() => Err(Error::fault("a field is missing unnoticed")),
            _ => Err(invalid(&listed(&problems))),
        }
    }
}

/// How many problems an answer tells at the most: a body can have any number of unknown keys.
const TOLD: usize = 20;

fn listed(problems: &[String]) -> String {
    let mut text = problems.iter().take(TOLD).map(String::as_str).collect::<Vec<_>>().join("; ");
    if problems.len() > TOLD {
        text.push_str(&format!("; and {} more", problems.len() - TOLD));
    }
    text
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
        let error = problems.into_result(Some(())).expect_err("problems");
        assert!(error.message().starts_with("Invalid parameters: p0; p1; "), "{error}");
        assert!(error.message().ends_with("p19; and 5 more"), "{error}");
    }

    #[test]
    fn a_long_text_is_not_repeated_whole() {
        assert_eq!(quoted("é"), "'é'");
        assert_eq!(quoted(&"é".repeat(1000)), format!("'{}…'", "é".repeat(100)));
    }
}
