//! The longest common subsequence.

use std::collections::HashMap;

/// How many bits a word of a row has.
const BITS: usize = u64::BITS as usize;

/// Where a token stands.
enum Places {
    /// At these places.
    Few(Vec<usize>),
    /// Where the bits are set. So many tokens of a text cannot be as frequent that this would take much memory.
    Many(Vec<u64>),
}

/// How many tokens the longest common subsequence of two texts has.
///
/// The row of the usual table that belongs to a token of `other` is kept as bits, one for each token of
/// `one`, that are clear where the length grows (Hyyrö 2004); so 64 cells cost one step.
pub(super) fn length(one: &[String], other: &[String]) -> usize {
    let words = one.len().div_ceil(BITS);
    let places = places(one, words);
    let mut row = vec![u64::MAX; words];
    let mut scratch = vec![0; words];
    for token in other {
        match places.get(token.as_str()) {
            Some(Places::Many(bits)) => step(&mut row, bits),
            Some(Places::Few(places)) => {
                places.iter().for_each(|at| set(&mut scratch, *at));
                step(&mut row, &scratch);
                places.iter().for_each(|at| scratch[at / BITS] = 0);
            }
            None => {}
        }
    }
    // The bits beyond the last token are never cleared.
    row.iter().map(|word| word.count_zeros() as usize).sum()
}

/// Where each token of a text stands: as bits where that takes less than a list.
fn places(text: &[String], words: usize) -> HashMap<&str, Places> {
    let mut lists: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, token) in text.iter().enumerate() {
        lists.entry(token).or_default().push(at);
    }
    let chosen = |list: Vec<usize>| {
        if list.len() < words {
            return Places::Few(list);
        }
        let mut bits = vec![0; words];
        list.iter().for_each(|at| set(&mut bits, *at));
        Places::Many(bits)
    };
    lists.into_iter().map(|(token, list)| (token, chosen(list))).collect()
}

fn set(bits: &mut [u64], at: usize) {
    bits[at / BITS] |= 1 << (at % BITS);
}

fn step(row: &mut [u64], places: &[u64]) {
    let mut carry = false;
    for (word, place) in row.iter_mut().zip(places) {
        let matched = *word & place;
        let (sum, over) = word.overflowing_add(matched);
        let (sum, over_again) = sum.overflowing_add(u64::from(carry));
        carry = over || over_again;
        *word = sum | (*word & !place);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn tokens(text: &str) -> Vec<String> {
        text.chars().map(String::from).collect()
    }

    /// The usual table.
    fn by_table(one: &[String], other: &[String]) -> usize {
        let mut row = vec![0; one.len() + 1];
        for token in other {
            let mut diagonal = 0;
            for (at, mine) in one.iter().enumerate() {
                let above = row[at + 1];
                row[at + 1] = if mine == token { diagonal + 1 } else { above.max(row[at]) };
                diagonal = above;
            }
        }
        row[one.len()]
    }

    #[test]
    fn the_longest_is_found() {
        for (one, other, length) in [
            ("", "", 0),
            ("", "a", 0),
            ("a", "", 0),
            ("abc", "abc", 3),
            ("abc", "cba", 1),
            ("abcbdab", "bdcaba", 4),
        ] {
            assert_eq!(super::length(&tokens(one), &tokens(other)), length, "{one} {other}");
        }
    }

    proptest! {
        /// Long enough for rows of several words, with tokens that are rare and such as are not.
        #[test]
        fn bits_say_what_the_table_says(one in "[a-c]{0,200}[a-z]{0,200}", other in "[a-z]{0,200}[a-c]{0,200}") {
            let (one, other) = (tokens(&one), tokens(&other));
            prop_assert_eq!(length(&one, &other), by_table(&one, &other));
        }
    }
}
