//! The dialect's own settings: `[dialects.aegis]` of the configuration.

use std::collections::BTreeMap;
use std::time::Duration;

use evalstone_core::error::{Error, Result};
use evalstone_evals::judge::{Judges, Model, Price};
use evalstone_kit::quantity::Span;
use serde::{Deserialize, Serialize};

/// Where the settings of models stand, for messages that name one.
const MODELS: &str = "dialects.aegis.models";

/// Settings of this dialect.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// The slug of the model that is asked where a request names none.
    pub default_model: String,
    /// The models that judge, by their slugs.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub models: BTreeMap<String, ModelSettings>,
    /// How runs are carried out.
    pub runs: RunSettings,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            default_model: "gpt-4o".to_owned(),
            models: BTreeMap::new(),
            runs: RunSettings::default(),
        }
    }
}

/// How runs are carried out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RunSettings {
    /// How long a request that waits for a run's end waits at the most.
    pub blocking_wait: Span,
    /// How many evaluations of a run ask models at the same time.
    pub parallel: u32,
    /// Whether a model is not asked again what it has answered before.
    pub cache: bool,
    /// How long its answers are kept for that.
    pub cache_for: Span,
    /// The most evaluations that one run may come to.
    pub evaluations: u64,
    /// How much an organization's evaluations may cost altogether; no limit without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub budget: Option<f64>,
}

impl Default for RunSettings {
    fn default() -> Self {
        Self {
            blocking_wait: Span(Duration::from_secs(280)),
            parallel: 8,
            cache: true,
            cache_for: Span(Duration::from_secs(30 * 24 * 60 * 60)),
            evaluations: 5_000_000,
            budget: None,
        }
    }
}

/// An OpenAI-compatible endpoint.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelSettings {
    /// The base URL, such as `https://api.openai.com/v1`.
    pub url: String,
    /// What the endpoint calls the model; its slug by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The environment variable that holds the key; `EVALSTONE_MODEL_KEY_` and the slug in capitals by
    /// default, so that no endpoint gets another one's key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_env: Option<String>,
    /// How long one call may take.
    #[serde(default = "timeout")]
    pub timeout: Span,
    /// How often a call is repeated that failed for a reason that passes.
    #[serde(default = "retries")]
    pub retries: u32,
    /// How many calls are made at the same time.
    #[serde(default = "parallel")]
    pub parallel: u32,
    /// What a million tokens that it reads cost, with up to six decimals.
    #[serde(default)]
    pub input_price: f64,
    /// What a million tokens that it writes cost.
    #[serde(default)]
    pub output_price: f64,
}

/// The environment variable that holds a model's key where none is named.
fn key_env(slug: &str) -> String {
    let sign =
        |sign: char| if sign.is_ascii_alphanumeric() { sign.to_ascii_uppercase() } else { '_' };
    format!("EVALSTONE_MODEL_KEY_{}", slug.chars().map(sign).collect::<String>())
}

const fn timeout() -> Span {
    Span(Duration::from_secs(60))
}

const fn retries() -> u32 {
    3
}

const fn parallel() -> u32 {
    8
}

impl Settings {
    /// The models that judge.
    ///
    /// # Errors
    /// Invalid when a price or the budget is none.
    pub fn judges(&self) -> Result<Judges> {
        if self.runs.budget.is_some_and(|budget| !(0.0..9e6).contains(&budget)) {
            return Err(Error::invalid("dialects.aegis.runs.budget must be from 0 to 9000000"));
        }
        let model =
            |(slug, settings): (&String, &ModelSettings)| Ok((slug.clone(), settings.model(slug)?));
        let models = self.models.iter().map(model).collect::<Result<_>>()?;
        Ok(Judges::new(models).with_setting(MODELS))
    }

    /// What an organization may spend, in millionths of a millionth of a unit.
    pub fn budget(&self) -> Option<i64> {
        self.runs.budget.map(|budget| (budget * 1e12) as i64)
    }
}

impl ModelSettings {
    fn model(&self, slug: &str) -> Result<Model> {
        let Self { url, name, key_env, timeout, retries, parallel, input_price, output_price } =
            self;
        let price = |which: &str, price: f64| {
            if price.is_finite() && (0.0..1e6).contains(&price) {
                return Ok(Price((price * 1e6).round() as u64));
            }
            Err(Error::invalid(format!("{MODELS}.{slug}.{which}: {price} is no price")))
        };
        let key_env = key_env.clone().unwrap_or_else(|| self::key_env(slug));
        let key = std::env::var(&key_env).ok().filter(|key| !key.is_empty());
        Ok(Model {
            url: url.clone(),
            name: name.clone().unwrap_or_else(|| slug.to_owned()),
            key: key.map(Into::into),
            key_source: key_env,
            timeout: timeout.0,
            retries: *retries,
            parallel: (*parallel).max(1) as usize,
            input_price: price("input_price", *input_price)?,
            output_price: price("output_price", *output_price)?,
        })
    }
}
