//! How every dialect reads a case: the shared vocabulary of design §2.4's table.
//!
//! [`Reading`] gives `stage*`, `output*` and `inputs*`; [`text`] and [`subject`] turn what they
//! hold into text; [`record`] reads a case as a record of five text fields. Two rules hold
//! everywhere: of duplicate keys the last counts, and a JSON null counts as absent.

pub mod expected;
pub mod record;
pub mod slots;

mod part;
mod reading;
mod text;

#[cfg(test)]
mod expected_tests;
#[cfg(test)]
mod part_tests;
#[cfg(test)]
mod reading_tests;
#[cfg(test)]
mod record_tests;

pub use part::Part;
pub use reading::Reading;
pub use text::{Text, subject, subject_without, text};
