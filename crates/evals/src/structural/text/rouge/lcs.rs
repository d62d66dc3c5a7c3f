//! The longest common subsequence.

use std::collections::HashMap;

/// How many tokens the longest common subsequence of two texts has.
///
/// The row of the usual table that belongs to a token of `other` is kept as bits, one for each token of
/// `one`, that are clear where the length grows (Hyyrö 2004); so 64 cells cost one step.
pub(super) fn length(one: &[String], other: &[String]) -> usize {
    let words = one.len().div_ceil(64);
    let mut places: HashMap<&str, Vec<u64>> = HashMap::new();
    for (at, token) in one.iter().enumerate() {
        let bits = places.entry(token).or_insert_with(|| vec![0; words]);
        bits[at / 64] |= 1 << (at % 64);
    }
    let mut row = vec![u64::MAX; words];
    for token in other {
        if let Some(bits) = places.get(token.as_str()) {
            step(&mut row, bits);
        }
    }
    let beyond = words * 64 - one.len();
    let set: usize = row.iter().map(|word| word.count_ones() as usize).sum();
    // The bits beyond the last token are never cleared.
    words * 64 - beyond - (set - beyond)
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
