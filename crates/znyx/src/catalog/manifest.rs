//! What an entry says of itself.

use evalstone_core::error::{Error, Result};
use evalstone_core::text::check_plain;
use serde::Deserialize;

/// A manifest, in TOML or JSON.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The entry's id, which is its directory's name.
    pub id: String,
    /// The name that people read.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// The theme.
    pub category: Option<String>,
    /// How far it can be trusted.
    #[serde(default = "community")]
    pub trust_level: String,
    /// Under which licence its samples are.
    pub licence: Option<String>,
    /// How many samples it has, as its author says.
    pub sample_count: Option<u32>,
    /// The file with the samples, beside the manifest.
    pub data: Option<String>,
}

/// The trust level of what somebody else has labelled (contract §4.4).
fn community() -> String {
    "community".to_owned()
}

impl Manifest {
    /// Reads a manifest in TOML.
    ///
    /// # Errors
    /// Invalid, saying what is wrong.
    pub fn of_toml(text: &str) -> Result<Self> {
        let manifest: Self =
            toml::from_str(text).map_err(|error| Error::invalid(error.message()))?;
        manifest.checked()
    }

    /// Reads a manifest in JSON.
    ///
    /// # Errors
    /// Invalid, saying what is wrong.
    pub fn of_json(text: &str) -> Result<Self> {
        let manifest: Self =
            serde_json::from_str(text).map_err(|error| Error::invalid(error.to_string()))?;
        manifest.checked()
    }

    /// The manifest, whose texts a database can hold.
    fn checked(self) -> Result<Self> {
        let Self {
            id,
            name,
            description,
            category,
            trust_level,
            licence: _,
            sample_count: _,
            data: _,
        } = &self;
        let texts = [
            ("id", Some(id)),
            ("name", Some(name)),
            ("description", description.as_ref()),
            ("category", category.as_ref()),
            ("trust_level", Some(trust_level)),
        ];
        for (field, text) in texts {
            check_plain(field, text.map_or("", String::as_str))?;
        }
        Ok(self)
    }
}
