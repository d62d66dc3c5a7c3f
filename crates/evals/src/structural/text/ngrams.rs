//! Runs of tokens, which BLEU and ROUGE count.

use std::collections::HashMap;

/// How many runs of `n` tokens a text has.
pub(super) fn count(tokens: &[String], n: usize) -> usize {
    (tokens.len() + 1).saturating_sub(n)
}

/// How many runs of `n` tokens two texts share, each as often as it stands in both. `n` is 1 or more.
pub(super) fn shared(one: &[String], other: &[String], n: usize) -> usize {
    let mut left: HashMap<&[String], usize> = HashMap::new();
    for run in one.windows(n) {
        *left.entry(run).or_default() += 1;
    }
    let mut shared = 0;
    for run in other.windows(n) {
        if let Some(count) = left.get_mut(run).filter(|count| **count > 0) {
            *count -= 1;
            shared += 1;
        }
    }
    shared
}
