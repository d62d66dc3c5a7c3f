//! The dataset domain: pure, synchronous, without input or output.
//!
//! Entry points: [`case::Case`] with its reading and digest, [`dataset::Dataset`], [`caller::Caller`]
//! (who asks), [`error::Error`] (what can go wrong).
//!
//! What this crate must never know: HTTP, SQL, an async runtime, or any vendor's name in a type.

pub mod annotation;
#[cfg(any(test, feature = "testing"))]
pub mod arbitrary;
pub mod attempt;
pub mod benchmark;
pub mod bundle;
pub mod caller;
pub mod case;
pub mod collection;
pub mod dataset;
pub mod digest;
pub mod error;
pub mod guardrail;
pub mod id;
pub mod json;
pub mod key;
pub mod lens;
pub mod loss;
pub mod metric;
pub mod name_key;
pub mod normal;
pub mod organization;
pub mod pipeline;
pub mod policy;
pub mod project;
pub mod report;
pub mod run;
pub mod run_copy;
pub mod scoring;
pub mod sharing;
pub mod source;
#[cfg(any(test, feature = "testing"))]
pub mod stated;
pub mod text;
pub mod trace;
pub mod tree;
pub mod upstream;

#[cfg(test)]
mod laws;
#[cfg(test)]
mod samples;
