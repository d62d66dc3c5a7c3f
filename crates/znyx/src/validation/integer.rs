//! What Pydantic takes for an integer in a query string.

/// The integer that `text` spells, cut off at the ends of `i128`; none when it spells none.
///
/// Blanks around it, a sign, leading zeros, single underscores between digits and a fraction of
/// zeros are allowed.
pub fn parse(text: &str) -> Option<i128> {
    let text = text.trim();
    let (negative, magnitude) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let (whole, fraction) = magnitude.split_once('.').unwrap_or((magnitude, "0"));
    if fraction.is_empty() || !fraction.bytes().all(|byte| byte == b'0') {
        return None;
    }
    let mut value = 0_i128;
    for group in whole.split('_') {
        if group.is_empty() {
            return None;
        }
        for character in group.chars() {
            let digit = character.to_digit(10)?;
            value = value.saturating_mul(10).saturating_add(i128::from(digit));
        }
    }
    Some(if negative { -value } else { value })
}

#[cfg(test)]
mod tests {
    use super::parse;

    /// The outcomes of Pydantic 2.14 behind FastAPI 0.165.
    #[test]
    fn as_pydantic_does() {
        for (text, value) in [
            ("5", 5),
            (" 5 ", 5),
            ("\t5\n", 5),
            ("\u{a0}5", 5),
            ("+5", 5),
            ("-5", -5),
            ("-0", 0),
            ("05", 5),
            ("5.0", 5),
            ("5.00", 5),
            ("-5.0", -5),
            ("1_00", 100),
            ("0_5", 5),
            ("1_0.00", 10),
            ("9223372036854775808", 9_223_372_036_854_775_808),
        ] {
            assert_eq!(parse(text), Some(value), "{text:?}");
        }
        for text in [
            "",
            " ",
            "abc",
            "5.",
            ".5",
            "5.5",
            "_1",
            "1_",
            "1__0",
            "0x10",
            "１",
            "--1",
            "+-1",
            "1e1",
            "1 0",
            "5,0",
            "+ 5",
            "5.0_0",
            "+_5",
            "5 .0",
            "5\0",
            "true",
            "\u{200b}5",
            "+",
            "-",
            ".",
            "5.0.0",
            "5\u{feff}",
        ] {
            assert_eq!(parse(text), None, "{text:?}");
        }
        assert_eq!(parse(&"9".repeat(100)), Some(i128::MAX));
    }
}
