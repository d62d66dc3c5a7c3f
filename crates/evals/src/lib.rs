//! Scoring: what becomes of a run's rows when they are judged.
//!
//! Entry points: [`structural::find`] (metrics that need no model, pure and synchronous),
//! [`judge::Judges`] (metrics that a model helps with), both over a [`scoring::Row`];
//! [`detection::Tally`] (the numbers of a run of cases against a guardrail policy),
//! [`detection::Classes`] and [`detection::rule_hits_match`] (whether one of its rows is right),
//! [`detection::compare`] (two such runs).
//!
//! What this crate must never know: an HTTP server, SQL, or the store.

pub mod detection;
pub mod judge;
pub mod scoring;
pub mod structural;

mod number;
