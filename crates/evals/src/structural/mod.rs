//! Structural metrics (Aegis contract §4.4): deterministic, without a model. [`text`] measures and
//! compares texts, [`formal`] reads languages that machines read: JSON, XML, SQL, Python.

pub mod formal;
pub mod text;

use crate::scoring::{Arguments, Failure, Row, Score};

/// How a metric scores a row.
pub type Evaluate = fn(&Row, Arguments<'_>) -> Result<Score, Failure>;

/// The structural metric of that short name, if there is one.
#[must_use]
pub fn find(short_name: &str) -> Option<Evaluate> {
    let all = text::ALL.iter().chain(formal::ALL);
    all.copied().find_map(|(name, evaluate)| (name == short_name).then_some(evaluate))
}
