//! `is_numeric`: whether the output is a number.

use super::characters::is_space;
use super::numbers;
use crate::scoring::{Arguments, Failure, Field, Row, Score};

/// Accepts JSON's numbers, and strings that hold one and nothing else but whitespace around it: a sign,
/// decimal digits with a point among, before or after them, an exponent. Digits are ASCII's;
/// separators of thousands, units, `NaN` and `Infinity` are refused.
pub fn evaluate(row: &Row, _: Arguments<'_>) -> Result<Score, Failure> {
    let output = row.required(Field::Output)?;
    let holds = numbers::is_plain(output.trim_matches(is_space));
    let verdict = if holds { "is a number" } else { "is not a number" };
    Ok(Score::all_or_nothing(holds, format!("the output {verdict}")))
}
