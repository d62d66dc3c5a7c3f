//! What a word is.

use super::characters::{is_punctuation, is_space};

/// The characters between whitespace, without their punctuation; pieces of which nothing is left are no
/// words.
pub(super) fn of(text: &str) -> impl Iterator<Item = String> {
    text.split(is_space).map(without_punctuation).filter(|word| !word.is_empty())
}

/// The text without its punctuation.
pub(super) fn without_punctuation(text: &str) -> String {
    text.chars().filter(|character| !is_punctuation(*character)).collect()
}
