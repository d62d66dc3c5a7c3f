//! Why a call came to nothing, and what to do about it.

use std::time::Duration;

use evalstone_core::json::{MAX_DEPTH, View};
use reqwest::StatusCode;
use secrecy::ExposeSecret as _;

use super::super::settings::Model;

/// The most of an endpoint's own words that is shown, in characters.
const SHOWN: usize = 200;

/// Why a call came to nothing.
#[derive(Debug)]
pub struct Trouble {
    /// What is the matter.
    pub what: What,
    /// How long the endpoint asks to be left alone.
    pub asked_pause: Option<Duration>,
}

/// What is the matter with a call.
#[derive(Debug)]
pub enum What {
    /// No connection, or one that broke.
    Unreachable(String),
    /// No answer in time.
    Slow,
    /// An answer that says no.
    Status {
        /// The status.
        status: StatusCode,
        /// What it said.
        said: String,
    },
    /// An answer longer than this many bytes.
    Endless(usize),
    /// An answer without a use, in words that begin with a verb.
    Useless(String),
}

impl Trouble {
    /// What a call that got no answer failed for.
    pub fn of(error: &reqwest::Error) -> Self {
        let what = if error.is_timeout() && !error.is_connect() {
            What::Slow
        } else {
            What::Unreachable(cause(error))
        };
        Self { what, asked_pause: None }
    }
}

impl What {
    /// Whether the same call may do better later.
    pub fn passes(&self) -> bool {
        match self {
            Self::Unreachable(_) | Self::Slow => true,
            Self::Status { status, .. } => {
                matches!(status.as_u16(), 408 | 409 | 429) || status.is_server_error()
            }
            Self::Endless(_) | Self::Useless(_) => false,
        }
    }

    /// What is the matter, in words that begin with a verb, and what to check. The key is not in
    /// them, even where the endpoint repeats it.
    pub fn text(&self, model: &Model) -> String {
        let text = match self {
            Self::Unreachable(why) => format!("cannot be reached: {why}; check its url"),
            Self::Slow => format!("did not answer within {:?}", model.timeout),
            Self::Status { status, said } => refusal(*status, said),
            Self::Endless(most) => format!("answered more than {most} bytes"),
            Self::Useless(why) => why.clone(),
        };
        match &model.key {
            Some(key) if !key.expose_secret().is_empty() => text.replace(key.expose_secret(), "…"),
            _ => text,
        }
    }
}

fn refusal(status: StatusCode, said: &str) -> String {
    let said = if said.is_empty() { String::new() } else { format!(": {said}") };
    match status.as_u16() {
        // What is said here may quote parts of the key.
        401 | 403 => format!("refuses the key ({status}); check the model's key"),
        404 => format!("knows no such path or model ({status}); check the model's url and name"),
        400 | 422 => format!("refuses the question ({status}); check the model's name{said}"),
        300..=399 => format!("is somewhere else ({status}); check the model's url"),
        _ => format!("answered {status}{said}"),
    }
}

/// The endpoint's own words on one line: `error.message` or `error` where that is a text.
pub fn said(text: &str) -> String {
    let view = View::parse(text, MAX_DEPTH).ok();
    let error = view.and_then(|view| view.get("error"));
    let message = error.and_then(|error| error.get("message").or(Some(error)));
    let message = message.and_then(View::as_text_lossy).unwrap_or_default();
    let line = message.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().take(SHOWN).collect()
}

/// What lies at the bottom of an error, such as `Connection refused (os error 111)`. Its own text
/// only repeats the address.
pub fn cause(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "timed out".to_owned();
    }
    let mut deepest: &dyn std::error::Error = error;
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    deepest.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_passes_is_tried_again() {
        let passes = |status: u16| {
            let status = StatusCode::from_u16(status).expect("a status");
            What::Status { status, said: String::new() }.passes()
        };
        for status in [408, 409, 429, 500, 502, 503, 504, 529] {
            assert!(passes(status), "{status}");
        }
        for status in [301, 400, 401, 403, 404, 413, 422] {
            assert!(!passes(status), "{status}");
        }
        assert!(What::Slow.passes());
        assert!(!What::Endless(1).passes());
    }

    #[test]
    fn only_an_error_message_is_shown() {
        assert_eq!(said(r#"{"error":{"message":"no\n such model"}}"#), "no such model");
        assert_eq!(said(r#"{"error":"overloaded"}"#), "overloaded");
        assert_eq!(said("<html>"), "");
        assert_eq!(said(&format!(r#"{{"error":"{}"}}"#, "é".repeat(1000))).chars().count(), SHOWN);
    }
}
