//! The vendor's validation: Pydantic v2 as FastAPI reports it (contract §1.6).
//!
//! All problems are reported, in the order in which the model declares its fields. [`Reader`]
//! reads one request and collects them; [`Problems`] is the 422 list.

mod boolean;
mod integer;
mod place;
mod problem;
mod reader;

pub use place::Place;
pub use problem::{Problems, Rule};
pub use reader::{Reader, members, nullable};
