//! What a sentence is.

use unicode_segmentation::UnicodeSegmentation as _;

use super::characters::is_space;
use super::words;

/// How many sentences of a text have at least this many words.
///
/// Sentences are those of Unicode (UAX #29, without tailoring): they end after `.`, `!`, `?` and their
/// kin when no lower-case letter follows, and with each line.
pub(super) fn count(text: &str, fewest_words: f64) -> usize {
    let counts = |sentence: &&str| words::of(sentence).count() as f64 >= fewest_words;
    let sentences = text.split_sentence_bounds();
    sentences.filter(|sentence| !sentence.chars().all(is_space)).filter(counts).count()
}
