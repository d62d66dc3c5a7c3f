//! What Pydantic takes for an integer when it is not strict.

use evalstone_core::json::View;
use evalstone_kit::pydantic::{self, NotInteger, json};

use super::Rule;

/// The integer that a JSON value is, cut off at the ends of `i128`, or the rule it breaks.
pub fn parse(value: View<'_>) -> Result<i128, Rule> {
    json::integer(value).map_err(Rule::from)
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

#[cfg(test)]
mod tests {
    use super::{Rule, within};

    #[test]
    fn bounds() {
        assert!(matches!(within(1, (1, 5)), Ok(1)));
        assert!(matches!(within(5, (1, 5)), Ok(5)));
        assert!(matches!(within(0, (1, 5)), Err(Rule::GreaterThanEqual(1))));
        assert!(matches!(within(6, (1, 5)), Err(Rule::LessThanEqual(5))));
        assert!(matches!(within(i128::MAX, (1, i64::MAX)), Err(Rule::LessThanEqual(i64::MAX))));
    }
}
