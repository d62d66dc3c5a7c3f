//! Plain-text columns: what they may hold, and the types that prove it (design §2.6).

use crate::error::{Error, Result};

/// Checks a plain-text value that a database column will hold.
///
/// # Errors
/// Invalid when it holds U+0000, which Postgres cannot store; the message names `field`.
pub fn check_plain(field: &str, value: &str) -> Result<()> {
    match value.find('\0') {
        None => Ok(()),
        Some(byte) => {
            let position = value[..byte].chars().count() + 1;
            Err(Error::invalid(format!(
                "{field} holds the character U+0000 at position {position}, which cannot be stored"
            )))
        }
    }
}

/// A text for people as a column can hold it: the symbol `␀` stands for U+0000, which Postgres cannot store.
/// For what may quote a payload, and is of no use to anybody when it is refused.
#[must_use]
pub fn storable(text: String) -> String {
    if text.contains('\0') { text.replace('\0', "\u{2400}") } else { text }
}

/// A short word that may stand for something in a path: lower-case letters and digits in groups
/// joined by single hyphens (Gentrace contract §3.1, used for organizations too).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slug(String);

/// The longest slug in characters: it stands in URLs, and in an index whose keys are limited.
pub const MAX_SLUG: usize = 255;

impl Slug {
    /// Checks the form `^[a-z0-9]+(-[a-z0-9]+)*$`.
    ///
    /// # Errors
    /// Invalid when the text has another form, or more than 255 characters.
    pub fn parse(text: &str) -> Result<Self> {
        let group = |part: &str| {
            !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        };
        if text.len() > MAX_SLUG {
            return Err(Error::invalid(format!("a slug has at most {MAX_SLUG} characters")));
        }
        if text.split('-').all(group) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Error::invalid(
                "a slug has lower-case letters and digits, in groups joined by single hyphens",
            ))
        }
    }

    /// The slug's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The slug's text, owned.
    #[must_use]
    pub fn into_string(self) -> String {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs() {
        for good in ["a", "email-summarizer", "a1-2b", "0"] {
            assert_eq!(Slug::parse(good).expect(good).as_str(), good);
        }
        let long = "a".repeat(256);
        for bad in [long.as_str(), "", "-", "a-", "-a", "a--b", "A", "a b", "ä", "a_b"] {
            assert!(Slug::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_symbol_stands_for_a_nul() {
        assert_eq!(storable("a\0\0b".to_owned()), "a\u{2400}\u{2400}b");
        assert_eq!(storable("a\u{1}".to_owned()), "a\u{1}");
    }

    #[test]
    fn a_nul_is_refused_with_its_field_and_place() {
        let error = check_plain("name", "ab\0").expect_err("refused");
        assert!(error.message().starts_with("name holds the character U+0000 at position 3"));
        assert!(check_plain("name", "a\u{1}b\u{10ffff}").is_ok());
    }
}
