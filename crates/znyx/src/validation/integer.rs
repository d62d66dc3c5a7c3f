//! Integers in JSON, as Pydantic's lax mode takes them.

use evalstone_core::json::{Kind, View};
use evalstone_kit::pydantic::{self, NotInteger};

use super::Rule;

/// The integer that a JSON value stands for: an integer, a boolean, a number without a fraction, or
/// a string that spells one. Those that 128 bits do not hold become the nearest that they do.
///
/// # Errors
/// The rule that the value breaks.
pub fn parse(value: View<'_>) -> Result<i128, Rule> {
    match value.kind() {
        Kind::Bool => Ok(i128::from(value.as_bool().unwrap_or_default())),
        Kind::String => of_text(&value.as_text_lossy().unwrap_or_default()),
        Kind::Number if value.raw().contains(['.', 'e', 'E']) => of_float(value.raw()),
        Kind::Number => of_text(value.raw()),
        Kind::Null | Kind::Array | Kind::Object => Err(Rule::IntType),
    }
}

/// The integer that a text spells.
///
/// # Errors
/// As [`parse`].
pub fn of_text(text: &str) -> Result<i128, Rule> {
    pydantic::integer(text).map_err(|why| match why {
        NotInteger::Unparsable => Rule::IntParsing,
        NotInteger::TooLong => Rule::IntParsingSize,
    })
}

/// Python reads a number with a point or an exponent as a double.
fn of_float(number: &str) -> Result<i128, Rule> {
    /// Doubles at and beyond this are no 64-bit integers.
    const END: f64 = 9_223_372_036_854_775_808.0;
    let float: f64 = number.parse().unwrap_or(f64::INFINITY);
    if !float.is_finite() {
        return Err(Rule::FiniteNumber);
    }
    if float.fract() != 0.0 {
        return Err(Rule::IntFromFloat);
    }
    if (-END..END).contains(&float) { Ok(float as i128) } else { Err(Rule::IntParsingSize) }
}

#[cfg(test)]
mod tests {
    use evalstone_core::json::RawJson;

    use super::{Rule, parse};

    fn read(text: &str) -> Result<i128, &'static str> {
        let json = RawJson::parse(text).expect(text);
        parse(json.view()).map_err(|rule| match rule {
            Rule::IntType => "type",
            Rule::IntParsing => "parsing",
            Rule::IntParsingSize => "size",
            Rule::IntFromFloat => "fraction",
            Rule::FiniteNumber => "infinite",
            _ => "another",
        })
    }

    /// The outcomes of Pydantic 2.14 (`int` in a model, from `json.loads`).
    #[test]
    fn integers_that_pydantic_reads() {
        for (text, value) in [
            ("5", 5),
            ("-0", 0),
            ("5.0", 5),
            ("1e3", 1000),
            ("\"5\"", 5),
            ("\" +5.0 \"", 5),
            ("true", 1),
            ("false", 0),
            ("12345678901234567890123", 12_345_678_901_234_567_890_123),
            ("9007199254740993.0", 9_007_199_254_740_992),
        ] {
            assert_eq!(read(text), Ok(value), "{text}");
        }
    }

    #[test]
    fn values_that_pydantic_refuses() {
        for (text, why) in [
            ("null", "type"),
            ("[1]", "type"),
            ("{}", "type"),
            ("5.5", "fraction"),
            ("1e400", "infinite"),
            ("1e30", "size"),
            ("\"5.5\"", "parsing"),
            ("\"\\ud800\"", "parsing"),
            ("\"x\"", "parsing"),
        ] {
            assert_eq!(read(text), Err(why), "{text}");
        }
    }
}
