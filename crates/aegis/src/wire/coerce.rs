//! Reading typed values from text as Pydantic does in its lax mode (contract §1.3).

use super::problem::{Input, Problem};

/// The most characters that Pydantic reads as an integer.
const LONGEST_INTEGER: usize = 4300;

/// An integer: blanks around it, a sign, single underscores between its digits and a fraction of
/// zeros are accepted. One that no 128 bits hold becomes the nearest that they do.
///
/// # Errors
/// The problem in Pydantic's words.
pub fn integer(input: Input<'_>) -> Result<i128, Problem> {
    let text = input.text().trim();
    if text.len() > LONGEST_INTEGER {
        return Err(input.integer_too_long());
    }
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let whole = match digits.split_once('.') {
        Some((whole, fraction)) if fraction.bytes().all(|byte| byte == b'0') => whole,
        Some(_) => return Err(input.no_integer()),
        None => digits,
    };
    let is_group = |group: &str| !group.is_empty() && group.bytes().all(|b| b.is_ascii_digit());
    if !whole.split('_').all(is_group) {
        return Err(input.no_integer());
    }
    let magnitude = whole.bytes().filter(u8::is_ascii_digit).fold(0_i128, |value, digit| {
        value.saturating_mul(10).saturating_add(i128::from(digit - b'0'))
    });
    Ok(if negative { -magnitude } else { magnitude })
}

/// A boolean, by one of the words that Pydantic knows, in any letter case.
///
/// # Errors
/// The problem in Pydantic's words.
pub fn boolean(input: Input<'_>) -> Result<bool, Problem> {
    match input.text().to_ascii_lowercase().as_str() {
        "1" | "on" | "t" | "true" | "y" | "yes" => Ok(true),
        "0" | "off" | "f" | "false" | "n" | "no" => Ok(false),
        _ => Err(input.no_boolean()),
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
        for (text, value) in [
            ("0", 0),
            ("42", 42),
            ("+42", 42),
            ("-7", -7),
            (" 12 ", 12),
            ("007", 7),
            ("1_000", 1000),
            ("5.0", 5),
            ("5.", 5),
            ("99999999999999999999", 99_999_999_999_999_999_999),
        ] {
            assert_eq!(integer(input(text)), Ok(value), "{text}");
        }
        assert_eq!(integer(input(&"9".repeat(100))), Ok(i128::MAX));
        for text in ["", " ", "-", "+-1", "abc", "1.5", "1e3", "0x1", "_1", "1_", "1__0", ".0", "٣"]
        {
            assert_eq!(integer(input(text)), Err(input(text).no_integer()), "{text}");
        }
        let long = "1".repeat(4301);
        assert_eq!(integer(input(&long)), Err(input(&long).integer_too_long()));
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
            assert_eq!(boolean(input(text)), Err(input(text).no_boolean()), "{text}");
        }
    }
}
