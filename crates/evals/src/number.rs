//! Rounding and printing as the vendors' Python does it, so that the same rows give the same digits.

use std::fmt;

/// `value` at this many decimals: the nearest such number to its exact binary value, the even one
/// of two that are as near (Python's `round`).
pub(crate) fn round(value: f64, decimals: usize) -> f64 {
    format!("{value:.decimals$}").parse().unwrap_or(value)
}

/// `dividend / divisor` at four decimals; none when the divisor is 0.
pub(crate) fn share(dividend: u64, divisor: u64) -> Option<f64> {
    (divisor > 0).then(|| round(dividend as f64 / divisor as f64, 4))
}

/// A rounded number in Python's spelling: the shortest that reads back as the same, with a point
/// or an exponent. What is not finite, and so no JSON number, is `null`.
pub(crate) struct Float(pub f64);

impl fmt::Display for Float {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.0.is_finite() {
            return formatter.write_str("null");
        }
        let shortest = format!("{:?}", self.0);
        // Nothing rounded to four decimals is small enough for a negative exponent but 0.
        match shortest.split_once('e') {
            Some((digits, exponent)) => write!(formatter, "{digits}e+{exponent}"),
            None => formatter.write_str(&shortest),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding_sees_the_exact_binary_value() {
        for (value, decimals, expected) in [
            // These are exact in binary, and half-way: the even neighbour is taken.
            (0.03125, 4, 0.0312),
            (0.09375, 4, 0.0938),
            (0.25, 1, 0.2),
            (0.75, 1, 0.8),
            (2.5, 0, 2.0),
            // These look half-way and are not.
            (2.675, 2, 2.67),
            (1.00005, 4, 1.0001),
            (0.12345, 4, 0.1235),
            (0.00015, 4, 0.0001),
            (1e300, 4, 1e300),
        ] {
            assert_eq!(round(value, decimals), expected, "{value}");
            assert_eq!(round(-value, decimals), -expected, "-{value}");
        }
        assert!(round(-0.00001, 4).is_sign_negative());
        assert!(round(f64::NAN, 4).is_nan());
    }

    #[test]
    fn numbers_are_spelled_as_python_spells_them() {
        for (value, spelling) in [
            (1.0, "1.0"),
            (0.6667, "0.6667"),
            (0.0001, "0.0001"),
            (-0.0, "-0.0"),
            (18.0, "18.0"),
            (9_999_999_999_999_998.0, "9999999999999998.0"),
            (1e16, "1e+16"),
            (-9.2e18, "-9.2e+18"),
            (f64::NAN, "null"),
            (f64::INFINITY, "null"),
        ] {
            assert_eq!(Float(value).to_string(), spelling);
        }
    }

    #[test]
    fn a_share_of_nothing_is_none() {
        assert_eq!(share(0, 0), None);
        assert_eq!(share(2, 3), Some(0.6667));
    }
}
