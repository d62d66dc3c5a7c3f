//! The numbers of a run of cases against a guardrail policy (ZNYX contract §3.17, §4.8, §4.9).
//!
//! Each row of such a run has the decision that was expected, if the case is labelled, and what the
//! engine answered: a decision, a risk score of 0 to 100, the rules it hit and how long it took.
//! A case is **positive** when anything but [`ALLOW`] was expected, and **flagged** when anything
//! but [`ALLOW`] was decided. All numbers equal those of the vendor's own
//! `znyx_core.engine.eval_metrics` to the last digit; `tests/conformance/znyx` compares them.
//!
//! What rows count for:
//!
//! * Rows **without an expectation** count in the total, the decisions, the block rate, the
//!   latencies and the histogram, and in nothing that compares.
//! * Rows that **could not be evaluated** ([`ERROR`]) count like all others, as the vendor's own
//!   tool has it: leaving them out would make a run that fails look better. They are never flagged,
//!   so that one with a positive expectation is a false negative; they stand in the confusion
//!   under `ERROR`, and with the risk score and the latency that were reported with them.

mod calibration;
mod classes;
mod classification;
mod comparison;
mod distribution;
mod latency;
mod ranking;
mod summary;
mod tally;

#[cfg(test)]
mod tests;

pub use calibration::ece;
pub use classes::{Classes, rule_hits_match};
pub use classification::{BinaryConfusion, Classification, Confusion, Counts, classification};
pub use comparison::{Compared, Comparison, compare};
pub use distribution::{BINS, drift, histogram};
pub use latency::{Percentiles, percentiles};
pub use ranking::{auprc, auroc};
pub use summary::Summary;
pub use tally::{Row, Tally};

/// The decision that lets a text through.
pub const ALLOW: &str = "ALLOW";
/// The decision that stops it.
pub const BLOCK: &str = "BLOCK";
/// What stands in the place of a decision where a case could not be evaluated.
pub const ERROR: &str = "ERROR";
/// What stands there when the engine answered without a decision. No dialect stores it; it is
/// told apart because the vendor's definition does so.
const NONE: &str = "NONE";
/// The highest risk score.
const MAX_RISK: f64 = 100.0;

/// Whether a case with this expected decision is one that should be flagged.
fn is_positive(expected: &str) -> bool {
    expected != ALLOW
}

/// Whether this answer flags a case. What is no decision never does.
fn is_flagged(actual: &str) -> bool {
    ![ALLOW, ERROR, NONE].contains(&actual)
}
