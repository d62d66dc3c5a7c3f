//! JSON payloads as raw text (design §2.6).
//!
//! A payload is checked once when it enters ([`check`]), then kept and passed on byte for byte:
//! key order, number spelling, escapes and duplicate keys survive. [`View`] looks inside such a
//! text without parsing it into a tree; [`RawJson`] and [`RawObject`] own one; [`canonical`] gives
//! the one spelling that all equal values share.
//!
//! Nothing here recurses, so that no depth of nesting can overflow the stack.

mod build;
mod canonical;
mod check;
mod number;
mod pretty;
mod raw;
mod scan;
mod string;
mod view;

#[cfg(test)]
mod canonical_tests;
#[cfg(test)]
mod check_tests;
#[cfg(test)]
mod raw_tests;
#[cfg(test)]
mod view_tests;

pub use build::{ObjectBuilder, ObjectWriter, object};
pub use canonical::canonical;
pub use check::{Fault, FaultKind, MAX_DEPTH, check, check_bytes};
pub use raw::{NotObject, RawJson, RawObject};
pub use string::encode;
pub use view::{Items, Key, Kind, Members, View};
