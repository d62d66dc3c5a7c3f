//! What is counted of running beside a vendor.

use evalstone_store::misses::Backlog;
use metrics::{counter, describe_counter, describe_gauge, gauge};

const CALLS: &str = "evalstone_upstream_calls_total";
const COPIES: &str = "evalstone_mirror_calls_total";
const MISSES: &str = "evalstone_mirror_misses";
const COMPARED: &str = "evalstone_diff_calls_total";
const DIFFERENCES: &str = "evalstone_diff_differences_total";

/// Describes these metrics to the installed recorder.
pub fn describe() {
    describe_counter!(CALLS, "Calls to a vendor's server, by dialect and outcome.");
    describe_counter!(
        COPIES,
        "Calls that a vendor has carried out, by dialect, route and what became of them here."
    );
    describe_gauge!(
        MISSES,
        "Calls that a vendor has carried out and the gateway has not, by dialect and state."
    );
    describe_counter!(COMPARED, "Calls in diff mode, by dialect and what became of them.");
    describe_counter!(
        DIFFERENCES,
        "Differences to a vendor's answers, by dialect, route and kind."
    );
}

/// Counts a call to a vendor's server: `answered`, or why not.
pub fn called(dialect: &'static str, outcome: &'static str) {
    counter!(CALLS, "dialect" => dialect, "outcome" => outcome).increment(1);
}

/// Counts what became of a call that a vendor has carried out.
pub fn copied(dialect: &'static str, route: &str, outcome: &'static str) {
    let labels = [
        ("dialect", dialect.to_owned()),
        ("route", route.to_owned()),
        ("outcome", outcome.to_owned()),
    ];
    counter!(COPIES, &labels).increment(1);
}

/// Shows how many calls are missed.
pub fn show(dialects: impl Iterator<Item = &'static str>, backlog: &[Backlog]) {
    for dialect in dialects {
        for (failed, state) in [(false, "waiting"), (true, "failed")] {
            let of = |line: &&Backlog| line.dialect == dialect && line.failed == failed;
            let count = backlog.iter().find(of).map_or(0, |line| line.count);
            gauge!(MISSES, "dialect" => dialect, "state" => state).set(count as f64);
        }
    }
}

/// Counts what became of a call in diff mode.
pub fn compared(dialect: &'static str, outcome: &'static str) {
    counter!(COMPARED, "dialect" => dialect, "outcome" => outcome).increment(1);
}

/// Counts differences.
pub fn differed(dialect: &'static str, route: &str, kind: &'static str, count: u64) {
    let labels =
        [("dialect", dialect.to_owned()), ("route", route.to_owned()), ("kind", kind.to_owned())];
    counter!(DIFFERENCES, &labels).increment(count);
}
