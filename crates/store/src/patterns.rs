//! Patterns for SQL's LIKE, with `\` as the escape character.

/// Matches texts that have `needle` somewhere.
pub fn containing(needle: &str) -> String {
    format!("%{}%", literal(needle))
}

/// Matches texts that begin with `needle`.
pub fn beginning(needle: &str) -> String {
    format!("{}%", literal(needle))
}

/// Matches texts that end with `needle`.
pub fn ending(needle: &str) -> String {
    format!("%{}", literal(needle))
}

fn literal(needle: &str) -> String {
    needle.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}
