//! Values shown as text.

use std::borrow::Cow;

use super::Part;
use crate::case::key;
use crate::json::{self, Kind, View};

/// A value shown as text: a string as it is, anything else as compact JSON.
///
/// It can be written as a JSON string ([`Text::token`]) or as plain text ([`Text::plain`]).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text<'a> {
    /// A string token as it was spelled, or the compact JSON of another value.
    json: Cow<'a, str>,
}

impl<'a> Text<'a> {
    /// The JSON string token of the text. A string keeps its own, so that its escapes, even lone
    /// surrogates, come out byte for byte.
    #[must_use]
    pub fn token(&self) -> Cow<'_, str> {
        if self.is_string() {
            return Cow::Borrowed(&self.json);
        }
        Cow::Owned(json::encode(&self.json))
    }

    /// The same as [`Text::token`], of a text that is needed no more.
    #[must_use]
    pub fn into_token(self) -> Cow<'a, str> {
        if self.is_string() {
            return self.json;
        }
        json::encode(&self.json).into()
    }

    /// The text itself; none when it is a string with a lone surrogate, which no text can hold.
    #[must_use]
    pub fn plain(&self) -> Option<Cow<'_, str>> {
        if self.is_string() {
            return View::checked(&self.json).as_text();
        }
        Some(Cow::Borrowed(&self.json))
    }

    /// The value that is shown: its own token if it is a string, else its compact JSON.
    #[must_use]
    pub fn json(&self) -> &str {
        &self.json
    }

    fn is_string(&self) -> bool {
        View::checked(&self.json).kind() == Kind::String
    }

    fn compact(part: &Part<'a>) -> Self {
        let json = match part.json() {
            Cow::Borrowed(whole) => View::checked(whole).compact(),
            Cow::Owned(rebuilt) => Cow::Owned(View::checked(&rebuilt).compact().into_owned()),
        };
        Self { json }
    }
}

/// Design §2.4's `text(v)`.
#[must_use]
pub fn text(value: View<'_>) -> Text<'_> {
    let json = match value.kind() {
        Kind::String => Cow::Borrowed(value.raw()),
        _ => value.compact(),
    };
    Text { json }
}

/// Design §2.4's `text(subject(obj))`: the text of `obj.input` if present, else of the only value
/// if there is one key, else of the whole object; none for an object without values.
#[must_use]
pub fn subject<'a>(object: &Part<'a>) -> Option<Text<'a>> {
    if let Some(input) = object.value(key::INPUT) {
        return Some(text(input));
    }
    match object.values().as_slice() {
        [] => None,
        [only] => Some(text(*only)),
        _ => Some(Text::compact(object)),
    }
}

/// The [`subject`] of what is left of an object without some keys.
#[must_use]
pub fn subject_without<'a>(object: &Part<'a>, keys: &[&'static str]) -> Option<Text<'a>> {
    subject(&object.without(keys))
}
