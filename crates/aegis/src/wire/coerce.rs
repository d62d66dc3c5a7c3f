//! Reading typed values from text as Pydantic does in its lax mode (contract §1.3).

use evalstone_kit::pydantic::json::Mismatch;
use evalstone_kit::pydantic::{self, NotInteger};

use super::problem::{Input, Problem, Rule};

/// An integer. One that no 128 bits hold becomes the nearest that they do.
///
/// # Errors
/// The problem in Pydantic's words.
pub fn integer(input: Input<'_>) -> Result<i128, Problem> {
    pydantic::integer(input.text()).map_err(|why| match why {
        NotInteger::Unparsable => input.breaks(Rule::Mismatch(Mismatch::IntParsing)),
        NotInteger::TooLong => input.breaks(Rule::Mismatch(Mismatch::IntParsingSize)),
    })
}

/// A boolean, by one of the words that Pydantic knows, in any letter case.
///
/// # Errors
/// The problem in Pydantic's words.
pub fn boolean(input: Input<'_>) -> Result<bool, Problem> {
    match input.text().to_ascii_lowercase().as_str() {
        "1" | "on" | "t" | "true" | "y" | "yes" => Ok(true),
        "0" | "off" | "f" | "false" | "n" | "no" => Ok(false),
        _ => Err(input.breaks(Rule::Mismatch(Mismatch::BoolParsing))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::problem::Location;

    fn input(text: &str) -> Input<'_> {
        Input::new(Location::Query, "page", text)
    }

    #[test]
    fn integers() {
        assert_eq!(integer(input(" 5.0")), Ok(5));
        assert_eq!(
            integer(input("5.")),
            Err(input("5.").breaks(Rule::Mismatch(Mismatch::IntParsing)))
        );
        let long = "1".repeat(4301);
        assert_eq!(
            integer(input(&long)),
            Err(input(&long).breaks(Rule::Mismatch(Mismatch::IntParsingSize)))
        );
    }

    #[test]
    fn booleans() {
        for text in ["1", "on", "t", "true", "y", "yes", "True", "YES"] {
            assert_eq!(boolean(input(text)), Ok(true), "{text}");
        }
        for text in ["0", "off", "f", "false", "n", "no", "FALSE"] {
            assert_eq!(boolean(input(text)), Ok(false), "{text}");
        }
        for text in ["", "2", " true", "null", "maybe"] {
            assert_eq!(
                boolean(input(text)),
                Err(input(text).breaks(Rule::Mismatch(Mismatch::BoolParsing))),
                "{text}"
            );
        }
    }
}
