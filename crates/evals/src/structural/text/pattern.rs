//! Regular expressions that arguments hold.

use regex::{Regex, RegexBuilder};

use crate::scoring::{Arguments, Failure};

/// The longest pattern, in bytes.
const LONGEST: usize = 10_000;
/// The largest automaton that is built of a pattern, in bytes: it is built anew for each row.
const LARGEST: usize = 1 << 20;

/// The pattern of an argument, if it was given and is not empty.
///
/// It is read by an engine that takes linear time whatever the pattern, and therefore knows neither
/// look-around nor backreferences.
///
/// # Errors
/// A failure that names the argument and what cannot be read.
pub(super) fn given(
    arguments: Arguments<'_>,
    name: &str,
    case_sensitive: bool,
) -> Result<Option<Regex>, Failure> {
    let Some(pattern) = arguments.text(name).filter(|pattern| !pattern.is_empty()) else {
        return Ok(None);
    };
    let refused = |reason: &str| {
        Failure(format!("{name} is not a regular expression that can be used: {reason}"))
    };
    if pattern.len() > LONGEST {
        return Err(refused(&format!("it is longer than {LONGEST} bytes")));
    }
    let mut builder = RegexBuilder::new(&pattern);
    let built = builder.case_insensitive(!case_sensitive).size_limit(LARGEST).build();
    built.map(Some).map_err(|error| refused(&reason(&error)))
}

/// Why a pattern is not built, in a few words.
pub(super) fn reason(error: &regex::Error) -> String {
    let whole = error.to_string();
    // The lines before the last one show the place with signs under it.
    let told = whole.lines().last().unwrap_or_default();
    told.strip_prefix("error: ").unwrap_or(told).to_owned()
}
