//! What Pydantic takes for an integer when it is not strict.

use evalstone_core::json::{Kind, View};
use evalstone_kit::pydantic::{self, NotInteger};

use super::Rule;

/// Floats from here on are no 64-bit integers any more, which Pydantic answers by another rule.
const TWO_TO_63: f64 = 9_223_372_036_854_775_808.0;

/// The integer that a JSON value is, cut off at the ends of `i128`, or the rule it breaks.
pub fn parse(value: View<'_>) -> Result<i128, Rule> {
    match value.kind() {
        Kind::Bool => Ok(i128::from(value.as_bool() == Some(true))),
        Kind::String => value.as_text().ok_or(Rule::IntParsing).and_then(|text| of_text(&text)),
        Kind::Number => of_number(value.raw()),
        Kind::Null | Kind::Array | Kind::Object => Err(Rule::IntType),
    }
}

/// The integer that a text spells, cut off at the ends of `i128`, or the rule it breaks.
pub fn of_text(text: &str) -> Result<i128, Rule> {
    pydantic::integer(text).map_err(|not| match not {
        NotInteger::Unparsable => Rule::IntParsing,
        NotInteger::TooLong => Rule::IntParsingSize,
    })
}

/// The value if it is within these bounds, else the rule it breaks.
pub fn within(value: i128, (least, most): (i64, i64)) -> Result<i64, Rule> {
    if value < i128::from(least) {
        return Err(Rule::GreaterThanEqual(least));
    }
    i64::try_from(value).ok().filter(|value| *value <= most).ok_or(Rule::LessThanEqual(most))
}

fn of_number(token: &str) -> Result<i128, Rule> {
    if !token.contains(['.', 'e', 'E']) {
        let end = if token.starts_with('-') { i128::MIN } else { i128::MAX };
        return Ok(token.parse().unwrap_or(end));
    }
    let float: f64 = token.parse().map_err(|_| Rule::IntType)?;
    if float.is_infinite() {
        Err(Rule::FiniteNumber)
    } else if float.fract() != 0.0 {
        Err(Rule::IntFromFloat)
    } else if (-TWO_TO_63..TWO_TO_63).contains(&float) {
        // No digit is lost: a whole float within 64 bits is such an integer.
        Ok(float as i128)
    } else {
        Err(Rule::IntParsingSize)
    }
}

#[cfg(test)]
mod tests {
    use evalstone_core::json::View;

    use super::{Rule, parse, within};

    fn outcome(text: &str) -> Result<i128, &'static str> {
        parse(View::parse(text, 10).expect(text)).map_err(|rule| match rule {
            Rule::IntType => "type",
            Rule::IntParsing => "parsing",
            Rule::IntParsingSize => "size",
            Rule::IntFromFloat => "fraction",
            Rule::FiniteNumber => "finite",
            _ => "another rule",
        })
    }

    /// The outcomes of Pydantic 2.14 behind FastAPI 0.165.
    #[test]
    fn as_pydantic_does() {
        for (text, value) in [
            ("5", 5),
            ("-1", -1),
            ("-0", 0),
            ("5.0", 5),
            ("1e2", 100),
            ("0.0", 0),
            ("1e-400", 0),
            ("1.0000000000000000001", 1),
            ("1e18", 1_000_000_000_000_000_000),
            ("9223372036854775808", 9_223_372_036_854_775_808),
            ("true", 1),
            ("false", 0),
            (r#""5""#, 5),
            (r#"" +5.0 ""#, 5),
            (r#""1_0""#, 10),
        ] {
            assert_eq!(outcome(text), Ok(value), "{text}");
        }
        let huge = "1".repeat(400);
        assert_eq!(outcome(&huge), Ok(i128::MAX));
        assert_eq!(outcome(&format!("-{huge}")), Ok(i128::MIN));
        let size = format!("\"{}\"", "1".repeat(4301));
        for (rule, texts) in [
            ("type", &["null", "[]", "{}", "[5]"][..]),
            (
                "parsing",
                &[r#""""#, r#""x""#, r#""5.5""#, r#""1e2""#, r#""5\u0000""#, r#""\ud800""#],
            ),
            ("fraction", &["0.5", "5.5", "-1.25", "1e-3"]),
            ("size", &["1e19", "-9.3e18", "9223372036854775808.0", "1e300", &size]),
            ("finite", &["1e400", "-1e400"]),
        ] {
            for text in texts {
                assert_eq!(outcome(text), Err(rule), "{text}");
            }
        }
    }

    #[test]
    fn bounds() {
        assert!(matches!(within(1, (1, 5)), Ok(1)));
        assert!(matches!(within(5, (1, 5)), Ok(5)));
        assert!(matches!(within(0, (1, 5)), Err(Rule::GreaterThanEqual(1))));
        assert!(matches!(within(6, (1, 5)), Err(Rule::LessThanEqual(5))));
        assert!(matches!(within(i128::MAX, (1, i64::MAX)), Err(Rule::LessThanEqual(i64::MAX))));
    }
}
