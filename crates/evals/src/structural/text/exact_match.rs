//! `exact_match`: whether the output is the golden answer.

use std::borrow::Cow;

use crate::scoring::{Arguments, Failure, Field, Row, Score};

/// Compares the output with the golden answer; `case_sensitive` (true) and `strip_whitespace` (false)
/// say how strictly.
pub fn evaluate(row: &Row, arguments: Arguments<'_>) -> Result<Score, Failure> {
    let case_sensitive = arguments.flag("case_sensitive", true);
    let strips = arguments.flag("strip_whitespace", false);
    let normal = |text: Cow<'_, str>| {
        let text = if strips { text.trim() } else { &text };
        if case_sensitive { text.to_owned() } else { text.to_lowercase() }
    };
    let output = normal(row.required(Field::Output)?);
    let golden = normal(row.required(Field::GoldenAnswer)?);
    let holds = output == golden;
    let word = if holds { "is" } else { "is not" };
    Ok(Score::all_or_nothing(holds, format!("the output {word} the golden answer")))
}
