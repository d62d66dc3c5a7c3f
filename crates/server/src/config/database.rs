//! Which database, and how it is used.

use std::fmt;
use std::num::NonZero;
use std::time::Duration;

use evalstone_kit::quantity::Span;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What stands in the place of a password.
const MASK: &str = "***";
/// The end of every parameter's name that holds one: `password`, `sslpassword`.
const PARAMETER: &str = "password=";
/// A slow statement must not keep everyone else waiting, on however small a machine.
const LEAST_CONNECTIONS: u32 = 4;

/// Settings of the database.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Database {
    /// `sqlite:PATH` or `postgres://…`; without one, SQLite in the data directory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<DatabaseUrl>,
    /// How many connections serve requests at a time; 0 means by the number of cores, not of clients.
    pub pool_size: u32,
    /// How long one statement may take on Postgres, uploads excepted.
    pub statement_timeout: Span,
}

impl Default for Database {
    fn default() -> Self {
        Self { url: None, pool_size: 0, statement_timeout: Span(Duration::from_secs(15)) }
    }
}

impl Database {
    /// How many connections to open.
    #[must_use]
    pub fn connections(&self) -> u32 {
        if self.pool_size > 0 {
            return self.pool_size;
        }
        let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
        u32::try_from(cores * 2).unwrap_or(u32::MAX).max(LEAST_CONNECTIONS)
    }
}

/// A database's URL. Its password is never shown: not by `Debug`, not by `config show`.
#[derive(Clone)]
pub struct DatabaseUrl(SecretString);

impl DatabaseUrl {
    /// The URL with its password.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// The URL with its password masked, wherever one may stand in it. What follows a password in
    /// the query string is not shown either: nobody can tell where it ends.
    #[must_use]
    pub fn masked(&self) -> String {
        let (shown, end) = match self.expose().to_ascii_lowercase().find(PARAMETER) {
            Some(at) => (&self.expose()[..at + PARAMETER.len()], MASK),
            None => (self.expose(), ""),
        };
        let Some((scheme, rest)) = shown.split_once("://") else {
            // Without an authority there is no place for credentials: `sqlite:PATH`.
            return format!("{shown}{end}");
        };
        // A password may hold any of `/?#@` by mistake; up to the last `@` all of it is masked.
        match rest.rsplit_once('@') {
            Some((credentials, host)) => match credentials.split_once(':') {
                Some((user, _)) => format!("{scheme}://{user}:{MASK}@{host}{end}"),
                None => format!("{scheme}://{rest}{end}"),
            },
            None => format!("{scheme}://{rest}{end}"),
        }
    }

    /// A text about this URL without what may be a part of its password: where libpq cannot read a
    /// URL, it quotes the place.
    #[must_use]
    pub fn redact(&self, text: &str) -> String {
        let url = self.expose();
        let masked = self.masked();
        let mut parts: Vec<String> = Vec::new();
        for (n, part) in text.split('"').enumerate() {
            let secret = n % 2 == 1 && url.contains(part) && !masked.contains(part);
            parts.push(if secret { MASK.to_owned() } else { part.to_owned() });
        }
        parts.join("\"")
    }
}

impl From<String> for DatabaseUrl {
    fn from(url: String) -> Self {
        Self(url.into())
    }
}

impl PartialEq for DatabaseUrl {
    fn eq(&self, other: &Self) -> bool {
        self.expose() == other.expose()
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

impl<'de> Deserialize<'de> for DatabaseUrl {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::from)
    }
}

impl Serialize for DatabaseUrl {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.masked())
    }
}

#[cfg(test)]
mod tests {
    use super::DatabaseUrl;

    #[test]
    fn passwords_are_masked_wherever_they_stand() {
        for (url, shown) in [
            (
                "postgres://u:hush@h:5432/d?sslmode=require",
                "postgres://u:***@h:5432/d?sslmode=require",
            ),
            ("postgres://u:hu/s@h?x@h/d", "postgres://u:***@h/d"),
            ("postgres://u:@h/d", "postgres://u:***@h/d"),
            ("postgres://u@h/d", "postgres://u@h/d"),
            ("postgres:///d?host=/run&password=hush", "postgres:///d?host=/run&password=***"),
            ("postgres://u@h:1/d?password=hu@sh&x=y", "postgres://u@h:1/d?password=***"),
            ("postgres://u:hush@h/d?sslPassword=hush", "postgres://u:***@h/d?sslPassword=***"),
            ("sqlite:data/evalstone.db", "sqlite:data/evalstone.db"),
        ] {
            let url = DatabaseUrl::from(url.to_owned());
            assert_eq!(url.masked(), shown);
            assert_eq!(format!("{url:?}"), shown);
        }
    }

    #[test]
    fn what_libpq_quotes_of_a_password_is_masked() {
        for (url, text, shown) in [
            ("postgres://u:hu%zz@h/d", "invalid percent-encoded token: \"hu%zz\"", "\"***\""),
            ("postgres://u:hu/sh@h/d", "invalid integer value \"hu\" for \"port\"", "\"***\" for"),
            ("postgres://u:hush@h/d", "role \"u\" does not exist", "role \"u\" does"),
        ] {
            let text = DatabaseUrl::from(url.to_owned()).redact(text);
            assert!(
                text.contains(shown) && !text.contains("hu%") && !text.contains("\"hu"),
                "{text}"
            );
        }
    }
}
