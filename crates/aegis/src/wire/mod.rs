//! The vendor's shapes, written key by key in the order of its examples. Payloads are JSON texts
//! that are passed on byte for byte.

pub mod change;
pub mod coerce;
pub mod collection;
pub mod dataset;
pub mod page;
pub mod problem;
pub mod record;
pub mod request;
pub mod run;

use chrono::{DateTime, SecondsFormat, Utc};

/// Writes a JSON array of whatever `write` writes.
pub fn write_array<'a, T: 'a>(
    out: &mut String,
    items: impl IntoIterator<Item = &'a T>,
    write: impl Fn(&T, &mut String),
) {
    out.push('[');
    for (index, item) in items.into_iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        write(item, out);
    }
    out.push(']');
}

/// Writes a time as the vendor does: a JSON string in UTC with whole seconds, `null` for none.
fn write_time(out: &mut String, time: Option<DateTime<Utc>>) {
    let Some(time) = time else {
        return out.push_str("null");
    };
    out.push('"');
    out.push_str(&time.to_rfc3339_opts(SecondsFormat::Secs, true));
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_cut_to_whole_seconds() {
        let mut out = String::new();
        let time = "2026-04-02T12:00:00.987654Z".parse().expect("a time");
        write_time(&mut out, Some(time));
        write_time(&mut out, None);
        assert_eq!(out, "\"2026-04-02T12:00:00Z\"null");
    }
}
