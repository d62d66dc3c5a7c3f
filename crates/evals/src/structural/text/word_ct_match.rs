//! `word_ct_match`: whether the output has as many words as wanted.

use std::borrow::Cow;

use super::bounds::{self, Noun};
use super::characters::is_space;
use super::{pattern, words};
use crate::scoring::{Arguments, Failure, Field, Row, Score};

const WORDS: Noun = Noun { one: "word", many: "words" };

/// Counts the output's words: the pieces between whitespace, or between what `custom_delimiters` matches,
/// without their punctuation if `exclude_punctuation` (true), that then have `min_word_length` (1)
/// characters at least and one in any case. `case_sensitive` (false) is how the delimiters are
/// matched; nothing else here depends on the case of letters.
pub fn evaluate(row: &Row, arguments: Arguments<'_>) -> Result<Score, Failure> {
    let output = row.required(Field::Output)?;
    let case_sensitive = arguments.flag("case_sensitive", false);
    let delimiters = pattern::given(arguments, "custom_delimiters", case_sensitive)?;
    let excludes = arguments.flag("exclude_punctuation", true);
    let shortest = arguments.number("min_word_length").unwrap_or(1.0).max(1.0);
    let counts = |piece: &str| {
        let word = if excludes {
            Cow::Owned(words::without_punctuation(piece))
        } else {
            Cow::Borrowed(piece)
        };
        word.chars().count() as f64 >= shortest
    };
    let count = match &delimiters {
        Some(pattern) => pattern.split(&output).map(trimmed).filter(|piece| counts(piece)).count(),
        None => output.split(is_space).filter(|piece| counts(piece)).count(),
    };
    Ok(bounds::score(count, &WORDS, arguments))
}

/// What stands between delimiters, without the whitespace around it.
fn trimmed(piece: &str) -> &str {
    piece.trim_matches(is_space)
}
