//! Numbers in texts.

use super::characters::is_word;

/// Whether a text is one number and nothing else: `-1.5e3`, `.5`, `5.`, without separators of thousands.
pub(super) fn is_plain(text: &str) -> bool {
    let rest = text.strip_prefix(['+', '-']).unwrap_or(text);
    let whole = digits(rest);
    let after = &rest[whole..];
    let decimals = after.strip_prefix('.').map(digits);
    if whole == 0 && decimals.unwrap_or(0) == 0 {
        return false;
    }
    let after = &after[decimals.map_or(0, |decimals| decimals + 1)..];
    after.len() == exponent(after)
}

/// The numbers of a text in their order.
///
/// A number is a run of ASCII digits, which commas may group by three, with decimals after a point and
/// an exponent, or decimals alone. One that follows a letter, a digit or an underscore directly belongs to
/// that word. A sign (`+`, `-`, `−`) belongs to a number unless one of these, a point or a closing
/// bracket stands before it.
pub(super) fn all_in(text: &str) -> Vec<f64> {
    let mut found = Vec::new();
    let mut before = ' ';
    let mut at = 0;
    while let Some(character) = text[at..].chars().next() {
        match number(&text[at..], before) {
            Some((value, length)) => {
                found.push(value);
                at += length;
                // Whatever digit was the last.
                before = '0';
            }
            None => {
                at += character.len_utf8();
                before = character;
            }
        }
    }
    found
}

/// The number that a text begins with after this character, and its length in bytes.
fn number(text: &str, before: char) -> Option<(f64, usize)> {
    let sign = text.chars().next().filter(|sign| matches!(sign, '+' | '-' | '−'));
    let starts = !is_word(before) && (sign.is_none() || !".)]}".contains(before));
    let unsigned = &text[sign.map_or(0, char::len_utf8)..];
    let length = if starts { unsigned_length(unsigned) } else { 0 };
    let value: f64 = unsigned[..length].replace(',', "").parse().ok()?;
    let value = if matches!(sign, Some('-' | '−')) { -value } else { value };
    Some((value, text.len() - unsigned.len() + length))
}

/// How many bytes at the beginning are a number without a sign.
fn unsigned_length(text: &str) -> usize {
    let whole = grouped(text).unwrap_or_else(|| digits(text));
    let decimals = text[whole..].strip_prefix('.').map_or(0, digits);
    if whole == 0 && decimals == 0 {
        return 0;
    }
    let end = if decimals == 0 { whole } else { whole + 1 + decimals };
    end + exponent(&text[end..])
}

/// How many bytes at the beginning are digits in groups of three, with a comma before each but the first.
fn grouped(text: &str) -> Option<usize> {
    let first = digits(text);
    if !(1..=3).contains(&first) || text.starts_with('0') {
        return None;
    }
    let mut end = first;
    while text[end..].strip_prefix(',').map(digits) == Some(3) {
        end += 4;
    }
    Some(end)
}

/// How many bytes at the beginning are an exponent.
fn exponent(text: &str) -> usize {
    let Some(rest) = text.strip_prefix(['e', 'E']) else { return 0 };
    let unsigned = rest.strip_prefix(['+', '-']).unwrap_or(rest);
    match digits(unsigned) {
        0 => 0,
        digits => text.len() - unsigned.len() + digits,
    }
}

/// How many bytes at the beginning are ASCII digits.
fn digits(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_numbers_are_whole_texts() {
        for number in ["5", "-5", "+5", "05", "1.50", ".5", "5.", "1e5", "-1.5E-3", "5.e1", ".5e+1"]
        {
            assert!(is_plain(number), "{number}");
        }
        for other in [
            "", ".", "-", "e5", "1e", "1e+", "1,000", "1 000", "0x10", "1_0", "NaN", "inf", "5%",
            "--5", "٣", "1.2.3", "-.", " 5",
        ] {
            assert!(!is_plain(other), "{other}");
        }
    }

    #[test]
    fn numbers_are_found_among_words() {
        for (text, numbers) in [
            ("", &[][..]),
            ("no number, v2 or _3", &[]),
            ("The answer is 42.", &[42.0]),
            ("$1,319.50 (-5%), .5 or 1e3", &[1319.5, -5.0, 0.5, 1000.0]),
            ("2026-04-02", &[2026.0, 4.0, 2.0]),
            ("3-4 or 3 -4 or 3 - 4", &[3.0, 4.0, 3.0, -4.0, 3.0, 4.0]),
            ("1,23 and 1,2345 and 12,345,678", &[1.0, 23.0, 1.0, 2345.0, 12_345_678.0]),
            ("0,123", &[0.0, 123.0]),
            ("−7 and +7", &[-7.0, 7.0]),
            ("GPT-4 5e 10th", &[4.0, 5.0, 10.0]),
            ("1.2.3", &[1.2, 3.0]),
            ("é5 語5 5é", &[5.0]),
        ] {
            assert_eq!(all_in(text), numbers, "{text}");
        }
    }
}
