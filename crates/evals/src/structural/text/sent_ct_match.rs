//! `sent_ct_match`: whether the output has as many sentences as wanted.

use super::bounds::{self, Noun};
use super::sentences;
use crate::scoring::{Arguments, Failure, Field, Row, Score};

const SENTENCES: Noun = Noun { one: "sentence", many: "sentences" };

/// Counts the output's sentences that have at least `min_words_in_sentence` (1) words.
pub fn evaluate(row: &Row, arguments: Arguments<'_>) -> Result<Score, Failure> {
    let output = row.required(Field::Output)?;
    let fewest_words = arguments.number("min_words_in_sentence").unwrap_or(1.0);
    let paragraphs = sentences::paragraphs(&output);
    let count = paragraphs.iter().map(|paragraph| sentences::count(paragraph, fewest_words)).sum();
    Ok(bounds::score(count, &SENTENCES, arguments))
}
