//! String tokens: decoding, encoding, and the one canonical spelling of each.

use std::borrow::Cow;
use std::fmt::Write;
use std::str::Chars;

/// The JSON string token of `text`: quoted, with the fewest escapes, as `serde_json` and RFC 8785
/// write it.
#[must_use]
pub fn encode(text: &str) -> String {
    let mut token = String::with_capacity(text.len() + 2);
    push_token(&mut token, text);
    token
}

/// Writes the token of [`encode`] at the end of `out`.
pub(super) fn push_token(out: &mut String, text: &str) {
    out.push('"');
    let mut rest = text;
    // Runs without anything to escape are copied whole: nearly all text is one.
    while let Some(at) = first_special(rest.as_bytes()) {
        let (plain, special) = rest.split_at(at);
        out.push_str(plain);
        let mut characters = special.chars();
        if let Some(character) = characters.next() {
            push_character(out, character);
        }
        rest = characters.as_str();
    }
    out.push_str(rest);
    out.push('"');
}

/// Where the first byte is that must be escaped.
fn first_special(text: &[u8]) -> Option<usize> {
    /// As many bytes as are looked at in one step, since nothing is decided between them.
    const STEP: usize = 32;
    let special = |byte: &u8| *byte < 0x20 || *byte == b'"' || *byte == b'\\';
    let any = |step: &[u8]| step.iter().fold(false, |any, byte| any | special(byte));
    let (at, step) = text.chunks(STEP).enumerate().find(|(_, step)| any(step))?;
    Some(at * STEP + step.iter().position(special)?)
}

/// Whether a string token stands for `text`, however it is spelled.
pub(super) fn is(token: &str, text: &str) -> bool {
    if token.contains('\\') {
        return decode(token).is_some_and(|decoded| decoded == text);
    }
    inner(token) == text
}

/// The text of a string token; none when it holds a lone surrogate, which no text can.
pub(super) fn decode(token: &str) -> Option<Cow<'_, str>> {
    if token.contains('\\') {
        return serde_json::from_str::<String>(token).ok().map(Cow::Owned);
    }
    Some(Cow::Borrowed(inner(token)))
}

/// The text of a string token, with U+FFFD for each lone surrogate.
pub(super) fn decode_lossy(token: &str) -> String {
    let units = units(token);
    char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

/// The canonical spelling of a string token. Two tokens have the same one exactly when they stand
/// for the same sequence of UTF-16 code units.
pub(super) fn canonical(token: &str) -> Cow<'_, str> {
    if !token.contains('\\') {
        return Cow::Borrowed(token);
    }
    let mut canonical = String::with_capacity(token.len());
    canonical.push('"');
    for unit in char::decode_utf16(units(token)) {
        match unit {
            Ok(character) => push_character(&mut canonical, character),
            Err(lone) => push_escape(&mut canonical, lone.unpaired_surrogate()),
        }
    }
    canonical.push('"');
    Cow::Owned(canonical)
}

/// The UTF-16 code units a string token stands for, by which RFC 8785 orders keys.
pub(super) fn units(token: &str) -> Vec<u16> {
    let mut units = Vec::with_capacity(token.len());
    let mut rest = inner(token).chars();
    while let Some(character) = rest.next() {
        if character == '\\' {
            units.push(escaped_unit(&mut rest));
        } else {
            units.extend_from_slice(character.encode_utf16(&mut [0; 2]));
        }
    }
    units
}

/// What stands between the quotes.
fn inner(token: &str) -> &str {
    token.get(1..token.len().saturating_sub(1)).unwrap_or_default()
}

/// The code unit of the escape whose backslash has just been read.
fn escaped_unit(rest: &mut Chars<'_>) -> u16 {
    match rest.next() {
        Some('b') => 0x08,
        Some('t') => 0x09,
        Some('n') => 0x0A,
        Some('f') => 0x0C,
        Some('r') => 0x0D,
        Some('u') => {
            let hex = rest.by_ref().take(4).filter_map(|digit| digit.to_digit(16));
            // Four hexadecimal digits always fit, and a checked text has exactly four.
            hex.fold(0, |unit, digit| (unit << 4) | u16::try_from(digit).unwrap_or_default())
        }
        Some('"') => 0x22,
        Some('/') => 0x2F,
        _ => 0x5C,
    }
}

fn push_character(out: &mut String, character: char) {
    match character {
        '"' => out.push_str("\\\""),
        '\\' => out.push_str("\\\\"),
        '\u{8}' => out.push_str("\\b"),
        '\t' => out.push_str("\\t"),
        '\n' => out.push_str("\\n"),
        '\u{c}' => out.push_str("\\f"),
        '\r' => out.push_str("\\r"),
        '\0'..='\u{1f}' => push_escape(out, character as u16),
        _ => out.push(character),
    }
}

fn push_escape(out: &mut String, unit: u16) {
    // Writing into a String cannot fail.
    let _ = write!(out, "\\u{unit:04x}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_must_be_escaped_is_found_wherever_it_stands() {
        for special in ["\"", "\\", "\u{1f}"] {
            for (before, after) in [(0, 0), (31, 0), (31, 40), (32, 1), (33, 31), (64, 0), (70, 70)]
            {
                let text = "ä".repeat(before / 2) + &"x".repeat(before % 2) + special;
                let text = text + &"y".repeat(after) + special;
                assert_eq!(first_special(text.as_bytes()), Some(before), "{text}");
                assert_eq!(decode(&encode(&text)).as_deref(), Some(&*text));
            }
        }
        assert_eq!(first_special("ä".repeat(40).as_bytes()), None);
        assert_eq!(first_special(b""), None);
    }
}
