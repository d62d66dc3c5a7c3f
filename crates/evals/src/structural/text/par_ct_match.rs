//! `par_ct_match`: whether the output has as many paragraphs as wanted.

use super::bounds::{self, Noun};
use super::{sentences, words};
use crate::scoring::{Arguments, Failure, Field, Row, Score};

const PARAGRAPHS: Noun = Noun { one: "paragraph", many: "paragraphs" };

/// Counts the output's paragraphs, which blank lines part, that have at least `min_sentences_in_paragraph`
/// (1) sentences with a word and `min_words_in_paragraph` (1) words.
pub fn evaluate(row: &Row, arguments: Arguments<'_>) -> Result<Score, Failure> {
    let output = row.required(Field::Output)?;
    let fewest_sentences = arguments.number("min_sentences_in_paragraph").unwrap_or(1.0);
    let fewest_words = arguments.number("min_words_in_paragraph").unwrap_or(1.0);
    let counts = |paragraph: &&String| {
        words::of(paragraph).count() as f64 >= fewest_words
            && sentences::count(paragraph, 1.0) as f64 >= fewest_sentences
    };
    let count = sentences::paragraphs(&output).iter().filter(counts).count();
    Ok(bounds::score(count, &PARAGRAPHS, arguments))
}
