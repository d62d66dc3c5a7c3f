//! Patterns with what they mean.

use regex::Regex;

use super::{Hazard, Severity, add};

/// What a pattern means.
#[derive(Clone, Copy, Debug)]
pub struct Meaning {
    /// The kind of thing.
    pub category: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// Why, for people.
    pub reason: &'static str,
    /// Whether a text of this form is one: check digits, mostly.
    pub holds: fn(&str) -> bool,
}

/// A pattern, compiled.
#[derive(Debug)]
pub struct Pattern {
    regex: Regex,
    meaning: Meaning,
}

/// The patterns. One that does not compile would find nothing; the tests of each list see to it that
/// all do.
pub fn compiled(all: &[(&str, Meaning)]) -> Vec<Pattern> {
    let compile = |(text, meaning): &(&str, Meaning)| {
        Regex::new(text).ok().map(|regex| Pattern { regex, meaning: *meaning })
    };
    all.iter().filter_map(compile).collect()
}

/// What these patterns find.
pub fn matches(patterns: &[Pattern], text: &str) -> Vec<Hazard> {
    let mut hazards = Vec::new();
    for Pattern { regex, meaning } in patterns {
        for found in regex.find_iter(text) {
            if let Some(length) = holding(found.as_str(), meaning.holds) {
                let hazard = Hazard {
                    span: found.start()..found.start() + length,
                    category: meaning.category,
                    severity: meaning.severity,
                    reason: meaning.reason.to_owned(),
                };
                add(&mut hazards, hazard);
            }
        }
    }
    super::apart(hazards)
}

/// How much of a text, from its beginning, is what it looks like: all of it, or less by the groups that
/// only follow it, as an expiry date follows a card number.
fn holding(text: &str, holds: fn(&str) -> bool) -> Option<usize> {
    let ends = text.match_indices([' ', '-']).map(|(end, _)| end).rev();
    std::iter::once(text.len()).chain(ends).find(|end| holds(&text[..*end]))
}

/// A meaning that the form alone gives.
pub const fn means(category: &'static str, severity: Severity, reason: &'static str) -> Meaning {
    Meaning { category, severity, reason, holds: always }
}

fn always(_: &str) -> bool {
    true
}
