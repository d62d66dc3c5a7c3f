//! Readers of single values, each a [`super::body::Read`].

use evalstone_core::json::{Kind, RawObject, View};
use evalstone_core::text::{MAX_SLUG, Slug, check_plain};
use uuid::Uuid;

use super::body::with_article;

/// Any text that a column can hold.
pub fn text(field: &str, value: View<'_>) -> Result<String, String> {
    match value.as_text() {
        Some(text) => plain(field, &text).map(|()| text.into_owned()),
        None if value.kind() == Kind::String => {
            Err(format!("'{field}' holds half of a surrogate pair, which cannot be stored"))
        }
        None => Err(mismatch(field, "a string", value)),
    }
}

/// Text of one character at least.
pub fn filled_text(field: &str, value: View<'_>) -> Result<String, String> {
    let text = text(field, value)?;
    if text.is_empty() { Err(format!("'{field}' must not be empty")) } else { Ok(text) }
}

/// `true` or `false`.
pub fn boolean(field: &str, value: View<'_>) -> Result<bool, String> {
    value.as_bool().ok_or_else(|| mismatch(field, "a boolean", value))
}

/// An object, kept byte for byte.
pub fn object(field: &str, value: View<'_>) -> Result<RawObject, String> {
    RawObject::try_from(value).map_err(|_| mismatch(field, "an object", value))
}

/// A UUID in either letter case.
pub fn uuid(field: &str, value: View<'_>) -> Result<Uuid, String> {
    super::ids::uuid_of(field, &id_text(field, value)?)
}

/// The text of an id.
pub fn id_text(field: &str, value: View<'_>) -> Result<String, String> {
    if value.kind() != Kind::String {
        return Err(mismatch(field, "a string", value));
    }
    // What is no text is no id either, and the empty text says so.
    Ok(value.as_text().unwrap_or_default().into_owned())
}

/// A pipeline's slug.
pub fn slug(field: &str, value: View<'_>) -> Result<Slug, String> {
    let text = filled_text(field, value)?;
    if text.len() > MAX_SLUG {
        return Err(format!("'{field}' must not have more than {MAX_SLUG} characters"));
    }
    Slug::parse(&text).map_err(|_| format!("'{field}' must match ^[a-z0-9]+(-[a-z0-9]+)*$"))
}

/// Refuses what no text column can hold.
pub fn plain(field: &str, text: &str) -> Result<(), String> {
    check_plain(&format!("'{field}'"), text).map_err(|error| error.message().to_owned())
}

fn mismatch(field: &str, wanted: &str, value: View<'_>) -> String {
    format!("'{field}' must be {wanted}, but it is {}", with_article(value.kind()))
}
