//! What a paragraph and a sentence is.

use super::characters::is_space;
use super::words;

/// What ends a sentence. The last three need no whitespace after them.
const ENDS: &str = ".!?…؟।。！？";
/// What may stand between that and the whitespace after it.
const CLOSING: &str = "\"'”’)]}»」』";
/// What may stand before an abbreviation.
const OPENING: &str = "\"'“‘([{«";
/// Words whose point ends no sentence.
const ABBREVIATIONS: [&str; 10] = ["cf", "dr", "e.g", "i.e", "mr", "mrs", "ms", "prof", "st", "vs"];

/// The paragraphs of a text: runs of lines that are not blank. A line ends with LF, CRLF or CR.
pub(super) fn paragraphs(text: &str) -> Vec<String> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let lines: Vec<&str> = text.split('\n').collect();
    let runs = lines.split(|line| line.chars().all(is_space));
    runs.filter(|lines| !lines.is_empty()).map(|lines| lines.join("\n")).collect()
}

/// How many sentences of a paragraph have at least this many words.
///
/// A sentence ends after `.`, `!`, `?` and their kin, and the quotes and brackets that these close, where
/// whitespace follows. It goes on after a point before a word in lower case (`Wait… what`) and after some
/// abbreviations (`Dr. Okafor`). What follows the last end is a sentence too.
pub(super) fn count(paragraph: &str, fewest_words: f64) -> usize {
    let is_long = |sentence: &&str| words::of(sentence).count() as f64 >= fewest_words;
    let mut counted = 0;
    let (mut sentence, mut at) = (0, 0);
    while let Some(found) = paragraph[at..].find(is_one_of(ENDS)) {
        let ends = at + found;
        let closing = ends + length(&paragraph[ends..], is_one_of(ENDS));
        at = closing + length(&paragraph[closing..], is_one_of(CLOSING));
        let before = &paragraph[sentence..ends];
        if is_end(before, &paragraph[ends..closing], &paragraph[closing..at], &paragraph[at..]) {
            counted += usize::from(is_long(&&paragraph[sentence..at]));
            sentence = at;
        }
    }
    let rest = &paragraph[sentence..];
    counted + usize::from(!rest.chars().all(is_space) && is_long(&rest))
}

/// Whether a sentence ends here, by what stands before, by the signs, what they close, and what follows.
fn is_end(before: &str, signs: &str, closed: &str, after: &str) -> bool {
    if signs.contains(['。', '！', '？']) {
        return true;
    }
    if !after.chars().next().is_none_or(is_space) {
        return false;
    }
    let goes_on = after.trim_start_matches(is_space).starts_with(char::is_lowercase);
    if goes_on && signs.chars().all(|sign| matches!(sign, '.' | '…')) {
        return false;
    }
    let word = before.rsplit(is_space).next().unwrap_or_default();
    let word = word.trim_start_matches(is_one_of(OPENING)).to_lowercase();
    signs != "." || !closed.is_empty() || !ABBREVIATIONS.contains(&word.as_str())
}

fn is_one_of(signs: &str) -> impl Fn(char) -> bool {
    move |character| signs.contains(character)
}

/// How many bytes at the beginning are such characters.
fn length(text: &str, counts: impl Fn(char) -> bool) -> usize {
    text.len() - text.trim_start_matches(counts).len()
}
