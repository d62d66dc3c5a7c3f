//! The vendor's validation: Pydantic v2 as FastAPI reports it (contract §1.6).
//!
//! All problems are reported, in the order in which the model declares its fields. [`Reader`]
//! reads one request and collects them; [`Problems`] is the 422 list.

pub mod boolean;
pub mod float;
pub mod integer;
mod problem;
mod reader;
mod rule;

pub use evalstone_kit::pydantic::Place;
pub use problem::Problems;
pub use reader::{Reader, members, nullable};
pub use rule::Rule;
