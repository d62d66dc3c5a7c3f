//! The vendor's objects exactly as the vendor writes them (contract §3), and the reading of its
//! requests.
//!
//! `body` and `query` read a request field by field and gather everything that is wrong with it;
//! one file per resource says which fields there are. Whatever a request carries as a payload is
//! kept as raw JSON.

pub mod body;
pub mod datasets;
pub mod experiments;
pub mod ids;
pub mod list;
pub mod organizations;
pub mod pipelines;
pub mod problems;
pub mod query;
pub mod test_cases;
pub mod timestamp;
pub mod values;
