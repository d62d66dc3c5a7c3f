//! `exact_match`: whether the output is the golden answer.

use std::borrow::Cow;

use super::characters::is_space;
use crate::scoring::{Arguments, Failure, Field, Row, Score};

/// Compares the output with the golden answer, character by character; `case_sensitive` (true) and
/// `strip_whitespace` (false, then only around the texts) say how strictly. What is no string is
/// compared as compact JSON, so that the number 5 is the string "5".
pub fn evaluate(row: &Row, arguments: Arguments<'_>) -> Result<Score, Failure> {
    let case_sensitive = arguments.flag("case_sensitive", true);
    let strips = arguments.flag("strip_whitespace", false);
    let normal = |text: Cow<'_, str>| {
        let text = if strips { text.trim_matches(is_space) } else { &text };
        if case_sensitive { text.to_owned() } else { text.to_lowercase() }
    };
    let output = normal(row.required(Field::Output)?);
    let golden = normal(row.required(Field::GoldenAnswer)?);
    if output == golden {
        return Ok(Score::all_or_nothing(true, "the output is the golden answer"));
    }
    let alike = output.chars().zip(golden.chars()).take_while(|(one, other)| one == other).count();
    let at = alike + 1;
    let why = format!("the output is not the golden answer: they differ from character {at} on");
    Ok(Score::all_or_nothing(false, why))
}
