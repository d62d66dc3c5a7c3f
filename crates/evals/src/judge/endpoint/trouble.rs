//! Why a call came to nothing, and what to do about it.

use std::time::Duration;

use evalstone_core::json::{MAX_DEPTH, View};
use reqwest::StatusCode;
use secrecy::ExposeSecret as _;

use super::super::settings::Model;

/// The most that is told, an endpoint's own words among it, in characters.
const TOLD: usize = 300;

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
            Self::Status { status, .. }
                if model.key.is_none() && matches!(status.as_u16(), 401 | 403) =>
            {
                format!("wants a key ({status}); no key is set, give one in {}", model.key_source)
            }
            Self::Status { status, said } => refusal(*status, said),
            Self::Endless(most) => format!("answered more than {most} bytes"),
            Self::Useless(why) => why.clone(),
        };
        let text = match &model.key {
            Some(key) if !key.expose_secret().is_empty() => text.replace(key.expose_secret(), "…"),
            _ => text,
        };
        // Only now, for a key that is cut in two is no longer found.
        text.chars().take(TOLD).collect()
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
    message.split_whitespace().collect::<Vec<_>>().join(" ")
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
    use super::super::super::settings::Price;
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
    }

    fn model(key: Option<&str>) -> Model {
        Model {
            url: "http://127.0.0.1:9".to_owned(),
            name: "m".to_owned(),
            key: key.map(Into::into),
            key_source: "JUDGE_KEY".to_owned(),
            timeout: Duration::from_secs(1),
            retries: 0,
            parallel: 1,
            input_price: Price(0),
            output_price: Price(0),
        }
    }

    #[test]
    fn a_key_is_taken_out_before_the_text_is_cut() {
        let model = model(Some("sk-0123456789"));
        let text = |what: What| what.text(&model);
        let [bad, limit] = [StatusCode::BAD_REQUEST, StatusCode::IM_A_TEAPOT];
        for length in 0..2 * TOLD {
            let said = format!("{}sk-0123456789 and more", "é".repeat(length));
            for told in [
                text(What::Status { status: bad, said: said.clone() }),
                text(What::Status { status: limit, said: said.clone() }),
                text(What::Useless(said)),
            ] {
                assert!(!told.contains("sk-") && told.chars().count() <= TOLD, "{told}");
            }
        }
    }

    #[test]
    fn a_key_that_is_not_set_is_named() {
        let what = || What::Status { status: StatusCode::UNAUTHORIZED, said: String::new() };
        assert_eq!(
            what().text(&model(None)),
            "wants a key (401 Unauthorized); no key is set, give one in JUDGE_KEY"
        );
        assert!(
            what().text(&model(Some("sk-1"))).starts_with("refuses the key (401 Unauthorized)")
        );
    }
}
