//! Text and JSON read as Pydantic v2 reads them in its lax mode, for dialects whose vendors validate
//! with it.

pub mod json;
mod place;

pub use place::Place;

/// The most digits that Pydantic reads.
const LONGEST: usize = 4300;

/// Why a text is no integer. Pydantic tells the two apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotInteger {
    /// It spells none: Pydantic's `int_parsing`.
    Unparsable,
    /// It begins with more digits than are read: Pydantic's `int_parsing_size`.
    TooLong,
}

/// The integer that `text` spells, cut off at the ends of `i128`.
///
/// Blanks around it, a sign, leading zeros, single underscores between digits and a fraction of
/// zeros are allowed; a point without a digit on either side is not.
///
/// # Errors
/// See [`NotInteger`].
pub fn integer(text: &str) -> Result<i128, NotInteger> {
    let text = text.trim();
    let (negative, magnitude) = match text.strip_prefix('-') {
        Some(magnitude) => (true, magnitude),
        None => (false, text),
    };
    let leading = magnitude.bytes().take_while(u8::is_ascii_digit).count();
    // Spelled as JSON would spell it, a long number is recognised as one by its beginning alone.
    if leading > LONGEST && !magnitude.starts_with('0') {
        return Err(NotInteger::TooLong);
    }
    let magnitude = if negative { magnitude } else { text.strip_prefix('+').unwrap_or(text) };
    let value = whole(magnitude).and_then(without_leading_zeros).and_then(value);
    let value = value.ok_or(NotInteger::Unparsable)?;
    Ok(if negative { -value } else { value })
}

/// What stands before a fraction of zeros, or all where there is no point.
fn whole(magnitude: &str) -> Option<&str> {
    match magnitude.split_once('.') {
        None => Some(magnitude),
        Some((_, "")) => None,
        Some((whole, fraction)) => fraction.bytes().all(|byte| byte == b'0').then_some(whole),
    }
}

/// Between leading zeros any number of underscores may stand, unlike anywhere else.
fn without_leading_zeros(whole: &str) -> Option<&str> {
    if !whole.starts_with('0') {
        return Some(whole);
    }
    match whole.trim_start_matches(['0', '_']) {
        "" => whole.ends_with('0').then_some("0"),
        significant => Some(significant),
    }
}

fn value(digits: &str) -> Option<i128> {
    let is_group = |group: &str| !group.is_empty() && group.bytes().all(|b| b.is_ascii_digit());
    if !digits.split('_').all(is_group) {
        return None;
    }
    let digits = || digits.bytes().filter(u8::is_ascii_digit);
    let add =
        |value: i128, digit| value.saturating_mul(10).saturating_add(i128::from(digit - b'0'));
    (digits().count() <= LONGEST).then(|| digits().fold(0, add))
}

/// The number that `text` spells, which may be infinite or none at all (`nan`); nothing when it spells
/// none.
///
/// Blanks around it, a sign, an exponent, a point at either end and single underscores are allowed.
#[must_use]
pub fn float(text: &str) -> Option<f64> {
    let text = text.trim();
    if text.starts_with('_') || text.ends_with('_') || text.contains("__") {
        return None;
    }
    text.replace('_', "").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The outcomes of Pydantic 2.14 (`TypeAdapter(float).validate_python`), the only source of this
    /// table.
    #[test]
    fn numbers_that_pydantic_reads() {
        for (text, value) in [
            ("5", 5.0),
            (" 5 ", 5.0),
            ("\u{a0}5", 5.0),
            ("\u{2003}5", 5.0),
            ("5\u{85}", 5.0),
            ("+5", 5.0),
            ("-7", -7.0),
            ("007", 7.0),
            ("5.", 5.0),
            (".5", 0.5),
            ("-.5", -0.5),
            ("1.e3", 1000.0),
            ("1E3", 1000.0),
            ("1e+3", 1000.0),
            ("1.5e-3", 0.0015),
            ("1_0.5", 10.5),
            ("1_.5", 1.5),
            ("1._5", 1.5),
            ("1e_1", 10.0),
            ("1e1_0", 1e10),
            ("1e-400", 0.0),
            ("1e400", f64::INFINITY),
            ("-INFINITY", f64::NEG_INFINITY),
            ("+inf", f64::INFINITY),
        ] {
            assert_eq!(float(text), Some(value), "{text:?}");
        }
        assert!(
            ["nan", "NaN", "-nan"].into_iter().all(|text| float(text).is_some_and(f64::is_nan))
        );
        for text in [
            "",
            "  ",
            ".",
            "-",
            "+-1",
            "1e",
            "e1",
            "_1",
            "1_",
            "1__0",
            "infinit",
            "0x10",
            "1,5",
            "1 0",
            "1f",
            "true",
            "\u{663}",
            "5\u{200b}",
            "5\0",
            "\u{2}5",
            "\u{1c}5",
        ] {
            assert_eq!(float(text), None, "{text:?}");
        }
    }

    /// The outcomes of Pydantic 2.14 (`TypeAdapter(int).validate_python`), the only source of this
    /// table.
    #[test]
    fn integers_that_pydantic_reads() {
        for (text, value) in [
            ("5", 5),
            (" 5 ", 5),
            ("\t5\n", 5),
            ("\u{a0}5", 5),
            ("\u{2003} 5", 5),
            ("5\u{85}", 5),
            ("\u{b}5", 5),
            ("+5", 5),
            ("+05", 5),
            ("-7", -7),
            ("00", 0),
            ("-0", 0),
            ("+0", 0),
            ("007", 7),
            ("5.0", 5),
            ("5.0 ", 5),
            ("5.00", 5),
            ("0.00000", 0),
            ("-00.0", 0),
            ("-05.0", -5),
            ("1_00", 100),
            ("1_0_0", 100),
            ("-1_0", -10),
            ("1_000.000", 1000),
            ("0_5", 5),
            ("0___5", 5),
            ("00__1", 1),
            ("-00__1", -1),
            ("+0__1", 1),
            ("0_0__0_1", 1),
            ("-0_0_1.0", -1),
            ("0__0", 0),
            ("-0__0", 0),
            ("0_0.0", 0),
            ("9223372036854775808", 9_223_372_036_854_775_808),
            ("-9223372036854775809", -9_223_372_036_854_775_809),
        ] {
            assert_eq!(integer(text), Ok(value), "{text:?}");
        }
    }

    /// From the same source.
    const REFUSED: [&str; 62] = [
        "",
        " ",
        "-",
        "+",
        ".",
        "abc",
        "5.",
        "-5.",
        "+5.",
        " 5.",
        "0.",
        "00.",
        "1_00.",
        ".0",
        "-.0",
        ".5",
        "5.5",
        "1.a",
        "1.0e0",
        "5.0_0",
        "00.0_0",
        "5.0.0",
        "5 .0",
        "5,0",
        "_0",
        "_1",
        "__1",
        "-_1",
        "+_1",
        "-_5",
        "1_",
        "0_",
        "-0_",
        "00_",
        "0__",
        "0_.0",
        "01_.0",
        "1__0",
        "0_1__2",
        "+-1",
        "-+1",
        "+-0",
        "--1",
        "- 5",
        "+ 5",
        "1 0",
        "0 1",
        "1e0",
        "1e3",
        "0x1",
        "00x1",
        "true",
        "None",
        "inf",
        "nan",
        "５",
        "٣",
        "\u{200b}5",
        "5\u{feff}",
        "\u{1c}5",
        "\u{1f}5",
        "5\0",
    ];

    #[test]
    fn texts_that_pydantic_refuses() {
        for text in REFUSED {
            assert_eq!(integer(text), Err(NotInteger::Unparsable), "{text:?}");
        }
    }

    #[test]
    fn long_texts() {
        let ones = |count| "1".repeat(count);
        let grouped = vec!["1".repeat(43); 100].join("_");
        for text in [
            ones(4300),
            format!(" {}", ones(4300)),
            format!("-{}", ones(4300)),
            format!("+{}", ones(4300)),
            format!("{}.00", ones(4300)),
            format!("{}_1", ones(4298)),
            format!("0000000000{}", ones(4300)),
            grouped.clone(),
        ] {
            let most = if text.starts_with('-') { -i128::MAX } else { i128::MAX };
            assert_eq!(integer(&text), Ok(most), "{} characters", text.len());
        }
        for text in [
            "0".repeat(5000) + "_1",
            "0_".repeat(3000) + "1",
            " ".repeat(5000) + "1",
            format!("1.{}", "0".repeat(4400)),
        ] {
            assert_eq!(integer(&text), Ok(1), "{} characters", text.len());
        }
        for text in [
            ones(4301),
            format!("-{}", ones(4301)),
            format!("{}.0", ones(4301)),
            ones(4301) + "a",
            ones(4400) + "e1",
        ] {
            assert_eq!(integer(&text), Err(NotInteger::TooLong), "{} characters", text.len());
        }
        for text in [
            format!("+{}", ones(4301)),
            format!("{}_1", ones(4300)),
            format!("{grouped}1"),
            format!("0000000000{}", ones(4301)),
            "a".repeat(4301),
        ] {
            assert_eq!(integer(&text), Err(NotInteger::Unparsable), "{} characters", text.len());
        }
    }
}
