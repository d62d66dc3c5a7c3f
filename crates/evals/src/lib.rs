//! Scoring: what becomes of a run's rows when they are judged. Pure and synchronous.
//!
//! Entry points: [`detection::Tally`] (the numbers of a run of cases against a guardrail policy),
//! [`detection::Classes`] and [`detection::rule_hits_match`] (whether one of its rows is right),
//! [`detection::compare`] (two such runs).
//!
//! What this crate must never know: an HTTP server, SQL, or the store.

pub mod detection;

mod number;
