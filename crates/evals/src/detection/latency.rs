//! How long answers took.

use crate::number::round;

/// The middle and the slow end of latencies, in milliseconds, rounded to one decimal.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Percentiles {
    /// The median.
    pub p50: f64,
    /// What 95 % do not exceed.
    pub p95: f64,
    /// What 99 % do not exceed.
    pub p99: f64,
}

/// The percentiles of latencies in milliseconds, interpolated between the two nearest. All are 0
/// without latencies, as the vendor has it.
#[must_use]
pub fn percentiles(mut latencies: Vec<i64>) -> Percentiles {
    latencies.sort_unstable();
    let at = |share| interpolated(&latencies, share).map_or(0.0, |value| round(value, 1));
    Percentiles { p50: at(0.5), p95: at(0.95), p99: at(0.99) }
}

/// The value that is this share of the way up the sorted values.
fn interpolated(sorted: &[i64], share: f64) -> Option<f64> {
    let place = sorted.len().checked_sub(1)? as f64 * share;
    let below = place as usize;
    let lower = *sorted.get(below)?;
    let upper = *sorted.get(below + 1).unwrap_or(&lower);
    // Wider than the values, so that no two can be too far apart.
    let step = (i128::from(upper) - i128::from(lower)) as f64;
    Some(lower as f64 + step * (place - below as f64))
}
