//! Counting a run's rows.

use super::classification::{Classification, Confusion, Counts, classification};
use super::distribution::{BINS, bin};
use super::{BLOCK, ERROR, MAX_RISK, Summary, auprc, auroc, ece, is_positive, percentiles};
use crate::number::{round, share};

/// What one case of a run came to.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    /// The decision that was expected, any text; none for a case without a label.
    pub expected: Option<&'a str>,
    /// The decision that was taken, any text, or [`ERROR`].
    pub actual: &'a str,
    /// The risk score, 0 to 100; a finite number.
    pub risk_score: f64,
    /// Whether the decision is right, by [`super::Classes::is_correct`]. A row with an expectation is
    /// right only if this is true; for one without it means nothing.
    pub correct: Option<bool>,
    /// How long the evaluation took, in milliseconds.
    pub latency_ms: i64,
}

/// Takes a run's rows in the order of the dataset and sums them up.
///
/// It keeps 8 bytes of each row and 9 more of a labelled one, besides a counter for each decision
/// and pair of decisions that it met. The order matters to `auprc` and to the order of the counters.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    confusion: Confusion,
    decisions: Counts,
    correct: u64,
    /// The scores of the labelled rows, and whether each is positive.
    scores: Vec<f64>,
    positives: Vec<bool>,
    /// The latencies of all rows.
    latencies: Vec<i64>,
    score_histogram: [u64; BINS],
}

impl Tally {
    /// A tally without rows.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Counts a row.
    pub fn add(&mut self, row: Row<'_>) {
        let Row { expected, actual, risk_score, correct, latency_ms } = row;
        count(&mut self.decisions, actual);
        self.latencies.push(latency_ms);
        self.score_histogram[bin(risk_score)] += 1;
        let Some(expected) = expected else { return };
        if !self.confusion.contains_key(expected) {
            self.confusion.insert(expected.to_owned(), Counts::default());
        }
        if let Some(decisions) = self.confusion.get_mut(expected) {
            count(decisions, actual);
        }
        self.correct += u64::from(correct == Some(true));
        self.scores.push(risk_score);
        self.positives.push(is_positive(expected));
    }

    /// The numbers of all rows so far. Sorting takes about as much memory again.
    #[must_use]
    pub fn finish(self) -> Summary {
        let Self { confusion, decisions, correct, scores, positives, latencies, score_histogram } =
            self;
        let total = latencies.len() as u64;
        let labelled = scores.len() as u64;
        let seen = |decision| decisions.get(decision).copied().unwrap_or_default();
        let Classification { precision, recall, f1, fp_rate, binary_confusion } =
            classification(&confusion);
        let probabilities = scores.iter().map(|score| score.clamp(0.0, MAX_RISK) / MAX_RISK);
        Summary {
            accuracy: share(correct, labelled),
            precision,
            recall,
            f1,
            fp_rate,
            binary_confusion,
            total,
            correct,
            incorrect: labelled - correct,
            unlabelled: total - labelled,
            errors: seen(ERROR),
            block_rate: share(seen(BLOCK), total),
            avg_latency_ms: mean(&latencies),
            auroc: auroc(&scores, &positives),
            auprc: auprc(&scores, &positives),
            ece: ece(probabilities, &positives),
            score_histogram,
            latency: percentiles(latencies),
            decisions,
            confusion,
        }
    }
}

fn count(counts: &mut Counts, text: &str) {
    match counts.get_mut(text) {
        Some(count) => *count += 1,
        None => {
            counts.insert(text.to_owned(), 1);
        }
    }
}

/// The mean in the latencies' unit, rounded to one decimal; none without latencies.
fn mean(latencies: &[i64]) -> Option<f64> {
    let sum: i128 = latencies.iter().copied().map(i128::from).sum();
    (!latencies.is_empty()).then(|| round(sum as f64 / latencies.len() as f64, 1))
}
