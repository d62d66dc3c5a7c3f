//! `is_boolean`: whether the output is true or false.

use super::characters::is_space;
use crate::scoring::{Arguments, Failure, Field, Row, Score};

/// Accepts JSON's `true` and `false`, and strings that say so in any case of letters, with whitespace
/// around them or not. `1`, `0`, `yes` and `no` are no booleans.
pub fn evaluate(row: &Row, _: Arguments<'_>) -> Result<Score, Failure> {
    let output = row.required(Field::Output)?;
    let word = output.trim_matches(is_space);
    let holds = ["true", "false"].iter().any(|name| word.eq_ignore_ascii_case(name));
    let verdict = if holds { "is a boolean" } else { "is neither true nor false" };
    Ok(Score::all_or_nothing(holds, format!("the output {verdict}")))
}
