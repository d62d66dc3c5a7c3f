//! Dates as ISO 8601 and RFC 3339 write them, in the extended form.

use chrono::{NaiveDate, NaiveTime};

use super::Moment;

/// Reads `YYYY-MM-DD`; after a `T` or a space maybe `HH:MM`, `HH:MM:SS` and decimals of a second; then maybe
/// `Z`, `±HH:MM`, `±HHMM` or `±HH`. The day and the time must exist.
pub(super) fn read(text: &str) -> Option<Moment> {
    let (date, rest) = text.split_at_checked(10)?;
    day(date)?;
    if rest.is_empty() {
        return Some(Moment { time: false, zone: false });
    }
    let rest = rest.strip_prefix(['T', 't', ' '])?;
    let end = rest.find(['Z', 'z', '+', '-']).unwrap_or(rest.len());
    let (time, zone) = rest.split_at(end);
    time_of_day(time)?;
    if !zone.is_empty() {
        offset(zone)?;
    }
    Some(Moment { time: true, zone: !zone.is_empty() })
}

fn day(text: &str) -> Option<NaiveDate> {
    let (year, rest) = text.split_once('-')?;
    let (month, day) = rest.split_once('-')?;
    let year = number(year, 4).filter(|year| *year > 0)?;
    NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, number(month, 2)?, number(day, 2)?)
}

fn time_of_day(text: &str) -> Option<NaiveTime> {
    let (hour, rest) = text.split_once(':')?;
    let (minute, rest) = rest.split_once(':').map_or((rest, None), |(one, more)| (one, Some(more)));
    let second = match rest {
        Some(rest) => {
            let (second, decimals) = rest.split_once(['.', ',']).unwrap_or((rest, "0"));
            digits(decimals)?;
            number(second, 2)?
        }
        None => 0,
    };
    NaiveTime::from_hms_opt(number(hour, 2)?, number(minute, 2)?, second)
}

fn offset(text: &str) -> Option<NaiveTime> {
    if matches!(text, "Z" | "z") {
        return Some(NaiveTime::MIN);
    }
    let (hour, rest) = text.strip_prefix(['+', '-'])?.split_at_checked(2)?;
    let minute = if rest.is_empty() { "00" } else { rest.strip_prefix(':').unwrap_or(rest) };
    NaiveTime::from_hms_opt(number(hour, 2)?, number(minute, 2)?, 0)
}

/// A number of exactly this many ASCII digits.
fn number(text: &str, length: usize) -> Option<u32> {
    digits(text).filter(|digits| digits.len() == length)?.parse().ok()
}

fn digits(text: &str) -> Option<&str> {
    (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())).then_some(text)
}
