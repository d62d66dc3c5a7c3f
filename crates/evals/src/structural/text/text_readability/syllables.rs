//! How many syllables a word has: what the CMU Pronouncing Dictionary says, and for words that it does not
//! know one more than there are places to hyphenate it.
//!
//! Of the dictionary only that is kept in which it differs from hyphenation (`crates/evals/data/README.md`).

use std::collections::HashMap;
use std::sync::LazyLock;

/// For words whose hyphenation is wrong: how many syllables more they have.
static DIFFERENCES: LazyLock<HashMap<Box<str>, i8>> =
    LazyLock::new(|| differences(include_str!("../../../../data/syllables.txt")));

static PATTERNS: LazyLock<Patterns> =
    LazyLock::new(|| Patterns::of(include_str!("../../../../data/hyphenation.txt")));

/// The fewest characters before a hyphen, and after it.
const FEWEST_AROUND: usize = 2;

/// The syllables of a word in lower case; none for some that the dictionary spells without a vowel, such as
/// `hm`.
pub(super) fn count(word: &str) -> usize {
    let hyphenated = PATTERNS.hyphens(word) + 1;
    let difference = DIFFERENCES.get(word).copied().unwrap_or(0);
    hyphenated.saturating_add_signed(isize::from(difference))
}

fn differences(lines: &str) -> HashMap<Box<str>, i8> {
    let mut found = HashMap::new();
    let mut word = String::new();
    for line in lines.lines() {
        let mut characters = line.chars();
        let alike = characters.next().and_then(|digit| digit.to_digit(36)).unwrap_or(0);
        let rest = characters.as_str();
        let ending = rest.trim_end_matches(|character: char| !is_letter(character));
        word.truncate(alike as usize);
        word.push_str(ending);
        found.insert(word.as_str().into(), rest[ending.len()..].parse().unwrap_or(1));
    }
    found
}

/// A character of a word, as against one of a number.
fn is_letter(character: char) -> bool {
    character == '\'' || character.is_alphabetic()
}

/// Liang's hyphenation patterns as a tree of their characters.
struct Patterns {
    /// From a node by a character to the next; the root is 0.
    steps: HashMap<(usize, char), usize>,
    /// What each node's pattern says of the places before, between and after its characters; nothing where
    /// none ends.
    values: Vec<Vec<u8>>,
}

impl Patterns {
    fn of(lines: &str) -> Self {
        let mut patterns = Self { steps: HashMap::new(), values: vec![Vec::new()] };
        for line in lines.lines() {
            patterns.add(line);
        }
        patterns
    }

    /// Adds a pattern such as `.a2ch4`.
    fn add(&mut self, pattern: &str) {
        let mut node = 0;
        let mut values = vec![0];
        for character in pattern.chars() {
            if let Some(value) = character.to_digit(10) {
                values.pop();
                values.push(value as u8);
                continue;
            }
            let next = self.values.len();
            node = *self.steps.entry((node, character)).or_insert(next);
            if node == next {
                self.values.push(Vec::new());
            }
            values.push(0);
        }
        self.values[node] = values;
    }

    /// How many places of a word may have a hyphen: those with an odd value.
    fn hyphens(&self, word: &str) -> usize {
        let pointed: Vec<char> = ".".chars().chain(word.chars()).chain(".".chars()).collect();
        let mut highest = vec![0; pointed.len() + 1];
        for start in 0..pointed.len() {
            let mut node = 0;
            for character in &pointed[start..] {
                let Some(next) = self.steps.get(&(node, *character)) else { break };
                node = *next;
                for (place, value) in highest[start..].iter_mut().zip(&self.values[node]) {
                    *place = (*place).max(*value);
                }
            }
        }
        // The first place is before the point that marks the word's beginning.
        let last = pointed.len() - 1;
        let places = highest.get(1 + FEWEST_AROUND..=last.saturating_sub(FEWEST_AROUND));
        places.unwrap_or_default().iter().filter(|value| *value % 2 == 1).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dictionary_goes_before_the_patterns() {
        for (word, syllables) in [
            ("the", 1),
            ("people", 2),
            ("every", 3),
            ("it's", 1),
            ("idea", 3),
            ("responsibility", 6),
            ("hm", 0),
            ("aaliyah", 3),
            ("zywicki", 3),
        ] {
            assert_eq!(count(word), syllables, "{word}");
        }
    }

    #[test]
    fn other_words_are_hyphenated() {
        for (word, syllables) in
            [("", 1), ("x", 1), ("1984", 1), ("kubelet", 1), ("zorblaxian", 4), ("日本語", 1)]
        {
            assert_eq!(count(word), syllables, "{word}");
        }
    }
}
