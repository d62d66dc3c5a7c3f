//! The models that requests can name (contract §4.6).

use std::collections::BTreeMap;

use evalstone_core::error::{Error, Kind, Result};

use crate::settings::{ModelSettings, Settings};

/// Slugs that the vendor's documentation uses. They can be named without being configured, since
/// structural metrics ask no model.
const DOCUMENTED: [(&str, &str); 2] = [("gpt-4o", "OpenAI"), ("o4-mini", "OpenAI")];

/// A model that requests can name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownModel {
    /// The stable place in the list, from 1.
    pub id: i64,
    /// The slug.
    pub slug: String,
    /// What its endpoint calls it.
    pub name: String,
    /// Whose it is, as far as that is known.
    pub supplier: Option<String>,
    /// Whether an endpoint is configured.
    pub configured: bool,
}

/// The models that requests can name.
#[derive(Clone, Debug)]
pub struct Models {
    default: String,
    known: Vec<KnownModel>,
}

impl Models {
    /// The configured models, and those of the vendor's documentation.
    pub fn of(settings: &Settings) -> Self {
        let Settings { default_model, models, .. } = settings;
        let mut slugs: BTreeMap<&str, Option<&ModelSettings>> =
            models.iter().map(|(slug, model)| (slug.as_str(), Some(model))).collect();
        for (slug, _) in DOCUMENTED {
            slugs.entry(slug).or_default();
        }
        slugs.entry(default_model).or_default();
        let known = slugs.into_iter().zip(1..).map(|((slug, model), id)| KnownModel {
            id,
            slug: slug.to_owned(),
            name: model.and_then(|model| model.name.clone()).unwrap_or_else(|| slug.to_owned()),
            supplier: DOCUMENTED
                .into_iter()
                .find_map(|(known, supplier)| (known == slug).then(|| supplier.to_owned())),
            configured: model.is_some(),
        });
        Self { default: default_model.clone(), known: known.collect() }
    }

    /// The slug that is named, or the default one.
    ///
    /// # Errors
    /// Not found for one that is none.
    pub fn resolve(&self, slug: Option<&str>) -> Result<String> {
        let slug = slug.unwrap_or(&self.default);
        if self.known.iter().any(|model| model.slug == slug) {
            return Ok(slug.to_owned());
        }
        let known: Vec<&str> = self.known.iter().map(|model| model.slug.as_str()).collect();
        let known = known.join(", ");
        Err(Error::new(Kind::NotFound, format!("Model {slug:?} not found; there are {known}")))
    }

    /// All of them.
    pub fn all(&self) -> &[KnownModel] {
        &self.known
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documented_and_configured_models_can_be_named() {
        let models = Models::of(&Settings::default());
        assert_eq!(models.resolve(None).expect("the default"), "gpt-4o");
        assert_eq!(models.resolve(Some("o4-mini")).expect("documented"), "o4-mini");
        let error = models.resolve(Some("gpt-5")).expect_err("unknown");
        assert_eq!(error.message(), "Model \"gpt-5\" not found; there are gpt-4o, o4-mini");
        let settings = Settings { default_model: "ours".to_owned(), ..Settings::default() };
        assert_eq!(Models::of(&settings).resolve(None).expect("the default"), "ours");
    }
}
