//! The fields of a row, whatever kind of file it stands in.

use std::collections::HashSet;

use evalstone_core::json::{Kind, RawJson, RawObject, View};
use evalstone_core::text::check_plain;

use super::flaw::Flaw;
use crate::validation::Rule;

/// The key in a sample's metadata under which its language is kept.
pub const LANGUAGE: &str = "language";

/// A string, as it is spelled.
pub fn token(name: &'static str, value: View<'_>) -> Result<RawJson, Flaw> {
    if value.kind() == Kind::String {
        Ok(RawJson::from_view(value))
    } else {
        Err(Flaw::of(name, &Rule::StringType))
    }
}

/// A context: a string that its column can hold.
pub fn context(value: View<'_>) -> Result<String, Flaw> {
    const NAME: &str = "context";
    if value.kind() != Kind::String {
        return Err(Flaw::of(NAME, &Rule::StringType));
    }
    let text = value.as_text().ok_or_else(|| Flaw::of(NAME, &Rule::StringUnicode))?;
    plain_context(&text)
}

/// A context of this text.
pub fn plain_context(text: &str) -> Result<String, Flaw> {
    const NAME: &str = "context";
    match check_plain(NAME, text) {
        Ok(()) => Ok(text.to_owned()),
        Err(error) => Err(Flaw::at(NAME, error.message().to_owned())),
    }
}

/// The rules that are expected to fire: an array of strings, as it is spelled.
pub fn tokens(value: View<'_>) -> Result<RawJson, Flaw> {
    const NAME: &str = "expected_rule_hits";
    if value.kind() != Kind::Array {
        return Err(Flaw::of(NAME, &Rule::ListType));
    }
    match value.items().position(|item| item.kind() != Kind::String) {
        Some(at) => Err(Flaw::of(format!("{NAME}[{at}]"), &Rule::StringType)),
        None => Ok(RawJson::from_view(value)),
    }
}

/// The metadata: an object, as it is spelled.
pub fn dict(value: View<'_>) -> Result<RawObject, Flaw> {
    RawObject::try_from(value).map_err(|_| Flaw::of("metadata", &Rule::DictType))
}

/// The metadata with more members behind its own.
///
/// # Errors
/// When it has one of them already: neither could be given up.
pub fn with_extras(
    metadata: Option<RawObject>,
    extras: &[(&str, &RawJson)],
) -> Result<Option<RawObject>, Flaw> {
    if extras.is_empty() {
        return Ok(metadata);
    }
    let metadata = metadata.unwrap_or_default();
    let own: HashSet<_> = metadata.view().members().filter_map(|(key, _)| key.text()).collect();
    if let Some((name, _)) = extras.iter().find(|(name, _)| own.contains(*name)) {
        return Err(Flaw::at((*name).to_owned(), "the row's metadata has this key, too"));
    }
    let members: Vec<_> = extras.iter().map(|(name, value)| (*name, value.view())).collect();
    Ok(Some(metadata.with_members(&members)))
}
