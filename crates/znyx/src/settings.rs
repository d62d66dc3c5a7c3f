//! The dialect's own settings: `[dialects.znyx]` of the configuration.

use std::time::Duration;

use evalstone_kit::quantity::Span;
use serde::{Deserialize, Serialize};

/// Settings of this dialect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Whether new organizations get the gateway's own sample sets, as the vendor's do.
    pub seed_samples: bool,
    /// The runtime that evaluates.
    pub runtime: RuntimeSettings,
    /// How benchmarks are run.
    pub benchmarks: BenchmarkSettings,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            seed_samples: true,
            runtime: RuntimeSettings::default(),
            benchmarks: BenchmarkSettings::default(),
        }
    }
}

/// Where the runtime is that evaluates texts, and how patient the gateway is with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RuntimeSettings {
    /// Its address, such as `http://127.0.0.1:8080`; without one nothing is evaluated here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The environment variable that holds its key (the runtime's `RUNTIME_API_KEY`).
    pub key_env: String,
    /// How long it may take for one call.
    pub timeout: Span,
    /// How many calls a benchmark makes at the same time.
    pub parallel: u32,
    /// How long a benchmark goes on trying a runtime that is down or overloaded.
    pub patience: Span,
    /// What is kept of the verdicts that are forwarded.
    pub record: Record,
}

/// What is kept of the verdicts that are forwarded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Record {
    /// Everything, the evaluated text too.
    #[default]
    All,
    /// What a runtime's own telemetry tells: neither the text nor the caller's metadata.
    Metadata,
    /// Nothing.
    None,
}

impl Default for RuntimeSettings {
    fn default() -> Self {
        Self {
            url: None,
            key_env: "EVALSTONE_ZNYX_RUNTIME_KEY".to_owned(),
            timeout: Span(Duration::from_secs(30)),
            parallel: 4,
            patience: Span(Duration::from_secs(60)),
            record: Record::default(),
        }
    }
}

/// How benchmarks are run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BenchmarkSettings {
    /// The most samples of a run that may end within the request that starts it.
    pub inline_samples: u32,
    /// How long that request waits for the end.
    pub inline_wait: Span,
    /// How long a runtime that works on a run may be silent before another takes it over: longer than it
    /// takes to evaluate the two hundred samples that it reports at a time.
    pub lease: Span,
    /// Whether REDACT and TRANSFORM count as one decision.
    pub lenient: bool,
}

impl Default for BenchmarkSettings {
    fn default() -> Self {
        Self {
            inline_samples: 1000,
            inline_wait: Span(Duration::from_secs(50)),
            lease: Span(Duration::from_secs(5 * 60)),
            lenient: false,
        }
    }
}
