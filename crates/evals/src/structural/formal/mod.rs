//! Metrics that read languages that machines read.
//!
//! What they read may be hostile: nothing here fetches anything, and whatever recurses runs by
//! `parsing::guarded` and is bounded before it starts. Choices where the contract is silent and
//! deviations from the reference implementations are listed in `crates/evals/README.md`.

mod is_valid_json;
mod is_valid_python;
mod is_valid_sql;
mod is_valid_xml;
mod json_equal;
mod json_schema_match;
mod xml_equal;
mod xml_schema_match;

mod json_patterns;
mod json_schema_cost;
mod json_tree;
mod nesting;
mod pairing;
mod parsing;
mod pattern_size;
mod schema_limits;
mod schema_values;
mod xml_limits;
mod xml_text;
mod xml_tree;

#[cfg(test)]
mod trying;

use super::Evaluate;

/// All of them, by their short names.
pub const ALL: &[(&str, Evaluate)] = &[
    ("is_valid_json", is_valid_json::evaluate),
    ("is_valid_python", is_valid_python::evaluate),
    ("is_valid_sql", is_valid_sql::evaluate),
    ("is_valid_xml", is_valid_xml::evaluate),
    ("json_equal", json_equal::evaluate),
    ("json_schema_match", json_schema_match::evaluate),
    ("xml_equal", xml_equal::evaluate),
    ("xml_schema_match", xml_schema_match::evaluate),
];

/// The dialects that `is_valid_sql` knows, by `sqlglot`'s names in lower case; the argument may spell
/// them in any case. Besides these it takes the empty name for SQL of no dialect.
#[must_use]
pub const fn sql_dialects() -> &'static [&'static str] {
    is_valid_sql::NAMES
}
