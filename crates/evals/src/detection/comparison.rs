//! Two runs beside each other.

use evalstone_core::json::{Kind, View};

use super::{Summary, drift};
use crate::number::round;

/// The numbers of a run that a comparison looks at. Each is none where the run has none.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Compared {
    /// See [`Summary::accuracy`].
    pub accuracy: Option<f64>,
    /// See [`Summary::block_rate`].
    pub block_rate: Option<f64>,
    /// See [`Summary::avg_latency_ms`].
    pub avg_latency_ms: Option<f64>,
    /// See [`Summary::latency`]; none for a run without rows, which has no latency to compare.
    pub p99_latency_ms: Option<f64>,
    /// See [`Summary::score_histogram`]; empty where there is none.
    pub score_histogram: Vec<u64>,
}

impl Compared {
    /// Reads what [`Summary::to_json`] wrote. What is missing there, such as all of it in a run
    /// that is not done, is none.
    #[must_use]
    pub fn read(summary: View<'_>) -> Self {
        let avg_latency_ms = number(summary.get("avg_latency_ms"));
        let p99 = summary.get("latency").and_then(|latency| number(latency.get("p99")));
        Self {
            accuracy: number(summary.get("accuracy")),
            block_rate: number(summary.get("block_rate")),
            avg_latency_ms,
            p99_latency_ms: p99.filter(|_| avg_latency_ms.is_some()),
            score_histogram: summary.get("score_histogram").and_then(counts).unwrap_or_default(),
        }
    }
}

impl From<&Summary> for Compared {
    fn from(summary: &Summary) -> Self {
        Self {
            accuracy: summary.accuracy,
            block_rate: summary.block_rate,
            avg_latency_ms: summary.avg_latency_ms,
            p99_latency_ms: summary.avg_latency_ms.map(|_| summary.latency.p99),
            score_histogram: summary.score_histogram.to_vec(),
        }
    }
}

/// How a candidate differs from its base: candidate minus base, rounded as the numbers themselves
/// are. Each is none where either run lacks the number.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Comparison {
    /// Of the block rates.
    pub block_rate_delta: Option<f64>,
    /// Of the accuracies.
    pub accuracy_delta: Option<f64>,
    /// Of the mean latencies, in milliseconds.
    pub avg_latency_delta_ms: Option<f64>,
    /// Of the 99th percentiles of the latencies, in milliseconds.
    pub p99_latency_delta_ms: Option<f64>,
    /// How far the risk scores moved; see [`drift`].
    pub psi: Option<f64>,
}

/// Compares two runs (ZNYX contract §7, U18).
#[must_use]
pub fn compare(base: &Compared, candidate: &Compared) -> Comparison {
    let delta = |number: fn(&Compared) -> Option<f64>, decimals| {
        Some(round(number(candidate)? - number(base)?, decimals))
    };
    Comparison {
        block_rate_delta: delta(|run| run.block_rate, 4),
        accuracy_delta: delta(|run| run.accuracy, 4),
        avg_latency_delta_ms: delta(|run| run.avg_latency_ms, 1),
        p99_latency_delta_ms: delta(|run| run.p99_latency_ms, 1),
        psi: drift(&base.score_histogram, &candidate.score_histogram),
    }
}

fn number(value: Option<View<'_>>) -> Option<f64> {
    value.filter(|value| value.kind() == Kind::Number)?.raw().parse().ok()
}

fn counts(list: View<'_>) -> Option<Vec<u64>> {
    list.items().map(|count| count.raw().parse().ok()).collect()
}
