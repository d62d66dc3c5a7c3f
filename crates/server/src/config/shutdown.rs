//! How the gateway stops.

use std::time::Duration;

use evalstone_kit::quantity::Span;
use serde::{Deserialize, Serialize};

/// Settings of a graceful stop.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Shutdown {
    /// How long requests are still accepted after SIGTERM while `/readyz` answers 503, so that
    /// load balancers notice.
    pub grace: Span,
    /// How long requests that have begun may go on after that.
    pub drain: Span,
}

impl Default for Shutdown {
    fn default() -> Self {
        Self { grace: Span(Duration::from_secs(5)), drain: Span(Duration::from_secs(25)) }
    }
}
