//! Metrics that read languages that machines read.

use super::Evaluate;

/// All of them, by their short names.
pub const ALL: &[(&str, Evaluate)] = &[];
