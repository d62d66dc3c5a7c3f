//! The words that everyone knows.

use std::collections::HashSet;
use std::sync::LazyLock;

static WORDS: LazyLock<HashSet<&str>> =
    LazyLock::new(|| include_str!("../../../../data/easy_words.txt").lines().collect());

/// Whether a word in lower case is on the list that textstat has of Dale's and Chall's words.
pub(super) fn contains(word: &str) -> bool {
    WORDS.contains(word)
}
