//! JSON payloads as raw text (design §2.6).
//!
//! A payload is checked once when it enters ([`check`]), then kept and passed on byte for byte:
//! key order, number spelling, escapes and duplicate keys survive. [`View`] looks inside such a
//! text without parsing it into a tree; [`RawJson`] and [`RawObject`] own one; [`canonical`] gives
//! the one spelling that all equal values share, [`python`] the one that Python gives to a value.
//!
//! Nothing here recurses, so that no depth of nesting can overflow the stack.

mod build;
mod canonical;
mod check;
mod number;
mod pretty;
mod python;
mod raw;
mod respell;
mod scan;
mod string;
mod view;

#[cfg(test)]
mod canonical_tests;
#[cfg(test)]
mod check_tests;
#[cfg(test)]
mod python_tests;
#[cfg(test)]
mod raw_tests;
#[cfg(test)]
mod view_tests;

pub use build::{ObjectBuilder, ObjectWriter, object};
pub use canonical::canonical;
pub use check::{Fault, FaultKind, MAX_DEPTH, check, check_bytes};
pub use python::{PythonFault, python, python_fault};
pub use raw::{NotObject, RawJson, RawObject};
pub use string::encode;
pub use view::{Items, Key, Kind, Members, View};
