//! Whether risk scores can be read as probabilities.

use crate::number::round;

/// How many bins of confidence there are.
const BINS: usize = 10;

/// The cases of one bin of confidence.
#[derive(Clone, Copy, Default)]
struct Bin {
    confidence: f64,
    right: u64,
    count: u64,
}

/// The expected calibration error: how far confidence is from accuracy, over ten bins of
/// confidence weighted by their cases. 0 to 1, rounded to four decimals; none without cases.
///
/// `probabilities` (each 0 to 1, of being positive) and `positives` have an entry for each case. One
/// of at least one half predicts a positive case, and the confidence is that of the prediction. An
/// upper bound belongs to its bin. The confidences of a bin are added one after the other, as Python
/// did before 3.12, which since then carries the rounding errors along.
#[must_use]
pub fn ece(probabilities: impl IntoIterator<Item = f64>, positives: &[bool]) -> Option<f64> {
    let mut bins = [Bin::default(); BINS];
    for (probability, positive) in probabilities.into_iter().zip(positives) {
        let predicted = probability >= 0.5;
        let confidence = if predicted { probability } else { 1.0 - probability };
        if let Some(bin) = bins.iter_mut().zip(1_u32..).find_map(|(bin, number)| {
            let upper = f64::from(number) / BINS as f64;
            (confidence <= upper).then_some(bin)
        }) {
            bin.confidence += confidence;
            bin.right += u64::from(predicted == *positive);
            bin.count += 1;
        }
    }
    let total = positives.len() as f64;
    let error = |bin: &Bin| {
        let count = bin.count as f64;
        count / total * (bin.confidence / count - bin.right as f64 / count).abs()
    };
    let sum = bins.iter().filter(|bin| bin.count > 0).map(error).fold(0.0, |sum, one| sum + one);
    (!positives.is_empty()).then(|| round(sum, 4))
}
