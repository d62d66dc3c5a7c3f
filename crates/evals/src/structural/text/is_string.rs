//! `is_string`: whether the output is a string.

use super::characters::is_space;
use crate::scoring::{Arguments, Failure, Field, Row, Score};

/// Accepts JSON's strings, whatever they hold; the empty one only if `allow_empty` (false), one of nothing
/// but whitespace only if `allow_whitespace_only` (false).
pub fn evaluate(row: &Row, arguments: Arguments<'_>) -> Result<Score, Failure> {
    let output = row.value(Field::Output).ok_or_else(|| Failure::missing(Field::Output))?;
    let Some(text) = output.as_text_lossy() else {
        let why = format!("the output is a JSON {}, not a string", output.kind().as_str());
        return Ok(Score::all_or_nothing(false, why));
    };
    let (holds, what) = if text.is_empty() {
        (arguments.flag("allow_empty", false), "an empty string, which allow_empty")
    } else if text.chars().all(is_space) {
        let allowed = arguments.flag("allow_whitespace_only", false);
        (allowed, "a string of whitespace only, which allow_whitespace_only")
    } else {
        return Ok(Score::all_or_nothing(true, "the output is a string"));
    };
    let verb = if holds { "accepts" } else { "does not accept" };
    Ok(Score::all_or_nothing(holds, format!("the output is {what} {verb}")))
}
