//! API keys: their kinds, how ours are made, and the only form in which any is stored (design §2.2).

use std::fmt;

use chrono::TimeDelta;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::error::{Error, Result};
use crate::id::{EnvironmentId, ProjectId};

/// The longest key that is accepted, in bytes.
pub const MAX_KEY_BYTES: usize = 512;

const PREFIX: &str = "evs_";
const RANDOM_CHARS: usize = 32;
const CHECK_CHARS: usize = 6;
const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// What a key may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// Reads.
    Runtime,
    /// Reads and writes.
    Ci,
    /// Reads, writes and manages keys.
    Admin,
}

impl KeyKind {
    /// All kinds, for the command line.
    pub const ALL: [Self; 3] = [Self::Runtime, Self::Ci, Self::Admin];

    /// The word used on the command line and in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Runtime => "runtime",
            Self::Ci => "ci",
            Self::Admin => "admin",
        }
    }

    /// The kind of that word, if there is one.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// What a key is made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grant {
    /// What it may do.
    pub kind: KeyKind,
    /// The one project that it is for; none for the whole organization.
    pub project: Option<ProjectId>,
    /// The one environment of that project that it is for, if it is for one only.
    pub environment: Option<EnvironmentId>,
    /// How long it works.
    pub lifetime: TimeDelta,
}

/// The SHA-256 of a key: the only form that is stored. `==` stops at the first difference; a hash is held
/// against a stored one by [`KeyHash::matches`], which always takes the same time.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyHash([u8; 32]);

impl KeyHash {
    /// The hash of a raw key.
    #[must_use]
    pub fn of(raw: &str) -> Self {
        Self(Sha256::digest(raw.as_bytes()).into())
    }

    /// The hash that was stored as these bytes; none when they are none.
    #[must_use]
    pub fn stored(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// The hash's bytes, for the database.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Whether `stored` is this hash, compared in constant time.
    #[must_use]
    pub fn matches(&self, stored: &[u8]) -> bool {
        self.0.ct_eq(stored).into()
    }
}

/// A key in the clear. It is shown once and never written to a log: it has no `Debug` text.
pub struct RawKey(String);

impl RawKey {
    /// A new key of ours: `evs_`, 32 random base62 characters, 6 characters of checksum.
    ///
    /// # Errors
    /// A fault when the system has no randomness to give.
    pub fn generate() -> Result<Self> {
        let mut text = String::from(PREFIX);
        while text.len() < PREFIX.len() + RANDOM_CHARS {
            let mut bytes = [0_u8; 48];
            getrandom::fill(&mut bytes).map_err(Error::fault)?;
            // Bytes of 248 and above are left out, so that every character is equally likely.
            let wanted = PREFIX.len() + RANDOM_CHARS - text.len();
            text.extend(
                bytes.iter().filter(|b| **b < 248).take(wanted).map(|b| base62(u64::from(*b))),
            );
        }
        let check = checksum(&text);
        text.push_str(&check);
        Ok(Self(text))
    }

    /// A key that was made elsewhere, so that users can bring the vendor key they already have.
    ///
    /// # Errors
    /// Invalid when it is empty, longer than [`MAX_KEY_BYTES`], begins or ends with white space
    /// (headers lose it), or holds a control character.
    pub fn import(text: &str) -> Result<Self> {
        if text.is_empty() || text.len() > MAX_KEY_BYTES {
            return Err(Error::invalid(format!("a key has 1 to {MAX_KEY_BYTES} bytes")));
        }
        if text.trim() != text {
            return Err(Error::invalid("a key neither begins nor ends with white space"));
        }
        if text.chars().any(char::is_control) {
            return Err(Error::invalid("a key holds no control characters"));
        }
        Ok(Self(text.to_owned()))
    }

    /// The key's text.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The key's hash.
    #[must_use]
    pub fn hash(&self) -> KeyHash {
        KeyHash::of(&self.0)
    }

    /// The first characters, by which people tell their keys apart: at most eight, and never
    /// more than a quarter of the key.
    #[must_use]
    pub fn prefix(&self) -> String {
        let chars = self.0.chars().count();
        self.0.chars().take(8.min(chars / 4)).collect()
    }
}

impl fmt::Debug for RawKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RawKey(…)")
    }
}

fn base62(n: u64) -> char {
    char::from(BASE62[usize::try_from(n % 62).unwrap_or(0)])
}

/// Six characters that let a mistyped key be told from an unknown one.
fn checksum(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    let mut n = digest.iter().take(8).fold(0_u64, |n, byte| (n << 8) | u64::from(*byte));
    let mut out = String::with_capacity(CHECK_CHARS);
    for _ in 0..CHECK_CHARS {
        out.push(base62(n));
        n /= 62;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generated_keys_have_the_documented_form() {
        let key = RawKey::generate().expect("randomness");
        let text = key.expose();
        assert_eq!(text.len(), 4 + 32 + 6);
        assert!(text.starts_with("evs_"));
        assert!(text[4..].bytes().all(|b| b.is_ascii_alphanumeric()));
        assert_eq!(checksum(&text[..36]), text[36..]);
        assert_ne!(text, RawKey::generate().expect("randomness").expose());
        assert_eq!(key.prefix(), text[..8]);
    }

    #[test]
    fn vendor_keys_are_taken_as_they_are() {
        let key = RawKey::import("My API Key").expect("blanks inside are legal");
        assert_eq!(key.expose(), "My API Key");
        assert!(key.hash().matches(KeyHash::of("My API Key").as_bytes()));
        assert!(!key.hash().matches(KeyHash::of("My API key").as_bytes()));
        for bad in ["", " x", "x ", "a\u{0}b", &"x".repeat(513)] {
            assert!(RawKey::import(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_key_is_never_shown_by_debug() {
        let key = RawKey::import("very-secret-text").expect("legal");
        assert!(!format!("{key:?}").contains("secret"));
    }
}
