//! What a policy may say (contract §5.4): the vendor's schema of policies, and its linter.
//!
//! [`check()`] is pure. `shape` is the kinds of fields that there are; `detectors`, `surroundings`
//! and `settings` are the table of them, that of `znyx-core` 1.2.4; `read` is the rules by which
//! Pydantic reads a value; `lint` finds what a policy cannot mean although the schema takes it.

mod check;
mod detectors;
mod lint;
mod read;
mod settings;
mod shape;
mod surroundings;

pub use check::check;
