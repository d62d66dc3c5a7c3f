//! Sizes and times as people write them: `10MiB`, `30s`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A number of bytes, written with its unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size(pub u64);

/// A length of time, written with its unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span(pub Duration);

/// Units of size, the larger ones first so that writing finds the shortest text.
const SIZES: [(&str, u64); 7] = [
    ("GiB", 1 << 30),
    ("MiB", 1 << 20),
    ("KiB", 1 << 10),
    ("GB", 1_000_000_000),
    ("MB", 1_000_000),
    ("KB", 1_000),
    ("B", 1),
];

/// Units of time in milliseconds, the larger ones first.
const SPANS: [(&str, u64); 5] =
    [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

impl FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        parse(text, &SIZES)
            .map(Self)
            .ok_or_else(|| format!("{text:?} is not a size such as 512B, 64KiB, 10MiB or 2GiB"))
    }
}

impl FromStr for Span {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        parse(text, &SPANS)
            .map(|ms| Self(Duration::from_millis(ms)))
            .ok_or_else(|| format!("{text:?} is not a time such as 500ms, 30s, 5m, 12h or 90d"))
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write(f, self.0, &SIZES, "B")
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = u64::try_from(self.0.as_millis()).unwrap_or(u64::MAX);
        write(f, ms, &SPANS, "s")
    }
}

/// A whole number and one of the units; `None` for anything else, overflow included.
fn parse(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let (_, factor) = units.iter().find(|(name, _)| *name == unit.trim_start())?;
    number.parse::<u64>().ok()?.checked_mul(*factor)
}

fn write(
    f: &mut fmt::Formatter<'_>,
    value: u64,
    units: &[(&str, u64)],
    unit_of_zero: &str,
) -> fmt::Result {
    let fits = |(_, factor): &&(&str, u64)| value >= *factor && value.is_multiple_of(*factor);
    match units.iter().find(fits) {
        Some((name, factor)) => write!(f, "{}{name}", value / factor),
        None => write!(f, "0{unit_of_zero}"),
    }
}

impl<'de> Deserialize<'de> for Size {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl Serialize for Size {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::{Size, Span};

    #[test]
    fn sizes_are_read_and_written_alike() {
        for (text, bytes) in [("2GiB", 2 << 30), ("10MiB", 10 << 20), ("1KB", 1000), ("0B", 0)] {
            assert_eq!(text.parse(), Ok(Size(bytes)));
            assert_eq!(Size(bytes).to_string(), text);
        }
        assert_eq!("10 MiB".parse(), Ok(Size(10 << 20)));
        for bad in ["", "10", "MiB", "1.5MiB", "-1B", "10mib", "99999999999GiB"] {
            assert!(bad.parse::<Size>().is_err(), "{bad}");
        }
    }

    #[test]
    fn times_are_read_and_written_alike() {
        for (text, ms) in [("90d", 7_776_000_000), ("12h", 43_200_000), ("250ms", 250), ("0s", 0)] {
            let span: Span = text.parse().expect(text);
            assert_eq!(span.0.as_millis(), ms);
            assert_eq!(span.to_string(), text);
        }
        assert_eq!("60s".parse::<Span>().expect("a minute").to_string(), "1m");
        for bad in ["", "10", "s", "1.5s", "-1s", "1 week"] {
            assert!(bad.parse::<Span>().is_err(), "{bad}");
        }
    }
}
