//! Byte loops over JSON text that has been checked already.
//!
//! They trust the syntax, so they are short and fast, but no text can make them read past its end
//! or loop for ever. Every place they return is next to an ASCII byte or the end of the text, so
//! slicing there never cuts a character.

/// How many bytes at the start satisfy `wanted`.
pub(super) fn run_length(bytes: &[u8], wanted: impl Fn(u8) -> bool) -> usize {
    bytes.iter().position(|&byte| !wanted(byte)).unwrap_or(bytes.len())
}

/// Whether the byte is JSON whitespace.
pub(super) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

/// The first place at or after `at` that is not whitespace.
pub(super) fn space_end(bytes: &[u8], at: usize) -> usize {
    at + run_length(bytes.get(at..).unwrap_or_default(), is_space)
}

/// The place after the string token whose opening quote is at `at`.
pub(super) fn string_end(bytes: &[u8], at: usize) -> usize {
    let mut at = at + 1;
    loop {
        let rest = bytes.get(at..).unwrap_or_default();
        at += memchr::memchr2(b'"', b'\\', rest).unwrap_or(rest.len());
        match bytes.get(at) {
            Some(b'"') => return at + 1,
            Some(_) => at += 2,
            None => return bytes.len(),
        }
    }
}

/// The place after the value that starts at `at`; `at` itself when no value starts there.
pub(super) fn value_end(bytes: &[u8], at: usize) -> usize {
    match bytes.get(at) {
        Some(b'"') => string_end(bytes, at),
        Some(b'[' | b'{') => container_end(bytes, at),
        Some(_) => at + run_length(&bytes[at..], |byte| !is_delimiter(byte)),
        None => bytes.len(),
    }
}

fn container_end(bytes: &[u8], at: usize) -> usize {
    let mut at = at;
    let mut depth = 0_usize;
    loop {
        let rest = bytes.get(at..).unwrap_or_default();
        at += run_length(rest, |byte| !matches!(byte, b'"' | b'[' | b'{' | b']' | b'}'));
        match bytes.get(at) {
            Some(b'"') => at = string_end(bytes, at),
            Some(b'[' | b'{') => {
                depth += 1;
                at += 1;
            }
            Some(_) if depth <= 1 => return at + 1,
            Some(_) => {
                depth -= 1;
                at += 1;
            }
            None => return bytes.len(),
        }
    }
}

fn is_delimiter(byte: u8) -> bool {
    is_space(byte) || matches!(byte, b',' | b':' | b']' | b'}')
}
