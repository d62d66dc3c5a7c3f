//! Reading a request's JSON object field by field.

use std::borrow::Cow;
use std::str;

use evalstone_core::error::{Error, Result};
use evalstone_core::json::{Fault, FaultKind, Kind, MAX_DEPTH, View};

use super::problems::{Problems, invalid, quoted};

/// The deepest nesting of a body: its payloads are fields, one level inside of it.
const DEEPEST: usize = MAX_DEPTH + 1;

/// Reads a field's value; the error tells, with the field's name, what is wrong with it.
pub type Read<T> = fn(&str, View<'_>) -> Result<T, String>;

/// A request's object. Of duplicate keys the last one counts.
#[derive(Debug)]
pub struct Body<'a> {
    object: View<'a>,
    problems: Problems,
}

impl<'a> Body<'a> {
    /// Checks that a body is a JSON object.
    ///
    /// # Errors
    /// Invalid when it is none, and where.
    pub fn parse(bytes: &'a [u8]) -> Result<Self> {
        let object = view(bytes, DEEPEST).map_err(|fault| {
            Error::invalid(format!("Invalid JSON in the request body: {fault}"))
        })?;
        match object.kind() {
            Kind::Object => Ok(Self { object, problems: Problems::default() }),
            other => Err(invalid(&format!(
                "the request body must be an object, but it is {}",
                with_article(other)
            ))),
        }
    }

    /// Notes every key that is none of `known`.
    pub fn refuse_keys_but(&mut self, known: &[&str]) {
        for (key, _) in self.object.members() {
            if !known.iter().any(|name| key.is(name)) {
                self.problems.note_with(|| {
                    let name = key.text().unwrap_or(Cow::Borrowed(key.raw()));
                    format!("{} is not a known field", quoted(&name))
                });
            }
        }
    }

    /// The value of a field that must be there.
    pub fn required<T>(&mut self, field: &str, read: Read<T>) -> Option<T> {
        if self.object.get(field).is_none() {
            self.problems.note(format!("'{field}' field is required"));
        }
        self.optional(field, read)
    }

    /// The value of a field that must be there and may be null.
    pub fn required_nullable<T>(&mut self, field: &str, read: Read<T>) -> Option<Option<T>> {
        if self.object.get(field).is_none() {
            self.problems.note(format!("'{field}' field is required"));
        }
        self.nullable(field, read)
    }

    /// The value of a field that may be left out, but not be null.
    pub fn optional<T>(&mut self, field: &str, read: Read<T>) -> Option<T> {
        let value = self.object.get(field)?;
        self.problems.keep(read(field, value))
    }

    /// The value of a field that may be left out or be null.
    pub fn nullable<T>(&mut self, field: &str, read: Read<T>) -> Option<Option<T>> {
        match self.object.get(field)? {
            null if null.is_null() => Some(None),
            value => self.problems.keep(read(field, value)).map(Some),
        }
    }

    /// What the fields make, if nothing is wrong with any of them.
    ///
    /// # Errors
    /// Invalid, with everything that is wrong.
    pub fn finish<T>(self, made: Option<T>) -> Result<T> {
        self.problems.into_result(made)
    }
}

/// Looks at the JSON value that bytes are, nested at most so deep.
///
/// # Errors
/// The first fault; bytes that are not UTF-8 are reported before any other.
pub fn view(bytes: &[u8], max_depth: usize) -> Result<View<'_>, Fault> {
    let text = str::from_utf8(bytes)
        .map_err(|error| Fault { offset: error.valid_up_to(), kind: FaultKind::NotUtf8 })?;
    View::parse(text, max_depth)
}

/// A kind of JSON value as it stands in a sentence.
#[must_use]
pub fn with_article(kind: Kind) -> &'static str {
    match kind {
        Kind::Null => "null",
        Kind::Bool => "a boolean",
        Kind::Number => "a number",
        Kind::String => "a string",
        Kind::Array => "an array",
        Kind::Object => "an object",
    }
}

#[cfg(test)]
mod tests {
    use super::super::values::{boolean, text};
    use super::*;

    fn refusal(bytes: &[u8]) -> String {
        Body::parse(bytes).expect_err("refused").message().to_owned()
    }

    #[test]
    fn only_an_object_is_a_body() {
        assert_eq!(refusal(b""), "Invalid JSON in the request body: Expecting value at byte 0");
        assert_eq!(
            refusal(b"{\"a\": \"\xff\"}"),
            "Invalid JSON in the request body: invalid UTF-8 at byte 7"
        );
        let deep = |levels| format!("{{\"a\":{}{}}}", "[".repeat(levels), "]".repeat(levels));
        assert!(Body::parse(deep(100).as_bytes()).is_ok());
        assert!(
            refusal(deep(101).as_bytes()).contains("nested deeper than 101 levels at byte 105")
        );
        assert_eq!(
            refusal(b" [] "),
            "Invalid parameters: the request body must be an object, but it is an array"
        );
        assert!(Body::parse(b" {} ").is_ok());
    }

    #[test]
    fn the_last_duplicate_counts_however_its_key_is_spelled() {
        let mut body = Body::parse(br#"{"name": 1, "n\u0061me": "x"}"#).expect("an object");
        assert_eq!(body.required("name", text).as_deref(), Some("x"));
        body.refuse_keys_but(&["name"]);
        assert!(body.finish(Some(())).is_ok());
    }

    #[test]
    fn absent_null_and_given_are_three_things() {
        let mut body = Body::parse(br#"{"a": null, "b": "x"}"#).expect("an object");
        assert_eq!(body.nullable("a", text), Some(None));
        assert_eq!(body.nullable("b", text), Some(Some("x".to_owned())));
        assert_eq!(body.nullable("c", text), None);
        assert_eq!(body.optional("c", text), None);
        assert_eq!(body.required_nullable("a", text), Some(None));
        assert!(body.finish(Some(())).is_ok());
    }

    #[test]
    fn every_problem_is_told_with_its_field() {
        let mut body =
            Body::parse(br#"{"a": null, "b": 1, "d": "\ud800", "e": "a\u0000", "\udfff": 1}"#)
                .expect("an object");
        body.optional("a", boolean);
        body.nullable("b", text);
        body.required("c", text);
        body.required_nullable("c", text);
        body.optional("d", text);
        body.optional("e", text);
        body.refuse_keys_but(&["a", "b", "d", "e"]);
        let error = body.finish(Some(())).expect_err("problems");
        let told = [
            "Invalid parameters: 'a' must be a boolean, but it is null",
            "'b' must be a string, but it is a number",
            "'c' field is required",
            "'c' field is required",
            "'d' holds half of a surrogate pair, which cannot be stored",
            "'e' holds the character U+0000 at position 2, which cannot be stored",
            "'\"\\udfff\"' is not a known field",
        ];
        assert_eq!(error.message(), told.join("; "));
    }
}
