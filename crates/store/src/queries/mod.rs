//! The queries, one file per resource. This folder is compiled twice, once inside
//! [`crate::postgres`] and once inside [`crate::sqlite`], which give it `Connection`, `Backend`
//! and `ext`, the little that really differs.

pub mod access;
pub mod adoptions;
pub mod annotations;
pub mod attempts;
pub mod benchmark_cases;
pub mod benchmarks;
pub mod bundles;
pub mod case_lists;
pub mod cases;
pub mod collection_changes;
pub mod collection_contents;
pub mod collections;
pub mod dataset_changes;
pub mod dataset_edits;
pub mod dataset_lists;
pub mod datasets;
pub mod differences;
pub mod discarded_runs;
pub mod exports;
pub mod guardrail_trace_lists;
pub mod guardrail_traces;
pub mod keys;
pub mod loads;
pub mod metrics;
pub mod misses;
pub mod names;
pub mod organizations;
pub mod pipelines;
pub mod policies;
pub mod projects;
pub mod report;
pub mod run_copies;
pub mod run_copy_lists;
pub mod run_edits;
pub mod run_places;
pub mod runs;
pub mod scoring_lists;
pub mod scoring_work;
pub mod scorings;
pub mod sharing;
pub mod source_ids;
pub mod spans;
pub mod traces;
pub mod verdicts;
