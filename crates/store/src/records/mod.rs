//! Rows as Diesel reads and writes them, and their turning into domain values. No other crate
//! sees these types.

pub mod annotations;
pub mod attempts;
pub mod benchmarks;
pub mod bundles;
pub mod cases;
pub mod collections;
pub mod datasets;
pub mod guardrail_traces;
pub mod keys;
pub mod metrics;
pub mod organizations;
pub mod pipelines;
pub mod policies;
pub mod projects;
pub mod report;
pub mod run_copies;
pub mod run_parts;
pub mod runs;
pub mod scorings;
pub mod spans;
pub mod upstreams;
