//! Metrics that measure texts or compare two.

mod exact_match;

use super::Evaluate;

/// All of them, by their short names.
pub const ALL: &[(&str, Evaluate)] = &[("exact_match", exact_match::evaluate)];
