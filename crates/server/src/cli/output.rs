//! What commands print: aligned columns for people, or one JSON document.

use std::io::Write as _;

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::Value;

use crate::failure::Failure;

/// Prints a text and a line's end.
///
/// # Errors
/// When standard output is closed.
pub fn text(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{text}")?;
    Ok(out.flush()?)
}

/// A text as it may stand in one line of a terminal: what steers one is shown as what cannot be shown. Names
/// and refusals come from elsewhere.
#[must_use]
pub fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

/// Prints one JSON document.
///
/// # Errors
/// When standard output is closed.
pub fn json(document: &Value) -> Result<(), Failure> {
    text(&format!("{document:#}"))
}

/// Prints rows in columns as wide as their longest cell.
///
/// # Errors
/// When standard output is closed.
pub fn table<const N: usize>(header: [&str; N], rows: &[[String; N]]) -> Result<(), Failure> {
    let rows: Vec<[String; N]> =
        rows.iter().map(|row| std::array::from_fn(|column| plain(&row[column]))).collect();
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells.chain([header[column].len()]).max().unwrap_or(0)
    };
    let widths: [usize; N] = std::array::from_fn(width);
    let line = |cells: [&str; N]| {
        let padded = cells.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}"));
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    let mut lines = vec![line(header)];
    lines.extend(rows.iter().map(|row| line(std::array::from_fn(|column| row[column].as_str()))));
    text(&lines.join("\n"))
}

/// A time in UTC to the second.
#[must_use]
pub fn time(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}
