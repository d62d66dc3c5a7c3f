//! Which database, and how it is used.

use std::fmt;
use std::num::NonZero;
use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::text::Span;

/// What stands in the place of a password.
const MASK: &str = "***";
/// A slow statement must not keep everyone else waiting, on however small a machine.
const LEAST_CONNECTIONS: u32 = 4;

/// Settings of the database.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Database {
    /// `sqlite:PATH` or `postgres://…`; without one, SQLite in the data directory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<DatabaseUrl>,
    /// How many connections serve requests; 0 means by the number of cores, not of clients.
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

    /// The URL with its password masked, wherever one may stand in it.
    #[must_use]
    pub fn masked(&self) -> String {
        let Some((scheme, rest)) = self.expose().split_once("://") else {
            // Without an authority there is no place for a password: `sqlite:PATH`.
            return mask_parameters(self.expose());
        };
        // A password may hold any of `/?#@` by mistake; up to the last `@` all of it is masked.
        match rest.rsplit_once('@') {
            None => format!("{scheme}://{}", mask_parameters(rest)),
            Some((credentials, host)) => {
                let user = credentials.split(':').next().unwrap_or_default();
                let colon = if credentials.contains(':') { ":" } else { "" };
                let mask = if colon.is_empty() { "" } else { MASK };
                format!("{scheme}://{user}{colon}{mask}@{}", mask_parameters(host))
            }
        }
    }
}

/// Masks what follows `password=` or `sslpassword=` in a query string.
fn mask_parameters(text: &str) -> String {
    let Some((path, query)) = text.split_once('?') else {
        return text.to_owned();
    };
    let parameters: Vec<String> = query
        .split('&')
        .map(|parameter| match parameter.split_once('=') {
            Some((name, _)) if name.to_ascii_lowercase().ends_with("password") => {
                format!("{name}={MASK}")
            }
            _ => parameter.to_owned(),
        })
        .collect();
    format!("{path}?{}", parameters.join("&"))
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
            ("sqlite:data/evalstone.db", "sqlite:data/evalstone.db"),
        ] {
            let url = DatabaseUrl::from(url.to_owned());
            assert_eq!(url.masked(), shown);
            assert_eq!(format!("{url:?}"), shown);
        }
    }
}
