//! Times as two answers are compared by them: how they are written, and which comes first.

/// How a time is written: its digits are all one, and those of a fraction, which some leave out when it is
/// zero, do not count.
pub fn format(text: &str) -> String {
    let mut format = String::with_capacity(text.len());
    let mut in_fraction = false;
    for character in text.chars() {
        match character {
            '.' => in_fraction = true,
            digit if digit.is_ascii_digit() => {
                if !in_fraction {
                    format.push('0');
                }
            }
            other => {
                in_fraction = false;
                format.push(other);
            }
        }
    }
    format
}

/// Whether the first of two times that are written alike comes strictly before the second.
pub fn is_before(first: &str, second: &str) -> bool {
    let parts = |text: &str| {
        let (seconds, rest) = text.split_at_checked(SECONDS).unwrap_or((text, ""));
        let fraction = rest.strip_prefix('.').unwrap_or_default();
        let fraction = fraction.trim_end_matches(|c: char| !c.is_ascii_digit());
        (seconds.to_owned(), fraction.trim_end_matches('0').to_owned())
    };
    parts(first) < parts(second)
}

/// The length of a time up to its seconds, such as `2026-01-02T03:04:05`.
const SECONDS: usize = 19;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fraction_does_not_count_but_a_zone_does() {
        let plain = format("2026-01-02T03:04:05Z");
        assert_eq!(plain, format("1999-12-31T23:59:59.123456Z"));
        assert_ne!(plain, format("2026-01-02T03:04:05+00:00"));
        assert_ne!(plain, format("2026-01-02 03:04:05Z"));
    }

    #[test]
    fn fractions_are_told_apart_whatever_their_length() {
        let (first, second) = ("2026-01-02T03:04:05Z", "2026-01-02T03:04:05.5Z");
        assert!(is_before(first, second) && !is_before(second, first));
        assert!(!is_before(first, "2026-01-02T03:04:05.000Z"));
        assert!(is_before("2026-01-02T03:04:05.25Z", "2026-01-02T03:04:05.3Z"));
        assert!(!is_before("", ""));
    }
}
