//! What Pydantic takes for a boolean when it is not strict.

use evalstone_core::json::{Kind, View};

use super::Rule;

const TRUE: [&str; 6] = ["1", "true", "t", "yes", "y", "on"];
const FALSE: [&str; 6] = ["0", "false", "f", "no", "n", "off"];

/// Numbers from here on are no 64-bit integers any more, which Pydantic answers by another rule.
const TWO_TO_63: f64 = 9_223_372_036_854_775_808.0;

/// The truth value of `value`, or the rule it breaks.
pub fn parse(value: View<'_>) -> Result<bool, Rule> {
    match value.kind() {
        Kind::Bool => value.as_bool().ok_or(Rule::BoolType),
        Kind::String => of_word(value).ok_or(Rule::BoolParsing),
        Kind::Number => of_number(value.raw()),
        Kind::Null | Kind::Array | Kind::Object => Err(Rule::BoolType),
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
fn of_number(token: &str) -> Result<bool, Rule> {
    let integer = if token.contains(['.', 'e', 'E']) {
        let float: f64 = token.parse().map_err(|_| Rule::BoolType)?;
        let whole = float.fract() == 0.0 && (-TWO_TO_63..TWO_TO_63).contains(&float);
        whole.then_some(float)
    } else {
        token.parse::<i64>().ok().map(|integer| integer as f64)
    };
    match integer {
        Some(0.0) => Ok(false),
        Some(1.0) => Ok(true),
        Some(_) => Err(Rule::BoolParsing),
        None => Err(Rule::BoolType),
    }
}

#[cfg(test)]
mod tests {
    use evalstone_core::json::View;

    use super::{Rule, parse};

    fn outcome(text: &str) -> &'static str {
        match parse(View::parse(text, 10).expect(text)) {
            Ok(true) => "true",
            Ok(false) => "false",
            Err(Rule::BoolParsing) => "parsing",
            Err(Rule::BoolType) => "type",
            Err(_) => "another rule",
        }
    }

    /// The outcomes of Pydantic 2.14 behind FastAPI 0.165.
    #[test]
    fn as_pydantic_does() {
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
                assert_eq!(outcome(text), expected, "{text}");
            }
        }
    }
}
