//! Looking inside a checked JSON text without parsing it into a tree.

use std::borrow::Cow;

use super::{Fault, check, scan, string};

/// One JSON value inside a checked text, without the whitespace around it. Copying it is free.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    text: &'a str,
}

/// The six kinds of JSON value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool,
    /// A number of any length.
    Number,
    /// A string.
    String,
    /// An array.
    Array,
    /// An object.
    Object,
}

impl Kind {
    /// The kind's name in English, as JSON's own grammar has it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool => "boolean",
            Self::Number => "number",
            Self::String => "string",
            Self::Array => "array",
            Self::Object => "object",
        }
    }
}

impl<'a> View<'a> {
    /// Checks a text and looks at its value.
    ///
    /// # Errors
    /// The [`Fault`] that [`check`] finds.
    pub fn parse(text: &'a str, max_depth: usize) -> Result<Self, Fault> {
        check(text, max_depth)?;
        Ok(Self::checked(text))
    }

    /// Looks at the value of a text that has been checked.
    pub(crate) fn checked(text: &'a str) -> Self {
        Self { text: text.trim_matches([' ', '\t', '\n', '\r']) }
    }

    /// The value as it is spelled.
    #[must_use]
    pub fn raw(self) -> &'a str {
        self.text
    }

    /// What kind of value it is.
    #[must_use]
    pub fn kind(self) -> Kind {
        match self.text.as_bytes().first() {
            Some(b'{') => Kind::Object,
            Some(b'[') => Kind::Array,
            Some(b'"') => Kind::String,
            Some(b't' | b'f') => Kind::Bool,
            Some(b'-' | b'0'..=b'9') => Kind::Number,
            _ => Kind::Null,
        }
    }

    /// Whether the value is `null`.
    #[must_use]
    pub fn is_null(self) -> bool {
        self.kind() == Kind::Null
    }

    /// The truth value, if it is one.
    #[must_use]
    pub fn as_bool(self) -> Option<bool> {
        (self.kind() == Kind::Bool).then(|| self.text == "true")
    }

    /// The decoded string; none when it is no string or holds a lone surrogate.
    #[must_use]
    pub fn as_text(self) -> Option<Cow<'a, str>> {
        if self.kind() == Kind::String { string::decode(self.text) } else { None }
    }

    /// The decoded string with U+FFFD for each lone surrogate; none when it is no string.
    #[must_use]
    pub fn as_text_lossy(self) -> Option<Cow<'a, str>> {
        if self.kind() != Kind::String {
            return None;
        }
        Some(string::decode(self.text).unwrap_or_else(|| string::decode_lossy(self.text).into()))
    }

    /// The members of an object in their order, duplicates included; none for other kinds.
    #[must_use]
    pub fn members(self) -> Members<'a> {
        Members { text: self.text, at: self.inside(Kind::Object) }
    }

    /// The items of an array in their order; none for other kinds.
    #[must_use]
    pub fn items(self) -> Items<'a> {
        Items { text: self.text, at: self.inside(Kind::Array) }
    }

    /// The value of a member, of duplicates the last one's; a `null` is a value here.
    #[must_use]
    pub fn get(self, key: &str) -> Option<View<'a>> {
        self.members().filter(|(other, _)| other.is(key)).last().map(|(_, value)| value)
    }

    /// The values of several members, each as [`View::get`] gives it, for one walk through all of them.
    #[must_use]
    pub fn get_each<const N: usize>(self, keys: [&str; N]) -> [Option<View<'a>>; N] {
        let mut found = [None; N];
        for (key, value) in self.members() {
            let key = key.text();
            let place = keys.iter().position(|wanted| key.as_deref() == Some(wanted));
            if let Some(place) = place {
                found[place] = Some(value);
            }
        }
        found
    }

    /// The value without whitespace outside strings. Number spelling, escapes, key order and
    /// duplicates stay.
    #[must_use]
    pub fn compact(self) -> Cow<'a, str> {
        let bytes = self.text.as_bytes();
        let mut compact = String::new();
        let mut kept = 0;
        let mut at = 0;
        while at < bytes.len() {
            match bytes[at] {
                b'"' => at = scan::string_end(bytes, at),
                byte if scan::is_space(byte) => {
                    compact.push_str(&self.text[kept..at]);
                    at = scan::space_end(bytes, at);
                    kept = at;
                }
                _ => at += 1,
            }
        }
        if kept == 0 {
            return Cow::Borrowed(self.text);
        }
        compact.push_str(&self.text[kept..]);
        Cow::Owned(compact)
    }

    /// The place of the first member or item, or the end when the value is of another kind.
    fn inside(self, kind: Kind) -> usize {
        if self.kind() == kind { 1 } else { self.text.len() }
    }
}

/// The key of an object's member.
#[derive(Clone, Copy, Debug)]
pub struct Key<'a> {
    token: &'a str,
}

impl<'a> Key<'a> {
    /// The key's string token as it is spelled, quotes included.
    #[must_use]
    pub fn raw(self) -> &'a str {
        self.token
    }

    /// The decoded key; none when it holds a lone surrogate.
    #[must_use]
    pub fn text(self) -> Option<Cow<'a, str>> {
        string::decode(self.token)
    }

    /// The decoded key with U+FFFD for each lone surrogate.
    #[must_use]
    pub fn text_lossy(self) -> Cow<'a, str> {
        self.text().unwrap_or_else(|| string::decode_lossy(self.token).into())
    }

    /// Whether the decoded key is `name`, however it is spelled.
    #[must_use]
    pub fn is(self, name: &str) -> bool {
        string::is(self.token, name)
    }

    /// The key's canonical string token, the same for all spellings of the key.
    #[must_use]
    pub fn canonical(self) -> Cow<'a, str> {
        string::canonical(self.token)
    }
}

/// An object's members. See [`View::members`].
#[derive(Clone, Debug)]
pub struct Members<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Iterator for Members<'a> {
    type Item = (Key<'a>, View<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let bytes = self.text.as_bytes();
        let start = scan::space_end(bytes, self.at);
        if bytes.get(start) != Some(&b'"') {
            return None;
        }
        let end = scan::string_end(bytes, start);
        let colon = scan::space_end(bytes, end);
        let value_start = scan::space_end(bytes, colon + 1);
        let value_end = scan::value_end(bytes, value_start);
        self.at = after_comma(bytes, value_end);
        let value = View { text: self.text.get(value_start..value_end)? };
        Some((Key { token: &self.text[start..end] }, value))
    }
}

/// An array's items. See [`View::items`].
#[derive(Clone, Debug)]
pub struct Items<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Iterator for Items<'a> {
    type Item = View<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        let bytes = self.text.as_bytes();
        let start = scan::space_end(bytes, self.at);
        let end = scan::value_end(bytes, start);
        if end == start || start >= bytes.len() {
            return None;
        }
        self.at = after_comma(bytes, end);
        Some(View { text: &self.text[start..end] })
    }
}

/// The place after the comma that follows a value, or of whatever else follows it.
fn after_comma(bytes: &[u8], value_end: usize) -> usize {
    let at = scan::space_end(bytes, value_end);
    if bytes.get(at) == Some(&b',') { at + 1 } else { at }
}
