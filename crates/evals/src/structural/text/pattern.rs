//! Regular expressions that arguments hold.

use regex::{Regex, RegexBuilder};

use crate::scoring::{Arguments, Failure};

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
    let built = RegexBuilder::new(&pattern).case_insensitive(!case_sensitive).build();
    built.map(Some).map_err(|error| {
        let whole = error.to_string();
        // The lines before the last one show the place with signs under it.
        let told = whole.lines().last().unwrap_or_default();
        let reason = told.strip_prefix("error: ").unwrap_or(told);
        Failure(format!("{name} is not a regular expression that can be used: {reason}"))
    })
}
