//! The catalogue of scoring metrics that datasets can select.

use crate::json::RawJson;

/// A metric as the catalogue describes it (Aegis contract §4.4).
#[derive(Clone, Debug)]
pub struct Metric {
    /// The stable number by which datasets select it.
    pub id: i64,
    /// The short name by which runs select it.
    pub short_name: String,
    /// `structural`, `general`, `rag`, `content_generation`, `safety` or `security`.
    pub category: String,
    /// The threshold of a run that names none, 0 to 100.
    pub default_threshold: i64,
    /// The declared arguments: a JSON array of `{"name", "type", "required"}`, kept as text.
    pub arguments: RawJson,
    /// Whether it may be selected.
    pub active: bool,
    /// The name that people read.
    pub name: String,
}
