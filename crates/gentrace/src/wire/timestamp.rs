//! `YYYY-MM-DDTHH:MM:SS.mmmZ` (contract §1).

use std::fmt;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Serialize, Serializer};

/// A point in time, written in UTC with three digits of the second's fraction; finer ones are cut
/// off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timestamp(pub DateTime<Utc>);

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.to_rfc3339_opts(SecondsFormat::Millis, true))
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn milliseconds_are_always_written_and_never_more() {
        for (micros, text) in [
            (1_743_465_600_000_000, "2025-04-01T00:00:00.000Z"),
            (1_743_465_600_120_999, "2025-04-01T00:00:00.120Z"),
        ] {
            let at = Timestamp(DateTime::from_timestamp_micros(micros).expect("in range"));
            assert_eq!(at.to_string(), text);
        }
    }
}
