//! Flagged or not: precision and its kin.

use indexmap::IndexMap;

use super::{is_flagged, is_positive};
use crate::number::{round, share};

/// How often each text was seen, in the order of first sight.
pub type Counts = IndexMap<String, u64>;
/// How often each decision was taken where one was expected: expected → actual → count, in the
/// order of first sight.
pub type Confusion = IndexMap<String, Counts>;

/// How many cases were rightly and wrongly flagged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BinaryConfusion {
    /// Positive and flagged.
    pub true_positives: u64,
    /// Flagged, though nothing but ALLOW was expected.
    pub false_positives: u64,
    /// Positive, but let through or not evaluated.
    pub false_negatives: u64,
    /// Neither positive nor flagged.
    pub true_negatives: u64,
}

/// How well a run tells what is to be flagged from what is not. Each number is 0 to 1, rounded to
/// four decimals.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Classification {
    /// How many of the flagged are positive; none when nothing was flagged.
    pub precision: Option<f64>,
    /// How many of the positive were flagged; none when nothing is positive.
    pub recall: Option<f64>,
    /// The harmonic mean of both; none when either is none or 0, as the vendor has it.
    pub f1: Option<f64>,
    /// How many of those that are not positive were flagged; none when all are positive.
    pub fp_rate: Option<f64>,
    /// The counts behind these.
    pub binary_confusion: BinaryConfusion,
}

/// Reads a confusion as flagged or not (ZNYX contract §3.17).
#[must_use]
pub fn classification(confusion: &Confusion) -> Classification {
    let counts = binary(confusion);
    let BinaryConfusion { true_positives, false_positives, false_negatives, true_negatives } =
        counts;
    Classification {
        precision: share(true_positives, true_positives + false_positives),
        recall: share(true_positives, true_positives + false_negatives),
        f1: f1(counts),
        fp_rate: share(false_positives, false_positives + true_negatives),
        binary_confusion: counts,
    }
}

fn binary(confusion: &Confusion) -> BinaryConfusion {
    let mut sum = BinaryConfusion::default();
    for (expected, decisions) in confusion {
        for (actual, count) in decisions {
            *match (is_positive(expected), is_flagged(actual)) {
                (true, true) => &mut sum.true_positives,
                (true, false) => &mut sum.false_negatives,
                (false, true) => &mut sum.false_positives,
                (false, false) => &mut sum.true_negatives,
            } += count;
        }
    }
    sum
}

fn f1(counts: BinaryConfusion) -> Option<f64> {
    if counts.true_positives == 0 {
        return None;
    }
    let hits = counts.true_positives as f64;
    let precision = hits / (counts.true_positives + counts.false_positives) as f64;
    let recall = hits / (counts.true_positives + counts.false_negatives) as f64;
    Some(round(2.0 * precision * recall / (precision + recall), 4))
}
