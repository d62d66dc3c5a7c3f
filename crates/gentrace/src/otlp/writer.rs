//! OTLP's JSON form, as spans are stored: no whitespace, keys in the order of the schema, values
//! that are their field's default left out.

use base64::Engine as _;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use evalstone_core::error::{Error, Kind as Failing, Result};
use evalstone_core::json::{RawJson, RawObject, encode};

use super::schema::{Field, Kind, Message, Shape};

/// A value in the making, of bounded length: what comes packed tightly may become long.
pub struct Writer {
    json: String,
    room: usize,
}

impl Writer {
    /// Writes at most so many bytes, and about `expected`.
    pub fn new(room: usize, expected: usize) -> Self {
        Self { json: String::with_capacity(expected.min(room)), room }
    }

    /// Adds some text.
    ///
    /// # Errors
    /// `TooLarge` when there is no room for it.
    pub fn push(&mut self, text: &str) -> Result<()> {
        if self.room - self.json.len() < text.len() {
            return Err(full());
        }
        self.json.push_str(text);
        Ok(())
    }

    /// Adds the comma that the next member or item needs.
    pub fn separate(&mut self) -> Result<()> {
        if self.json.ends_with(['{', '[']) { Ok(()) } else { self.push(",") }
    }

    /// Begins a member.
    pub fn key(&mut self, name: &str) -> Result<()> {
        self.separate()?;
        self.push("\"")?;
        self.push(name)?;
        self.push("\":")
    }

    /// Writes a scalar member, unless it is the default that its absence means.
    pub fn scalar(&mut self, message: &Message, field: &Field, token: &str) -> Result<()> {
        if message.shape == Shape::Sparse && token == default(field.kind) {
            return Ok(());
        }
        self.key(field.name)?;
        self.push(token)
    }

    /// Writes a member that has no value, where such ones are written.
    pub fn nothing(&mut self, message: &Message, field: &Field) -> Result<()> {
        let token = if field.repeated { "[]" } else { default(field.kind) };
        if message.shape != Shape::Full || token.is_empty() {
            return Ok(());
        }
        self.key(field.name)?;
        self.push(token)
    }

    /// What was written.
    pub fn finish(self) -> RawJson {
        RawJson::trusted(self.json)
    }
}

/// There is no more room; whoever gave it knows how much there was.
pub fn full() -> Error {
    Error::new(Failing::TooLarge, "the spans take too much room")
}

/// The token of the value that absence means; none for messages, whose absence says just that.
fn default(kind: Kind) -> &'static str {
    match kind {
        Kind::Text | Kind::Id | Kind::Bytes => "\"\"",
        Kind::Nanos | Kind::Int => "\"0\"",
        Kind::Count | Kind::Flags | Kind::Constant(_) => "0",
        Kind::Double => "0.0",
        Kind::Bool => "false",
        Kind::Message(_) => "",
    }
}

/// A resource or scope with the URL of its schema, which OTLP writes beside it, if there is one.
pub fn with_schema_url(head: RawJson, token: Option<String>) -> RawJson {
    let url = token.filter(|url| url != default(Kind::Text)).map(RawJson::trusted);
    match (RawObject::try_from(head.view()), url) {
        (Ok(object), Some(url)) => object.with_members(&[("schemaUrl", url.view())]).into(),
        _ => head,
    }
}

/// A text's token.
pub fn text(text: &str) -> String {
    encode(text)
}

/// The token of an integer that JSON writes as a string.
pub fn long(number: impl std::fmt::Display) -> String {
    format!("\"{number}\"")
}

/// A double's token: the shortest that is read back as the same number.
pub fn double(number: f64) -> String {
    if number.is_nan() {
        "\"NaN\"".to_owned()
    } else if number.is_infinite() {
        if number > 0.0 { "\"Infinity\"" } else { "\"-Infinity\"" }.to_owned()
    } else {
        serde_json::Number::from_f64(number).map(|number| number.to_string()).unwrap_or_default()
    }
}

/// The token of bytes in lower-case hexadecimal.
pub fn id(bytes: &[u8]) -> String {
    const DIGITS: [u8; 16] = *b"0123456789abcdef";
    let mut token = String::with_capacity(bytes.len() * 2 + 2);
    token.push('"');
    for byte in bytes {
        token.extend([byte >> 4, byte & 0xf].map(|digit| char::from(DIGITS[usize::from(digit)])));
    }
    token.push('"');
    token
}

/// The token of bytes in base64.
pub fn base64(bytes: &[u8]) -> String {
    format!("\"{}\"", STANDARD.encode(bytes))
}

/// The bytes that a base64 text stands for, in either alphabet, padded or not.
pub fn from_base64(text: &str) -> Option<Vec<u8>> {
    let config = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    let standard = text.replace('-', "+").replace('_', "/");
    GeneralPurpose::new(&base64::alphabet::STANDARD, config).decode(standard).ok()
}

/// The bytes of a trace's or a span's id: in hexadecimal, as OTLP wants it, or in base64, as
/// encoders write it that know nothing of OTLP.
pub fn from_id(text: &str) -> Option<Vec<u8>> {
    const LENGTHS: [usize; 2] = [16, 8];
    let hexadecimal = LENGTHS.contains(&(text.len() / 2)).then(|| from_hex(text)).flatten();
    hexadecimal.or_else(|| from_base64(text)).filter(|id| LENGTHS.contains(&id.len()))
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digit =
        |byte: &u8| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let digits: Vec<u8> = text.as_bytes().iter().map(digit).collect::<Option<_>>()?;
    let (pairs, rest) = digits.as_chunks::<2>();
    rest.is_empty().then(|| pairs.iter().map(|[high, low]| high << 4 | low).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_are_told_so_that_they_come_back() {
        for (number, token) in [
            (0.1, "0.1"),
            (1.0, "1.0"),
            (-0.0, "-0.0"),
            (1e300, "1e+300"),
            (f64::NAN, "\"NaN\""),
            (f64::INFINITY, "\"Infinity\""),
            (f64::NEG_INFINITY, "\"-Infinity\""),
        ] {
            assert_eq!(double(number), token);
        }
    }

    #[test]
    fn ids_are_hexadecimal_or_base64() {
        let trace: Vec<u8> = (0xf0..=0xff).collect();
        for text in [
            "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff",
            "F0F1F2F3F4F5F6F7F8F9FAFBFCFDFEFF",
            "8PHy8/T19vf4+fr7/P3+/w==",
            "8PHy8_T19vf4-fr7_P3-_w",
        ] {
            assert_eq!(from_id(text), Some(trace.clone()), "{text}");
        }
        assert_eq!(from_id("0102030405060708"), Some((1..=8).collect()));
        assert_eq!(from_id("AQIDBAUGBwg="), Some((1..=8).collect()));
        for text in ["", "x", "0102", "f0f1f2f3f4f5f6f7f8f9fafbfcfdfefg", "AQIDBAUGBwgJ", "é"] {
            assert_eq!(from_id(text), None, "{text}");
        }
    }

    #[test]
    fn nothing_is_written_beyond_the_room() {
        let mut writer = Writer::new(9, 99);
        writer.push("{").expect("room");
        writer.key("key").expect("room");
        assert!(writer.push("12").is_ok() && writer.push("3").is_err());
    }
}
