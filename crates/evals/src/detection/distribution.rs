//! How risk scores are spread, and how far two spreads are apart.

use super::MAX_RISK;
use crate::number::round;

/// How many bins a histogram has.
pub const BINS: usize = 10;

/// Stands in for the share of a bin without scores, whose logarithm there is not.
const LEAST_SHARE: f64 = 1e-6;

/// How many scores are in each tenth of 0 to 100. A bin begins with its lower bound; what is beyond
/// either end counts in the last bin there.
#[must_use]
pub fn histogram(scores: impl IntoIterator<Item = f64>) -> [u64; BINS] {
    let mut counts = [0; BINS];
    for score in scores {
        counts[bin(score)] += 1;
    }
    counts
}

/// The bin of a score. The conversion cuts off the decimals and leaves what is below 0 there.
pub(super) fn bin(score: f64) -> usize {
    ((score / (MAX_RISK / BINS as f64)) as usize).min(BINS - 1)
}

/// The population stability index of two histograms: 0 for equal shares, above 0.25 a significant
/// shift. Rounded to four decimals; none when they have different numbers of bins, or either has
/// no scores.
#[must_use]
pub fn drift(base: &[u64], candidate: &[u64]) -> Option<f64> {
    let (base_total, total) = (base.iter().sum::<u64>(), candidate.iter().sum::<u64>());
    if base.len() != candidate.len() || base_total == 0 || total == 0 {
        return None;
    }
    let share = |count: u64, total: u64| (count as f64 / total as f64).max(LEAST_SHARE);
    let mut index = 0.0;
    for (before, after) in base.iter().zip(candidate) {
        let (before, after) = (share(*before, base_total), share(*after, total));
        index += (after - before) * (after / before).ln();
    }
    Some(round(index, 4))
}
