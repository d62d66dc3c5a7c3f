//! How well risk scores put the positive cases before the others.

use std::cmp::Ordering;

/// The area under the ROC curve: how likely a positive case has a higher score than one that is
/// not, a tie counting half (Mann and Whitney's U). 0 to 1, rounded to four decimals; none unless
/// there are both.
///
/// `scores` and `positives` have an entry for each case.
#[must_use]
pub fn auroc(scores: &[f64], positives: &[bool]) -> Option<f64> {
    let positive = count(positives);
    let negative = positives.len() as u64 - positive;
    if positive == 0 || negative == 0 {
        return None;
    }
    let order = descending(scores);
    // Ranks count from 1 at the lowest score. A tie shares the mean of its ranks, a multiple of one
    // half, so that twice their sum is a whole number.
    let mut doubled_ranks = 0;
    let mut above = 0;
    for tie in order.chunk_by(|one, other| scores[*one] == scores[*other]) {
        let highest = order.len() - above;
        let lowest = highest + 1 - tie.len();
        let hits = tie.iter().filter(|row| positives[**row]).count();
        doubled_ranks += (highest + lowest) as u128 * hits as u128;
        above += tie.len();
    }
    let ranks = doubled_ranks as f64 / 2.0;
    let least = (positive * (positive + 1)) as f64 / 2.0;
    let area = (ranks - least) / (u128::from(positive) * u128::from(negative)) as f64;
    Some(crate::number::round(area, 4))
}

/// The average precision: the mean of the precisions at each positive case, going down the scores.
/// 0 to 1, rounded to four decimals; none without a positive case.
///
/// Cases with equal scores are taken in their own order, as the vendor does, so that the order of
/// a dataset can show in the number. `scores` and `positives` have an entry for each case.
#[must_use]
pub fn auprc(scores: &[f64], positives: &[bool]) -> Option<f64> {
    let positive = count(positives) as f64;
    if positive == 0.0 {
        return None;
    }
    let mut hits = 0.0;
    let mut recall = 0.0;
    let mut area = 0.0;
    for (taken, row) in descending(scores).into_iter().enumerate() {
        if positives[row] {
            hits += 1.0;
        }
        let precision = hits / (taken + 1) as f64;
        let reached = hits / positive;
        area += (reached - recall) * precision;
        recall = reached;
    }
    Some(crate::number::round(area, 4))
}

fn count(positives: &[bool]) -> u64 {
    positives.iter().filter(|positive| **positive).count() as u64
}

/// The rows by falling score, those with equal ones in their own order.
fn descending(scores: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|one, other| falling(scores[*one], scores[*other]));
    order
}

/// Zero has no sign here. What is no number, which no row holds, has its place too, so that sorting
/// always has an order to follow.
fn falling(one: f64, other: f64) -> Ordering {
    other.partial_cmp(&one).unwrap_or_else(|| other.total_cmp(&one))
}
