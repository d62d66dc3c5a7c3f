//! What a model needs to be asked.

use std::time::Duration;

use secrecy::SecretString;

/// An OpenAI-compatible endpoint.
#[derive(Clone, Debug)]
pub struct Model {
    /// The base URL, such as `https://api.openai.com/v1`.
    pub url: String,
    /// What the endpoint calls the model.
    pub name: String,
    /// The key; none for an endpoint that wants none.
    pub key: Option<SecretString>,
    /// What the key is read from, for people who have to set one: an environment variable's name, say.
    pub key_source: String,
    /// How long one call may take.
    pub timeout: Duration,
    /// How often a call is repeated that failed for a reason that passes.
    pub retries: u32,
    /// How many calls are made at the same time.
    pub parallel: usize,
    /// What a million tokens that it reads cost.
    pub input_price: Price,
    /// What a million tokens that it writes cost.
    pub output_price: Price,
}

/// A price for a million tokens, in millionths of a unit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Price(pub u64);
