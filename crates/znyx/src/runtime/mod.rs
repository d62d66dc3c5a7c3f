//! The vendor's runtime, which evaluates texts (contract §5): the one place to which this dialect
//! calls out. Its address comes from the configuration alone, never from a request.

mod evaluate;
pub mod events;
pub mod forward;
mod operation;
pub mod recorder;
pub mod trouble;

use std::sync::Arc;
use std::time::Duration;

use evalstone_core::error::{Error, Result};
use evalstone_kit::quantity::Span;
use reqwest::header::{HeaderMap, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Client, Url};
use tokio::sync::Semaphore;

use crate::settings::RuntimeSettings;

use evaluate::cause;
pub use evaluate::{Evaluated, Sample, Unevaluated};
pub use operation::Operation;
pub use trouble::Trouble;

/// How long a connection may take to come about.
const CONNECT: Duration = Duration::from_secs(5);

/// How long a connection is kept for the next call: less than the five seconds after which the
/// runtime's server closes it, which would break off a call that is just being sent.
const IDLE: Duration = Duration::from_secs(4);

/// A configured runtime.
#[derive(Clone, Debug)]
pub struct Runtime {
    client: Client,
    url: Url,
    timeout: Span,
    key_env: String,
    /// Who may call it for a benchmark.
    calls: Arc<Semaphore>,
}

impl Runtime {
    /// The configured runtime, if there is one.
    ///
    /// # Errors
    /// Invalid when its URL is none, or its key cannot stand in a header.
    pub fn of(settings: &RuntimeSettings) -> Result<Option<Self>> {
        let Some(url) = &settings.url else {
            return Ok(None);
        };
        let mut headers = HeaderMap::new();
        if let Some(key) = std::env::var(&settings.key_env).ok().filter(|key| !key.is_empty()) {
            headers.insert("x-api-key", key_header(&settings.key_env, &key)?);
        }
        // Whoever came first has chosen the same one.
        drop(rustls::crypto::ring::default_provider().install_default());
        let url = address(url)?;
        let mut client = Client::builder()
            .default_headers(headers)
            .connect_timeout(CONNECT)
            .pool_idle_timeout(IDLE)
            .timeout(settings.timeout.0)
            .redirect(Policy::none())
            .no_proxy();
        if url.scheme() == "http" {
            // Otherwise a system without certificates could not even be told so.
            client = client.tls_certs_only([]);
        }
        let client = client.build().map_err(|error| {
            let why = cause(&error);
            Error::invalid(format!("dialects.znyx.runtime.url: TLS is not to be had: {why}"))
        })?;
        let calls = Arc::new(Semaphore::new(settings.parallel.max(1) as usize));
        let (timeout, key_env) = (settings.timeout, settings.key_env.clone());
        Ok(Some(Self { client, url, timeout, key_env, calls }))
    }

    /// Its address, for people.
    #[must_use]
    pub fn url(&self) -> &str {
        self.url.as_str().trim_end_matches('/')
    }

    /// The address of one of its paths, such as `/v1/evaluate/input`.
    fn at(&self, path: &str) -> String {
        format!("{}{path}", self.url())
    }
}

/// The address as it is used and shown. Credentials in it would be shown with it, so there are none.
fn address(text: &str) -> Result<Url> {
    let invalid = || {
        Error::invalid(
            "dialects.znyx.runtime.url must be an address such as http://127.0.0.1:8080, without \
             user, password, query and fragment",
        )
    };
    let url = Url::parse(text).map_err(|_| invalid())?;
    let is_plain = url.username().is_empty() && url.password().is_none() && url.query().is_none();
    let is_http = matches!(url.scheme(), "http" | "https") && url.has_host();
    if is_plain && is_http && url.fragment().is_none() { Ok(url) } else { Err(invalid()) }
}

fn key_header(name: &str, key: &str) -> Result<HeaderValue> {
    let mut value = HeaderValue::from_str(key)
        .map_err(|_| Error::invalid(format!("{name} holds what no header can")))?;
    value.set_sensitive(true);
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        for url in ["http://127.0.0.1:8080", "https://runtime.internal/znyx/"] {
            let settings = RuntimeSettings { url: Some(url.to_owned()), ..Default::default() };
            let runtime = Runtime::of(&settings).expect("valid").expect("configured");
            assert_eq!(runtime.at("/x"), format!("{}/x", url.trim_end_matches('/')));
        }
        for bad in ["", "localhost:8080", "ftp://h", "http://u:p@h", "http://h?q=1", "http://h#f"] {
            let settings = RuntimeSettings { url: Some(bad.to_owned()), ..Default::default() };
            assert!(Runtime::of(&settings).is_err(), "{bad}");
        }
        assert!(Runtime::of(&RuntimeSettings::default()).expect("valid").is_none());
    }
}
