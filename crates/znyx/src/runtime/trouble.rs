//! What can go wrong between the gateway and the runtime. The texts are for callers: they name the
//! configured address, the cause, and the setting that helps.

use std::fmt;
use std::time::Duration;

use evalstone_kit::quantity::Span;

use super::evaluate::cause;

/// Why there is no answer of the runtime's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// The runtime's address.
    pub url: String,
    /// What happened.
    pub what: What,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// No connection came about.
    Unreachable(String),
    /// The connection broke off.
    Broken(String),
    /// There was no answer in time.
    Slow(Span),
    /// It does not take the key that the gateway has for it.
    Refused {
        /// What it answered.
        status: u16,
        /// The environment variable that holds the key.
        key_env: String,
    },
    /// It answered as no runtime does.
    Strange(u16),
    /// Its answer does not end.
    Endless,
}

impl Trouble {
    /// What an error of the client means.
    pub fn of(url: &str, timeout: Span, error: &reqwest::Error) -> Self {
        let what = if error.is_connect() {
            What::Unreachable(cause(error))
        } else if error.is_timeout() {
            What::Slow(timeout)
        } else {
            What::Broken(cause(error))
        };
        Self { url: url.to_owned(), what }
    }

    /// Whether it was the time that ran out.
    pub const fn is_slow(&self) -> bool {
        matches!(self.what, What::Slow(_))
    }
}

/// What breaks off a stream in its middle is told to the log alone: the answer has begun.
impl From<Trouble> for evalstone_core::error::Error {
    fn from(trouble: Trouble) -> Self {
        Self::unavailable(trouble.to_string(), Duration::from_secs(1))
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { url, what } = self;
        match what {
            What::Unreachable(why) => write!(f, "The runtime at {url} cannot be reached: {why}"),
            What::Broken(why) => {
                write!(f, "The connection to the runtime at {url} broke off: {why}")
            }
            What::Slow(timeout) => write!(
                f,
                "The runtime at {url} has not answered within {timeout} (setting \
                 dialects.znyx.runtime.timeout)"
            ),
            What::Refused { status, key_env } => write!(
                f,
                "The runtime at {url} answers {status} to the gateway's own key: {key_env} must hold \
                 the runtime's RUNTIME_API_KEY (setting dialects.znyx.runtime.key_env)"
            ),
            What::Strange(status) => write!(
                f,
                "What answers {status} at {url} is no runtime (setting dialects.znyx.runtime.url)"
            ),
            What::Endless => write!(f, "The answer of the runtime at {url} is too long"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn every_text_names_the_address_and_the_setting_that_helps() {
        let key_env = "KEY".to_owned();
        for (what, shown) in [
            (What::Unreachable("no".to_owned()), "The runtime at http://r cannot be reached: no"),
            (
                What::Broken("no".to_owned()),
                "The connection to the runtime at http://r broke off: no",
            ),
            (
                What::Slow(Span(Duration::from_millis(200))),
                "The runtime at http://r has not answered within 200ms (setting dialects.znyx.runtime.timeout)",
            ),
            (
                What::Refused { status: 401, key_env },
                "The runtime at http://r answers 401 to the gateway's own key: KEY must hold the runtime's RUNTIME_API_KEY (setting dialects.znyx.runtime.key_env)",
            ),
            (
                What::Strange(404),
                "What answers 404 at http://r is no runtime (setting dialects.znyx.runtime.url)",
            ),
            (What::Endless, "The answer of the runtime at http://r is too long"),
        ] {
            let is_slow = matches!(what, What::Slow(_));
            let trouble = Trouble { url: "http://r".to_owned(), what };
            assert_eq!((trouble.to_string().as_str(), trouble.is_slow()), (shown, is_slow));
        }
    }
}
