//! The vendor's own server, beside which a dialect runs for the time of moving.

use evalstone_kit::quantity::{Size, Span};
use serde::{Deserialize, Serialize};

use std::time::Duration;

/// Settings of one dialect's upstream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct UpstreamSettings {
    /// Its address; the vendor's paths are appended. None when there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// What it is for.
    pub mode: Mode,
    /// How long it may take until its answer begins, and between two pieces of it.
    pub timeout: Span,
    /// The largest body of a call, and of the answer to a call that changes something.
    pub body: Size,
    /// The largest answer that is compared, and the largest JSON body whose ids are translated.
    pub compared: Size,
    /// How many calls wait at the most: to be carried out here, or to be compared.
    pub queue: u32,
}

/// What an upstream is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Nothing. What was missed before is still made up for.
    Off,
    /// It answers, and what it has changed is changed here too.
    Mirror,
    /// The gateway answers, and the upstream's answers are compared with its own.
    Diff,
}

impl Default for UpstreamSettings {
    fn default() -> Self {
        Self {
            url: None,
            mode: Mode::Off,
            timeout: Span(Duration::from_secs(60)),
            body: Size(4 << 30),
            compared: Size(16 << 20),
            queue: 1_000,
        }
    }
}
