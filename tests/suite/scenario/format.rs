//! The scenario files' own words.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::upstream::Canned;

/// A scenario: steps played in their order on a gateway of their own.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// One sentence: what it shows.
    pub about: String,
    /// The text of a configuration file for the gateway.
    pub config: Option<String>,
    /// Environment variables for the gateway.
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    /// What a service answers that the gateway calls. `{{upstream}}` in `config` is its address.
    #[serde(default)]
    pub upstream: Vec<Canned>,
    /// The steps.
    #[serde(rename = "step")]
    pub steps: Vec<Step>,
}

/// One request and what must come back.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// What the step shows; a failure names it.
    pub name: String,
    /// The method and the path with its query.
    pub request: Option<String>,
    /// Instead of a request: a curl line, run by a shell as it stands.
    pub curl: Option<String>,
    /// Who asks: the name of an identity, `none`, or nothing for the admin.
    pub key: Option<String>,
    /// What is sent besides.
    #[serde(default)]
    pub send: Send,
    /// What must come back.
    pub expect: Expect,
    /// Whether it may take a while until it does: the request is sent again until then.
    #[serde(default)]
    pub eventually: bool,
    /// Variables for later steps, each with the JSON pointer (or `header NAME`) of its value.
    #[serde(default)]
    pub capture: BTreeMap<String, String>,
}

/// What a request carries besides its key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Send {
    /// Headers.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// A JSON body, sent as it is written here with its content type.
    pub json: Option<String>,
    /// A body of any text, sent without a content type of its own.
    pub body: Option<String>,
    /// A body of any bytes, in hexadecimal.
    pub hex: Option<String>,
    /// A body from a file under `tests/data`.
    pub file: Option<String>,
    /// The parts of a multipart form, in the order in which they are sent.
    #[serde(default)]
    pub parts: Vec<Part>,
    /// Whether the body is sent in chunks, without its length.
    #[serde(default)]
    pub chunked: bool,
}

/// A part of a multipart form. It has exactly one of `text`, `hex` and `file`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// The field's name.
    pub name: String,
    /// The file name, if the part is a file.
    pub filename: Option<String>,
    /// The part's content type.
    pub content_type: Option<String>,
    /// The content.
    pub text: Option<String>,
    /// The content in hexadecimal.
    pub hex: Option<String>,
    /// The content from a file under `tests/data`.
    pub file: Option<String>,
}

/// What must come back. What is not said is not checked, but for `X-Request-Id`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expect {
    /// The status code.
    pub status: u16,
    /// Headers: a value, a matcher, or `<absent>`.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// The body as JSON, with matchers.
    pub json: Option<String>,
    /// The body, byte by byte.
    pub body: Option<String>,
    /// Texts that stand in the body, byte by byte.
    #[serde(default)]
    pub contains: Vec<String>,
    /// Texts that stand nowhere in the body.
    #[serde(default)]
    pub lacks: Vec<String>,
    /// Whether the keys of `json` may come in another order.
    #[serde(default)]
    pub any_key_order: bool,
}

impl Step {
    /// The variables that it sets.
    pub fn captured(&self) -> impl Iterator<Item = &str> {
        self.capture.keys().map(String::as_str)
    }
}

impl Send {
    /// Every text of it in which variables may stand.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        let parts = self.parts.iter().filter_map(|part| part.text.as_ref());
        let bodies = self.json.iter().chain(&self.body);
        bodies.chain(parts).chain(self.headers.values()).map(String::as_str)
    }
}

impl Expect {
    /// Any answer of this status.
    pub fn status(status: u16) -> Self {
        Self { status, ..Self::default() }
    }
}
