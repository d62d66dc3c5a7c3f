//! Which dialects are served, and where.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use serde::{Deserialize, Deserializer, Serialize};

use crate::dialects;

/// Settings of one dialect.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DialectSettings {
    /// Whether it is served at all.
    pub enabled: bool,
    /// An address of its own, where this dialect is served alone, besides the common one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub listen: Option<SocketAddr>,
}

impl Default for DialectSettings {
    fn default() -> Self {
        Self { enabled: true, listen: None }
    }
}

/// The settings of every dialect by its short name.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Dialects(pub BTreeMap<String, DialectSettings>);

impl Default for Dialects {
    fn default() -> Self {
        Self(dialects::names().map(|name| (name.to_owned(), DialectSettings::default())).collect())
    }
}

impl Dialects {
    /// The settings of the dialect of that name.
    #[must_use]
    pub fn of(&self, name: &str) -> DialectSettings {
        self.0.get(name).cloned().unwrap_or_default()
    }
}

/// What a file leaves out keeps its default; a name that is no dialect's is an error.
impl<'de> Deserialize<'de> for Dialects {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut all = Self::default();
        for (name, settings) in BTreeMap::<String, DialectSettings>::deserialize(deserializer)? {
            let Some(slot) = all.0.get_mut(&name) else {
                let known: Vec<&str> = dialects::names().collect();
                let text = format!("no dialect is called {name:?}; there are {}", known.join(", "));
                return Err(serde::de::Error::custom(text));
            };
            *slot = settings;
        }
        Ok(all)
    }
}
