//! Owned JSON texts that have been checked.

use thiserror::Error;

use super::check::MAX_DEPTH;
use super::view::{Kind, View};
use super::{Fault, ObjectBuilder, check, scan, string};

/// One JSON value as raw text: checked, without whitespace around it, and inside byte for byte as
/// it was given. Two are equal when they are spelled alike; see [`super::canonical`] for values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawJson(Box<str>);

impl RawJson {
    /// Checks a text and keeps its value.
    ///
    /// # Errors
    /// The [`Fault`] that [`check`] finds with [`MAX_DEPTH`].
    pub fn parse(text: &str) -> Result<Self, Fault> {
        check(text, MAX_DEPTH)?;
        Ok(Self::from_view(View::checked(text)))
    }

    /// The JSON string of a text.
    #[must_use]
    pub fn from_text(text: &str) -> Self {
        Self(string::encode(text).into())
    }

    /// Keeps the value that a view shows.
    #[must_use]
    pub fn from_view(view: View<'_>) -> Self {
        Self(view.raw().into())
    }

    /// Takes a text that was a `RawJson` before, such as one read back from our own database. It
    /// is not checked again; any other text may read as nonsense.
    #[must_use]
    pub fn trusted(text: String) -> Self {
        Self(text.into())
    }

    /// Looks inside.
    #[must_use]
    pub fn view(&self) -> View<'_> {
        View::checked(&self.0)
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text, owned.
    #[must_use]
    pub fn into_string(self) -> String {
        self.0.into()
    }
}

/// The refusal of a JSON value that should have been an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("expected a JSON object, found {}", found.as_str())]
pub struct NotObject {
    /// What it was instead.
    pub found: Kind,
}

/// A [`RawJson`] that is an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawObject(RawJson);

impl RawObject {
    /// The object without members, `{}`.
    #[must_use]
    pub fn empty() -> Self {
        ObjectBuilder::new().build()
    }

    /// Takes a text that was a `RawObject` before. See [`RawJson::trusted`].
    #[must_use]
    pub fn trusted(text: String) -> Self {
        Self(RawJson::trusted(text))
    }

    /// Looks inside.
    #[must_use]
    pub fn view(&self) -> View<'_> {
        self.0.view()
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The text, owned.
    #[must_use]
    pub fn into_string(self) -> String {
        self.0.into_string()
    }

    /// Whether the object has no members. Members that are null count.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.view().members().next().is_none()
    }

    /// The object with more members after its own. Every byte of the original stays, in its order:
    /// the new members are spliced in right after the last one.
    #[must_use]
    pub fn with_members(&self, members: &[(&str, View<'_>)]) -> Self {
        let text = self.as_str();
        let added = members
            .iter()
            .fold(ObjectBuilder::new(), |builder, (key, value)| builder.member(key, *value));
        let added = added.build();
        if added.is_empty() {
            return self.clone();
        }
        let body = text.strip_suffix('}').unwrap_or(text);
        let end = body.trim_end_matches(|c| u8::try_from(c).is_ok_and(scan::is_space)).len();
        let comma = if self.is_empty() { "" } else { "," };
        let added = added.as_str();
        let spliced = [&text[..end], comma, &added[1..added.len() - 1], &text[end..]].concat();
        Self(RawJson::trusted(spliced))
    }
}

/// An object without members, like [`RawObject::empty`].
impl Default for RawObject {
    fn default() -> Self {
        Self::empty()
    }
}

impl From<RawObject> for RawJson {
    fn from(object: RawObject) -> Self {
        object.0
    }
}

impl TryFrom<RawJson> for RawObject {
    type Error = NotObject;

    fn try_from(json: RawJson) -> Result<Self, NotObject> {
        match json.view().kind() {
            Kind::Object => Ok(Self(json)),
            found => Err(NotObject { found }),
        }
    }
}

impl TryFrom<View<'_>> for RawObject {
    type Error = NotObject;

    fn try_from(view: View<'_>) -> Result<Self, NotObject> {
        match view.kind() {
            Kind::Object => Ok(Self(RawJson::from_view(view))),
            found => Err(NotObject { found }),
        }
    }
}
