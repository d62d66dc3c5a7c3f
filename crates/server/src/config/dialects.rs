//! Which dialects are served, and where.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use serde::{Deserialize, Deserializer, Serialize};
use toml::Table;

use super::UpstreamSettings;
use crate::dialects;

/// Settings of one dialect.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DialectSettings {
    /// Whether it is served at all.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// An address of its own, where this dialect is served alone, besides the common one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub listen: Option<SocketAddr>,
    /// The vendor's own server, for the time of moving.
    #[serde(default)]
    pub upstream: UpstreamSettings,
    /// What only this dialect has: all of it, defaults too.
    #[serde(flatten)]
    pub own: Table,
}

fn yes() -> bool {
    true
}

impl DialectSettings {
    /// The settings of a dialect of which nothing is said.
    fn of(name: &str) -> Self {
        let own = dialects::own_settings(name, Table::new()).unwrap_or_default();
        Self { enabled: true, listen: None, upstream: UpstreamSettings::default(), own }
    }
}

/// The settings of every dialect by its short name.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Dialects(pub BTreeMap<String, DialectSettings>);

impl Default for Dialects {
    fn default() -> Self {
        Self(dialects::names().map(|name| (name.to_owned(), DialectSettings::of(name))).collect())
    }
}

impl Dialects {
    /// The settings of the dialect of that name.
    #[must_use]
    pub fn of(&self, name: &str) -> DialectSettings {
        self.0.get(name).cloned().unwrap_or_else(|| DialectSettings::of(name))
    }
}

/// What a file leaves out keeps its default; a name that is no dialect's is an error.
impl<'de> Deserialize<'de> for Dialects {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut all = Self::default();
        for (name, given) in BTreeMap::<String, DialectSettings>::deserialize(deserializer)? {
            let own = dialects::own_settings(&name, given.own)
                .map_err(|why| serde::de::Error::custom(format!("dialects.{name}: {why}")))?;
            all.0.insert(name, DialectSettings { own, ..given });
        }
        Ok(all)
    }
}
