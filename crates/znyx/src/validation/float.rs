//! What Pydantic takes for a number when it is not strict.

use evalstone_core::json::{Kind, View};
use evalstone_kit::pydantic;

use super::Rule;

/// The number that a JSON value is, which may be infinite or none at all, or the rule it breaks.
pub fn parse(value: View<'_>) -> Result<f64, Rule> {
    match value.kind() {
        Kind::Bool => Ok(f64::from(u8::from(value.as_bool() == Some(true)))),
        Kind::Number => value.raw().parse().map_err(|_| Rule::FloatType),
        Kind::String => {
            let text = value.as_text().ok_or(Rule::FloatParsing)?;
            pydantic::float(&text).ok_or(Rule::FloatParsing)
        }
        Kind::Null | Kind::Array | Kind::Object => Err(Rule::FloatType),
    }
}

/// The same where it must be finite.
pub fn finite(value: View<'_>) -> Result<f64, Rule> {
    let number = parse(value)?;
    if number.is_finite() { Ok(number) } else { Err(Rule::FiniteNumber) }
}
