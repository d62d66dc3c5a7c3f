//! Values of answers, however the server has spelled them: floats for whole numbers and amounts of money,
//! and times without an offset, are what Python's servers write when nobody looks.

use chrono::{DateTime, NaiveDateTime, Utc};
use evalstone_core::error::{Error, Result};
use evalstone_core::json::{self, View};
use evalstone_evals::scoring::Cost;
use evalstone_kit::remote::answer::Answer;

/// Reads a member, unless it is null or not there.
fn read<'a, T>(
    answer: Answer<'a>,
    name: &str,
    what: &str,
    read: impl FnOnce(View<'a>) -> Option<T>,
) -> Result<Option<T>> {
    let value = answer.get(name);
    let read = value.map(|value| read(value).ok_or_else(|| invalid(name, what)));
    read.transpose()
}

fn invalid(name: &str, what: &str) -> Error {
    Error::invalid(format!("{name} is no {what}"))
}

/// A number, or none.
///
/// # Errors
/// Invalid when it is something else, or has no place on a scale.
pub fn number(answer: Answer<'_>, name: &str) -> Result<Option<f64>> {
    read(answer, name, "number", float)
}

/// A whole number from 0 on, or none. `3.0` is one.
///
/// # Errors
/// Invalid when it is something else.
pub fn count(answer: Answer<'_>, name: &str) -> Result<Option<i64>> {
    let whole = |value: View<'_>| {
        // A whole float is written without a point.
        let float = || float(value)?.to_string().parse().ok();
        value.raw().parse().ok().or_else(float).filter(|count: &i64| *count >= 0)
    };
    read(answer, name, "count", whole)
}

/// A truth value, or none.
///
/// # Errors
/// Invalid when it is something else.
pub fn truth(answer: Answer<'_>, name: &str) -> Result<Option<bool>> {
    read(answer, name, "truth value", View::as_bool)
}

/// A time, or none. One without an offset is in UTC.
///
/// # Errors
/// Invalid when it is something else.
pub fn time(answer: Answer<'_>, name: &str) -> Result<Option<DateTime<Utc>>> {
    let time = |value: View<'_>| {
        let text = value.as_text()?;
        let told = DateTime::parse_from_rfc3339(&text).map(|time| time.to_utc());
        told.or_else(|_| text.parse().map(|time: NaiveDateTime| time.and_utc())).ok()
    };
    read(answer, name, "time", time)
}

/// An amount of money in millionths of a millionth of a unit, or none: a text with a decimal number or, as in
/// the vendor's older answers, a number. What is finer is rounded.
///
/// # Errors
/// Invalid when it is something else.
pub fn cost(answer: Answer<'_>, name: &str) -> Result<Option<i64>> {
    let cost = |value: View<'_>| {
        let text = match value.kind() {
            json::Kind::Number => value.raw().into(),
            _ => value.as_text()?,
        };
        // Sums of floats have decimals that nobody meant.
        let rounded = || format!("{:.12}", text.parse::<f64>().ok()?).parse().ok();
        let Cost(cost) = text.parse().ok().or_else(rounded)?;
        i64::try_from(cost).ok()
    };
    read(answer, name, "amount of money", cost)
}

fn float(value: View<'_>) -> Option<f64> {
    value.raw().parse().ok().filter(|number: &f64| number.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a reading makes of a member with this JSON; the error's message when it makes nothing of it.
    fn told<T>(
        json: &str,
        read: impl Fn(Answer<'_>, &str) -> Result<Option<T>>,
    ) -> Result<Option<T>, String> {
        let text = format!("{{\"x\":{json}}}");
        let answer = Answer::parse(&text).expect(json);
        read(answer, "x").map_err(|error| error.message().to_owned())
    }

    #[test]
    fn whole_floats_are_counts() {
        for (json, wanted) in [("null", None), ("0", Some(0)), ("3.0", Some(3)), ("7e1", Some(70))]
        {
            assert_eq!(told(json, count), Ok(wanted), "{json}");
        }
        for json in ["3.5", "-1", "-1.0", "1e999", "1e300", "\"3\"", "true"] {
            assert_eq!(told(json, count), Err("x is no count".to_owned()), "{json}");
        }
    }

    #[test]
    fn times_without_an_offset_are_in_utc() {
        let at = "2026-04-01T09:15:01.5Z".parse().ok();
        for json in [
            r#""2026-04-01T09:15:01.500Z""#,
            r#""2026-04-01T11:15:01.5+02:00""#,
            r#""2026-04-01T09:15:01.500000""#,
        ] {
            assert_eq!(told(json, time), Ok(at), "{json}");
        }
        for json in [r#""soon""#, r#""2026-04-01""#, "5", "{}"] {
            assert_eq!(told(json, time), Err("x is no time".to_owned()), "{json}");
        }
    }

    #[test]
    fn costs_are_rounded_to_twelve_decimals() {
        for (json, wanted) in [
            (r#""12.345000000001""#, 12_345_000_000_001),
            (r#""4E-7""#, 400_000),
            ("0.30000000000000004", 300_000_000_000),
            (r#""0.0004000000007""#, 400_000_001),
            ("1.5e-13", 0),
        ] {
            assert_eq!(told(json, cost), Ok(Some(wanted)), "{json}");
        }
        for json in [r#""-1""#, "-0.5", r#""9999999999""#, "1e999", r#""NaN""#, r#""free""#, "[]"] {
            assert_eq!(told(json, cost), Err("x is no amount of money".to_owned()), "{json}");
        }
    }

    #[test]
    fn a_word_is_no_truth_value() {
        assert_eq!((told("true", truth), told("null", truth)), (Ok(Some(true)), Ok(None)));
        assert_eq!(told("\"yes\"", truth), Err("x is no truth value".to_owned()));
    }
}
