//! What the indices are computed from, counted as textstat does.

use super::super::characters::{is_space, is_word};
use super::easy_words;
use super::syllables;

/// The most words that a run has which is no sentence: a heading, `e.g.`, an initial.
const FRAGMENT: usize = 2;
/// The fewest syllables of a word that is long.
const LONG: usize = 3;

/// Counts of a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    /// Words.
    pub(super) words: usize,
    /// Sentences; 1 at least for a text that is not empty.
    pub(super) sentences: usize,
    /// Syllables of all words.
    pub(super) syllables: usize,
    /// Words of three or more syllables.
    pub(super) polysyllabic: usize,
    /// Words that are not on the list of easy ones.
    pub(super) difficult: usize,
    /// Those of them that have three or more syllables.
    pub(super) complex: usize,
}

impl Counts {
    /// Counts.
    pub(super) fn of(text: &str) -> Self {
        let mut counts = Self { sentences: sentences(text), ..Self::default() };
        for word in words(text) {
            let word = word.to_lowercase();
            let syllables = syllables::count(&word);
            let is_long = syllables >= LONG;
            let is_difficult = !easy_words::contains(&word);
            counts.words += 1;
            counts.syllables += syllables;
            counts.polysyllabic += usize::from(is_long);
            counts.difficult += usize::from(is_difficult);
            counts.complex += usize::from(is_difficult && syllables_without_marks(&word) >= LONG);
        }
        counts
    }
}

/// The syllables of a word in lower case without the mark that some letters get there (`İ`), which textstat
/// takes out of a word only when it asks whether that is difficult.
fn syllables_without_marks(word: &str) -> usize {
    let bare: String = word.chars().filter(|one| is_word(*one) || *one == '\'').collect();
    syllables::count(&bare)
}

/// The words: what whitespace parts once the signs are taken out, of which apostrophes before `t`, `s`, `d`,
/// `ve`, `ll` and `re` are none. A hyphen is a sign, so that `well-known` is one word.
fn words(text: &str) -> Vec<String> {
    let kept: String = text
        .char_indices()
        .filter(|(at, character)| match character {
            '\'' => is_contraction(&text[at + 1..]),
            character => is_word(*character) || is_space(*character),
        })
        .map(|(_, character)| character)
        .collect();
    kept.split(is_space).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

fn is_contraction(after: &str) -> bool {
    ["t", "s", "d", "ve", "ll", "re"].iter().any(|ending| after.starts_with(ending))
}

/// How many sentences a text has: runs up to `.`, `!` or `?`, each beginning where a word begins or ends, of
/// more than two words. A point in a number or an abbreviation ends a run too.
fn sentences(text: &str) -> usize {
    if text.is_empty() {
        return 0;
    }
    let is_end = |character: char| matches!(character, '.' | '!' | '?');
    let mut counted = 0;
    let mut before = ' ';
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if is_end(first) || is_word(before) == is_word(first) {
            before = first;
            rest = &rest[first.len_utf8()..];
            continue;
        }
        let run = rest.find(is_end).unwrap_or(rest.len());
        let ends: usize = rest[run..].bytes().take_while(|end| is_end(char::from(*end))).count();
        counted += usize::from(words(&rest[..run]).len() > FRAGMENT);
        before = rest[..run + ends].chars().next_back().unwrap_or(before);
        rest = &rest[run + ends..];
    }
    counted.max(1)
}
