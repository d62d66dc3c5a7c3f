//! What the patterns of a JSON Schema cost: to build, and to match a text.
//!
//! What the engine can decide in linear time it does, in steps of as many states as the pattern has.
//! Look-around and backreferences it tries by going back, and from any place it may look ahead to the
//! text's end.

use std::collections::HashMap;

use super::pattern_size;

/// The most patterns in a schema.
pub const MOST: usize = 1_000;
/// The largest automata of all patterns of a schema, as [`pattern_size`] measures them.
pub const LARGEST_IN_ALL: usize = 3_000_000;
/// How often the engine may go back in one match. Its own default is 50 times as much.
pub const MOST_STEPS_BACK: usize = 20_000;

/// What a match costs that may go back that often, in applications of a subschema.
const GOING_BACK: f64 = 1_000.0;
/// How many steps of an automaton's state cost as much as one application.
const STATES: f64 = 100.0;
/// The same, of characters that a look ahead passes.
const PASSED: f64 = 20.0;

/// Whether so many patterns of these sizes may be built.
///
/// # Errors
/// Which of them may not, or that all together may not.
pub fn within_limits(patterns: &[&str]) -> Result<(), String> {
    if patterns.len() > MOST {
        return Err(format!("the schema has more than {MOST} patterns"));
    }
    let mut all = 0_usize;
    for pattern in patterns {
        pattern_size::within_limits(pattern)
            .map_err(|why| format!("a pattern of the schema is too large: {why}"))?;
        all = all.saturating_add(pattern_size::of(pattern));
    }
    if all > LARGEST_IN_ALL {
        return Err("the patterns of the schema are too large in all".to_owned());
    }
    Ok(())
}

/// What is known of the patterns of a schema, by their addresses in it.
#[derive(Debug, Default)]
pub struct Patterns(HashMap<usize, Known>);

#[derive(Clone, Copy, Debug)]
struct Known {
    size: f64,
    goes_back: bool,
}

impl Patterns {
    /// What matching a text costs, in applications of a subschema.
    pub fn cost(&mut self, pattern: &str, text: &str) -> f64 {
        let known = self.0.entry(pattern.as_ptr().addr()).or_insert_with(|| Known {
            size: pattern_size::of(pattern) as f64,
            goes_back: goes_back(pattern),
        });
        let length = text.len() as f64;
        let linear = length * known.size / STATES;
        if known.goes_back { GOING_BACK + linear + length * length / PASSED } else { 1.0 + linear }
    }
}

/// Whether a pattern may have what is not matched in linear time. It may say so of one that only
/// quotes such a thing.
fn goes_back(pattern: &str) -> bool {
    let pairs = pattern.as_bytes().windows(2);
    let looks = pattern.match_indices("(?").any(|(at, _)| !pattern[at + 2..].starts_with(':'));
    let refers = |pair: &[u8]| {
        pair[0] == b'\\'
            && (pair[1].is_ascii_digit() || matches!(pair[1], b'k' | b'g' | b'G' | b'K'))
    };
    let possesses = |pair: &[u8]| pair[1] == b'+' && matches!(pair[0], b'?' | b'*' | b'+' | b'}');
    looks || pairs.into_iter().any(|pair| refers(pair) || possesses(pair))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_back_is_told_from_what_does_not() {
        for pattern in ["(?=a)", "(?<!a)", r"(a)\1", "(?<n>a)\\k<n>", "a++"] {
            assert!(goes_back(pattern), "{pattern}");
        }
        for pattern in ["^(?:a|b)+$", r"\d{3}-\d", "a+b*?", "[a-z]{2,}"] {
            assert!(!goes_back(pattern), "{pattern}");
        }
    }

    #[test]
    fn a_pattern_costs_by_its_size_and_the_text() {
        let mut patterns = Patterns::default();
        let (plain, ahead) = ("^a$", "^(?=a)");
        assert!(patterns.cost(plain, "a") < 2.0);
        assert!(patterns.cost(ahead, "a") >= GOING_BACK);
        assert!(patterns.cost(ahead, &"a".repeat(100_000)) > 2e7);
        assert!(patterns.cost(plain, &"a".repeat(100_000)) < 1e5);
        assert!(patterns.cost("(a|b)*a(a|b){10000}", &"a".repeat(1_000_000)) > 2e7);
    }

    #[test]
    fn patterns_are_bounded() {
        assert_eq!(within_limits(&["^x-"; MOST]), Ok(()));
        assert!(within_limits(&["^x-"; MOST + 1]).is_err());
        assert!(within_limits(&["a{290000}"; 11]).is_err());
        assert!(within_limits(&["(a{1000}){1000}"]).is_err());
    }
}
