//! The contract's test vector, edges and laws.

mod edges;
mod laws;
mod measures;
mod vector;

use super::{Classes, Row, Summary, Tally};

/// A row as the tests write it: expected, actual, risk score, latency.
type Written<'a> = (Option<&'a str>, &'a str, f64, i64);

/// The summary of these rows, judged strictly.
fn summary(rows: &[Written<'_>]) -> Summary {
    let mut tally = Tally::new();
    for &(expected, actual, risk_score, latency_ms) in rows {
        let correct = Classes::default().is_correct(expected, actual);
        tally.add(Row { expected, actual, risk_score, correct, latency_ms });
    }
    tally.finish()
}
