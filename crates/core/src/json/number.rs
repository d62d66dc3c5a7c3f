//! The canonical spelling of a number by its exact value (design §2.4, "Digest").

/// Exponents of up to this many digits, and every sum the code below makes of them, fit `i128`.
const SMALL_EXPONENT: usize = 36;

/// The canonical spelling: a minus sign if negative, the digits without leading or trailing zeros,
/// and, unless it is zero, `e` with the decimal exponent. Zero of either sign is `0`.
///
/// Never by way of a double, so numbers of any length stay apart, and never expanded, so `1e400`
/// and `1e999999999999999999999` cost no more than their own spelling.
pub(super) fn canonical(token: &str) -> String {
    let (sign, magnitude) = split_sign(token);
    let (mantissa, exponent) = magnitude.split_once(['e', 'E']).unwrap_or((magnitude, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    let without_leading = digits.trim_start_matches('0');
    let significant = without_leading.trim_end_matches('0');
    if significant.is_empty() {
        return "0".to_owned();
    }
    let trailing = without_leading.len() - significant.len();
    let exponent = add(exponent, trailing as i128 - fraction.len() as i128);
    if exponent == "0" {
        format!("{sign}{significant}")
    } else {
        format!("{sign}{significant}e{exponent}")
    }
}

fn split_sign(text: &str) -> (&'static str, &str) {
    match text.strip_prefix('-') {
        Some(magnitude) => ("-", magnitude),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    }
}

/// The sum of a spelled exponent of any length and a shift.
fn add(exponent: &str, shift: i128) -> String {
    let (sign, magnitude) = split_sign(exponent);
    let magnitude = magnitude.trim_start_matches('0');
    let negative = sign == "-";
    if magnitude.len() <= SMALL_EXPONENT {
        let value = magnitude.parse::<i128>().unwrap_or(0);
        return (if negative { shift - value } else { shift + value }).to_string();
    }
    // A shift is at most the length of a text, so it can never turn the sign of such an exponent.
    let sum = add_digits(magnitude, if negative { -shift } else { shift });
    format!("{sign}{sum}")
}

/// Adds to a number written in decimal digits that is larger than the size of `carry`.
fn add_digits(magnitude: &str, mut carry: i128) -> String {
    let mut digits = magnitude.as_bytes().to_vec();
    for digit in digits.iter_mut().rev() {
        if carry == 0 {
            break;
        }
        let sum = i128::from(*digit - b'0') + carry;
        *digit = b'0' + u8::try_from(sum.rem_euclid(10)).unwrap_or_default();
        carry = sum.div_euclid(10);
    }
    let mut sum = if carry > 0 { carry.to_string() } else { String::new() };
    sum.extend(digits.into_iter().map(char::from));
    sum.trim_start_matches('0').to_owned()
}

#[cfg(test)]
mod tests {
    use super::canonical;

    #[test]
    fn one_spelling_per_exact_value() {
        for (canonical_spelling, spellings) in [
            ("0", &["0", "-0", "0.0", "-0.00e5", "0e999999999999999999999999999999999999999"][..]),
            ("1", &["1", "1.0", "1e0", "1E+0", "1e-0", "10e-1", "0.1e1", "0.01e+02", "1.000e00"]),
            ("-1", &["-1", "-1.0", "-10e-1"]),
            ("1e2", &["100", "1e2", "10e1", "100.0", "0.1e3"]),
            ("15e-1", &["1.5", "1.50", "15e-1", "0.15e1"]),
            ("1e400", &["1e400", "10e399", "0.1e401", "1.0E400"]),
            (
                "123456789012345678901234567891",
                &["123456789012345678901234567891", "12345678901234567890123456789.1e1"],
            ),
        ] {
            for spelling in spellings {
                assert_eq!(canonical(spelling), canonical_spelling, "{spelling}");
            }
            assert_eq!(canonical(canonical_spelling), canonical_spelling);
        }
    }

    #[test]
    fn numbers_a_double_would_merge_stay_apart() {
        assert_ne!(canonical("9007199254740993"), canonical("9007199254740992"));
        assert_ne!(canonical("1e400"), canonical("1e401"));
        assert_ne!(canonical("0.1"), canonical("0.1000000000000000055511151231257827"));
    }

    #[test]
    fn absurd_exponents_are_exact() {
        let nines = "9".repeat(50);
        let one_and_zeros = format!("1{}", "0".repeat(50));
        assert_eq!(canonical("1e999999999999999999999"), "1e999999999999999999999");
        assert_eq!(canonical(&format!("10e{nines}")), format!("1e{one_and_zeros}"));
        assert_eq!(canonical(&format!("0.1e{one_and_zeros}")), format!("1e{nines}"));
        assert_eq!(canonical(&format!("0.1e-{nines}")), format!("1e-{one_and_zeros}"));
        assert_eq!(canonical(&format!("10e-{one_and_zeros}")), format!("1e-{nines}"));
        assert_eq!(canonical(&format!("1e+000{nines}")), format!("1e{nines}"));
    }

    #[test]
    fn both_ways_of_adding_agree_where_they_meet() {
        let widest = "9".repeat(super::SMALL_EXPONENT);
        let next = format!("1{}", "0".repeat(super::SMALL_EXPONENT));
        assert_eq!(canonical(&format!("10e{widest}")), format!("1e{next}"));
        assert_eq!(canonical(&format!("0.1e{next}")), format!("1e{widest}"));
        assert_eq!(canonical(&format!("0.1e-{widest}")), format!("1e-{next}"));
    }
}
