//! The gateway answers, and the vendor's answers are compared with its own.

use crate::trials::Trials;

/// Lists the cases.
pub fn list(_: &mut Trials) {}
