//! Numbers, sizes and times as people read them.

use chrono::{DateTime, Utc};
use maud::{Markup, html};

use crate::wire::timestamp::Timestamp;

/// A number with a comma before every three digits.
pub fn number(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::from(if number < 0 { "-" } else { "" });
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number with the noun that fits it.
pub fn count(count: i64, one: &str, many: &str) -> String {
    format!("{} {}", number(count), if count == 1 { one } else { many })
}

/// A size in bytes.
pub fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        _ => format!("{:.1} MB", bytes as f64 / 1e6),
    }
}

/// How long something took, in microseconds; what ended before it began took no time.
pub fn duration(micros: f64) -> String {
    let micros = micros.max(0.0);
    // The borders are where the digits shown would say the next unit.
    if micros < 999.5 {
        return format!("{micros:.0} µs");
    }
    if micros < 999_500.0 {
        let ms = micros / 1e3;
        return if ms < 99.95 { format!("{ms:.1} ms") } else { format!("{ms:.0} ms") };
    }
    let seconds = micros / 1e6;
    if seconds < 59.995 {
        return format!("{seconds:.2} s");
    }
    let whole = seconds.round() as i64;
    match (whole / 3600, whole / 60 % 60, whole % 60) {
        (0, minutes, seconds) => format!("{minutes} min {seconds} s"),
        (hours, minutes, _) => format!("{} h {minutes} min", number(hours)),
    }
}

/// How long a span took.
pub fn span_duration(start_ns: i64, end_ns: i64) -> String {
    duration(end_ns.saturating_sub(start_ns) as f64 / 1e3)
}

/// A moment, to the second for people and to the millisecond for programs.
pub fn time(at: DateTime<Utc>) -> Markup {
    let shown = at.format("%Y-%m-%d %H:%M:%S UTC").to_string();
    html! { time datetime=(Timestamp(at)) { (shown) } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped() {
        for (value, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (-1_234_567, "-1,234,567")]
        {
            assert_eq!(number(value), text);
        }
        assert_eq!(count(1, "span", "spans"), "1 span");
        assert_eq!(count(10_000, "span", "spans"), "10,000 spans");
    }

    #[test]
    fn durations_take_the_unit_that_fits() {
        for (micros, text) in [
            (-5.0, "0 µs"),
            (450.4, "450 µs"),
            (999.6, "1.0 ms"),
            (1_500.0, "1.5 ms"),
            (123_400.0, "123 ms"),
            (999_600.0, "1.00 s"),
            (59_994_000.0, "59.99 s"),
            (59_999_000.0, "1 min 0 s"),
            (3_725_000_000.0, "1 h 2 min"),
            (1e13, "2,777 h 46 min"),
        ] {
            assert_eq!(duration(micros), text, "{micros}");
        }
        assert_eq!(span_duration(0, i64::MAX), "2,562,047 h 47 min");
        assert_eq!(span_duration(i64::MAX, 0), "0 µs");
    }

    #[test]
    fn sizes_take_the_unit_that_fits() {
        assert_eq!((size(999), size(1_000)), ("999 bytes".to_owned(), "1.0 kB".to_owned()));
        assert_eq!(size(3_210_000), "3.2 MB");
    }
}
