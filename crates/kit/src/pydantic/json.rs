//! JSON values read as Pydantic v2 reads them in its lax mode.

use evalstone_core::json::{Kind, View};

use super::NotInteger;

/// Why a value is not of the type that is expected. Pydantic tells these apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mismatch {
    /// Nothing that could be a boolean.
    BoolType,
    /// A string or number that is no boolean.
    BoolParsing,
    /// Nothing that could be an integer.
    IntType,
    /// A number that is no integer.
    IntFromFloat,
    /// A number beyond all that floats can be.
    FiniteNumber,
    /// A string that spells no integer.
    IntParsing,
    /// An integer of more digits than are read.
    IntParsingSize,
}

/// Numbers from here on are no 64-bit integers any more, which Pydantic answers by another rule.
const TWO_TO_63: f64 = 9_223_372_036_854_775_808.0;

impl Mismatch {
    /// Pydantic's name of it.
    #[must_use]
    pub const fn kind(self) -> &'static str {
        match self {
            Self::BoolType => "bool_type",
            Self::BoolParsing => "bool_parsing",
            Self::IntType => "int_type",
            Self::IntFromFloat => "int_from_float",
            Self::FiniteNumber => "finite_number",
            Self::IntParsing => "int_parsing",
            Self::IntParsingSize => "int_parsing_size",
        }
    }

    /// Pydantic's message.
    #[must_use]
    pub const fn message(self) -> &'static str {
        match self {
            Self::BoolType => "Input should be a valid boolean",
            Self::BoolParsing => "Input should be a valid boolean, unable to interpret input",
            Self::IntType => "Input should be a valid integer",
            Self::IntFromFloat => {
                "Input should be a valid integer, got a number with a fractional part"
            }
            Self::FiniteNumber => "Input should be a finite number",
            Self::IntParsing => {
                "Input should be a valid integer, unable to parse string as an integer"
            }
            Self::IntParsingSize => {
                "Unable to parse input string as an integer, exceeded maximum size"
            }
        }
    }
}

const TRUE: [&str; 6] = ["1", "true", "t", "yes", "y", "on"];
const FALSE: [&str; 6] = ["0", "false", "f", "no", "n", "off"];

/// The truth value of `value`.
///
/// # Errors
/// See [`Mismatch`].
pub fn boolean(value: View<'_>) -> Result<bool, Mismatch> {
    match value.kind() {
        Kind::Bool => value.as_bool().ok_or(Mismatch::BoolType),
        Kind::String => of_word(value).ok_or(Mismatch::BoolParsing),
        Kind::Number => truth_of_number(value.raw()),
        Kind::Null | Kind::Array | Kind::Object => Err(Mismatch::BoolType),
    }
}

fn of_word(value: View<'_>) -> Option<bool> {
    let word = value.as_text()?.to_ascii_lowercase();
    if TRUE.contains(&word.as_str()) {
        return Some(true);
    }
    FALSE.contains(&word.as_str()).then_some(false)
}

/// Integers in 64 bits, and floats that are such integers, are 0, 1 or unparsable; other numbers
/// are of the wrong type.
fn truth_of_number(token: &str) -> Result<bool, Mismatch> {
    let integer = if token.contains(['.', 'e', 'E']) {
        let float: f64 = token.parse().map_err(|_| Mismatch::BoolType)?;
        let whole = float.fract() == 0.0 && (-TWO_TO_63..TWO_TO_63).contains(&float);
        whole.then_some(float)
    } else {
        token.parse::<i64>().ok().map(|integer| integer as f64)
    };
    match integer {
        Some(0.0) => Ok(false),
        Some(1.0) => Ok(true),
        Some(_) => Err(Mismatch::BoolParsing),
        None => Err(Mismatch::BoolType),
    }
}

/// The integer that a JSON value is, cut off at the ends of `i128`.
///
/// # Errors
/// See [`Mismatch`].
pub fn integer(value: View<'_>) -> Result<i128, Mismatch> {
    match value.kind() {
        Kind::Bool => Ok(i128::from(value.as_bool() == Some(true))),
        Kind::String => integer_of_text(value),
        Kind::Number => of_number(value.raw()),
        Kind::Null | Kind::Array | Kind::Object => Err(Mismatch::IntType),
    }
}

fn of_number(token: &str) -> Result<i128, Mismatch> {
    if !token.contains(['.', 'e', 'E']) {
        let end = if token.starts_with('-') { i128::MIN } else { i128::MAX };
        return Ok(token.parse().unwrap_or(end));
    }
    let float: f64 = token.parse().map_err(|_| Mismatch::IntType)?;
    if float.is_infinite() {
        Err(Mismatch::FiniteNumber)
    } else if float.fract() != 0.0 {
        Err(Mismatch::IntFromFloat)
    } else if (-TWO_TO_63..TWO_TO_63).contains(&float) {
        // No digit is lost: a whole float within 64 bits is such an integer.
        Ok(float as i128)
    } else {
        Err(Mismatch::IntParsingSize)
    }
}

fn integer_of_text(value: View<'_>) -> Result<i128, Mismatch> {
    let text = value.as_text().ok_or(Mismatch::IntParsing)?;
    super::integer(&text).map_err(|not| match not {
        NotInteger::Unparsable => Mismatch::IntParsing,
        NotInteger::TooLong => Mismatch::IntParsingSize,
    })
}

#[cfg(test)]
mod tests {
    use evalstone_core::json::View;

    use super::{Mismatch, boolean, integer};

    fn truth(text: &str) -> &'static str {
        match boolean(View::parse(text, 10).expect(text)) {
            Ok(true) => "true",
            Ok(false) => "false",
            Err(Mismatch::BoolParsing) => "parsing",
            Err(Mismatch::BoolType) => "type",
            Err(_) => "another mismatch",
        }
    }

    /// The outcomes of Pydantic 2.14 behind FastAPI 0.165.
    #[test]
    fn booleans_as_pydantic_reads_them() {
        for (expected, texts) in [
            ("true", &["true", "1", "1.0", "1e0", "10e-1", "1.0000000000000000001"][..]),
            (
                "true",
                &[r#""yes""#, r#""YES""#, r#""On""#, r#""t""#, r#""Y""#, r#""1""#, r#""\u0059es""#],
            ),
            ("false", &["false", "0", "-0", "0.0", "-0.0", "0e5", "1e-400"]),
            ("false", &[r#""no""#, r#""oFF""#, r#""F""#, r#""n""#, r#""0""#, r#""false""#]),
            ("parsing", &["2", "-1", "2.0", "1e18", "9223372036854775807", "-9223372036854775808"]),
            (
                "parsing",
                &[r#""maybe""#, r#""""#, r#""01""#, r#"" true""#, r#""T ""#, r#""\ud800""#],
            ),
            ("type", &["1.5", "1e19", "1e400", "9223372036854775808", "-9223372036854775809"]),
            ("type", &["null", "[]", "{}", "[true]"]),
        ] {
            for text in texts {
                assert_eq!(truth(text), expected, "{text}");
            }
        }
    }

    fn number(text: &str) -> Result<i128, &'static str> {
        integer(View::parse(text, 10).expect(text)).map_err(|mismatch| match mismatch {
            Mismatch::IntType => "type",
            Mismatch::IntParsing => "parsing",
            Mismatch::IntParsingSize => "size",
            Mismatch::IntFromFloat => "fraction",
            Mismatch::FiniteNumber => "finite",
            _ => "another mismatch",
        })
    }

    /// The outcomes of Pydantic 2.14 behind FastAPI 0.165.
    #[test]
    fn integers_as_pydantic_reads_them() {
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
            assert_eq!(number(text), Ok(value), "{text}");
        }
        let huge = "1".repeat(400);
        assert_eq!(number(&huge), Ok(i128::MAX));
        assert_eq!(number(&format!("-{huge}")), Ok(i128::MIN));
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
                assert_eq!(number(text), Err(rule), "{text}");
            }
        }
    }
}
