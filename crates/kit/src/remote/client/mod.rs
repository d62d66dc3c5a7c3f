//! How a server is asked: with a key, patience, and repetitions where they are safe.

mod walk;

use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

use chrono::Utc;
use evalstone_core::error::{Error, Kind, Result};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::multipart::Form;
use reqwest::redirect::Policy;
use reqwest::{Method, RequestBuilder, Response, StatusCode, Url};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::mpsc;
use tokio_util::io::{StreamReader, SyncIoBridge};

use super::Walk;
use super::elements::{Element, Piece, Wanted, elements};
use super::pause::{pauses, retry_after};
use walk::Elements;

/// How long a connection may take to come about.
const CONNECT: Duration = Duration::from_secs(10);
/// How much longer a server may take that is given a whole dataset: it answers when it has stored it.
const SLOWER: u32 = 15;
/// The longest answer that is read whole, in bytes.
const LONGEST: usize = 64 << 20;
/// How many bytes of a refusal are read.
const LONGEST_REFUSAL: usize = 64 << 10;
/// How many characters of a refusal are told.
const TOLD: usize = 300;

/// Where a server is and how it is asked.
#[derive(Clone, Debug)]
pub struct Server {
    /// Scheme, host and whatever stands before the vendor's own paths, without a slash at the end.
    pub url: String,
    /// The key, if one was given.
    pub key: Option<SecretString>,
    /// How long nothing may come before a request is given up.
    pub timeout: Duration,
    /// How often a request is repeated that fails for a reason that passes.
    pub retries: usize,
    /// The first of the pauses before repetitions.
    pub first_pause: Duration,
    /// What the dialect is told besides, by names that it knows.
    pub options: BTreeMap<String, String>,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            url: String::new(),
            key: None,
            timeout: Duration::from_secs(60),
            retries: 6,
            first_pause: Duration::from_millis(500),
            options: BTreeMap::new(),
        }
    }
}

/// A client of one server. Its key stands in no message.
#[derive(Clone, Debug)]
pub struct Client {
    http: reqwest::Client,
    /// For what takes the server long before it says anything.
    slow: reqwest::Client,
    base: String,
    retries: usize,
    first_pause: Duration,
}

/// Why a request came to nothing.
struct Trouble {
    error: Error,
    /// Whether it may be sent again though it changes something: the server has certainly not begun.
    untouched: bool,
    /// Whether the same request may do better later.
    passes: bool,
    /// How long the server asks to be left alone.
    asked: Option<Duration>,
}

impl Server {
    /// Takes options out; what is left over in the end nobody knows.
    ///
    /// # Errors
    /// Invalid, naming an option that the dialect does not know.
    pub fn known_options(&self, known: &[&str]) -> Result<()> {
        match self.options.keys().find(|name| !known.contains(&name.as_str())) {
            None => Ok(()),
            Some(name) if known.is_empty() => {
                Err(Error::invalid(format!("there is no option {name:?} here")))
            }
            Some(name) => Err(Error::invalid(format!(
                "there is no option {name:?} here; there are {}",
                known.join(", ")
            ))),
        }
    }

    /// The same server without one of these ends of its address, the longest that fits: users give
    /// the address that their SDK takes.
    #[must_use]
    pub fn without(mut self, ends: &[&str]) -> Self {
        let url = self.url.trim_end_matches('/');
        let fitting = ends.iter().filter_map(|end| url.strip_suffix(end));
        self.url = fitting.min_by_key(|rest| rest.len()).unwrap_or(url).to_owned();
        self
    }
}

impl Client {
    /// A client of this server; nothing is asked yet.
    ///
    /// # Errors
    /// Invalid when the address is none, or has credentials in it, or the key cannot stand in a header.
    pub fn new(server: &Server) -> Result<Self> {
        let url = address(&server.url)?;
        let mut headers = HeaderMap::new();
        if let Some(key) = &server.key {
            let mut value = HeaderValue::from_str(&format!("Bearer {}", key.expose_secret()))
                .map_err(|_| Error::invalid("the key holds what no header can"))?;
            value.set_sensitive(true);
            headers.insert(AUTHORIZATION, value);
        }
        // Whoever installed a provider before chose well enough.
        drop(rustls::crypto::ring::default_provider().install_default());
        let client = |timeout: Duration| {
            let mut http = reqwest::Client::builder()
                .default_headers(headers.clone())
                .user_agent(concat!("evalstone/", env!("CARGO_PKG_VERSION")))
                .connect_timeout(CONNECT)
                .read_timeout(timeout)
                .redirect(Policy::none());
            if url.scheme() == "http" {
                // Otherwise a system without certificates could not even be told so.
                http = http.tls_certs_only([]);
            }
            http.build().map_err(|error| {
                Error::invalid(format!("TLS is not to be had: {}", innermost(&error)))
            })
        };
        let base = url.as_str().trim_end_matches('/').to_owned();
        let (http, slow) =
            (client(server.timeout)?, client(server.timeout.saturating_mul(SLOWER))?);
        Ok(Self { http, slow, base, retries: server.retries, first_pause: server.first_pause })
    }

    /// The server's address, for people.
    #[must_use]
    pub fn base(&self) -> &str {
        &self.base
    }

    /// What the server has at `path`, whole.
    ///
    /// # Errors
    /// Unavailable when it cannot be had, however often it is asked; others are the server's refusal.
    pub async fn get(&self, path: &str) -> Result<String> {
        let whole = async || {
            let response = self.send(self.request(Method::GET, path)).await?;
            self.text(response, LONGEST).await
        };
        self.patiently(whole, |trouble| trouble.passes).await
    }

    /// Sends JSON. It is repeated only where the server has certainly not begun with it.
    ///
    /// # Errors
    /// Unavailable when nobody knows whether it was done; others are the server's refusal.
    pub async fn post(&self, path: &str, json: &str) -> Result<String> {
        self.post_while(path, json, |trouble| trouble.untouched).await
    }

    /// Sends JSON that does no more when it comes twice than when it comes once, such as a span, which
    /// replaces the same one: it is repeated like a question, whatever has become of it.
    ///
    /// # Errors
    /// As [`Client::get`].
    pub async fn post_again(&self, path: &str, json: &str) -> Result<String> {
        self.post_while(path, json, |trouble| trouble.passes).await
    }

    /// Sends a form, once: it may be longer than memory.
    ///
    /// # Errors
    /// As [`Client::post`].
    pub async fn post_form(&self, path: &str, form: Form) -> Result<Response> {
        let request = self.slow.post(format!("{}{path}", self.base)).multipart(form);
        self.send(request).await.map_err(|trouble| trouble.error)
    }

    /// The elements of an answer's lists (see [`elements`]). Where the answer breaks off, it is asked
    /// for again, and what was given already is passed over.
    pub fn elements(&self, path: String, wanted: Wanted) -> Walk<'_, Element> {
        let state = Elements::of(self, path, wanted);
        stream::try_unfold(state, |mut state| async move {
            Ok(state.next().await?.map(|piece| (piece, state)))
        })
        .boxed_local()
    }

    /// The elements of an answer that has come already.
    pub fn elements_of(&self, response: Response, wanted: Wanted) -> mpsc::Receiver<Piece> {
        let bytes = response.bytes_stream().map_err(io::Error::other);
        elements(SyncIoBridge::new(StreamReader::new(Box::pin(bytes))), wanted)
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.base))
    }

    async fn post_while(
        &self,
        path: &str,
        json: &str,
        again: impl Fn(&Trouble) -> bool,
    ) -> Result<String> {
        let whole = async || {
            let request = self.request(Method::POST, path);
            let request = request.header(CONTENT_TYPE, "application/json").body(json.to_owned());
            let response = self.send(request).await?;
            self.text(response, LONGEST).await
        };
        self.patiently(whole, again).await
    }

    async fn patiently<T>(
        &self,
        ask: impl AsyncFn() -> Result<T, Trouble>,
        again: impl Fn(&Trouble) -> bool,
    ) -> Result<T> {
        let mut pauses = pauses(self.first_pause, self.retries);
        loop {
            let trouble = match ask().await {
                Ok(answer) => return Ok(answer),
                Err(trouble) => trouble,
            };
            let Some(planned) = pauses.next().filter(|_| again(&trouble)) else {
                return Err(trouble.error);
            };
            pause(planned, trouble.asked).await;
        }
    }

    /// Sends a request; an answer that is a refusal is an error.
    async fn send(&self, request: RequestBuilder) -> Result<Response, Trouble> {
        let response = request.send().await.map_err(|error| self.broken(&error))?;
        if response.status().is_success() {
            return Ok(response);
        }
        let status = response.status();
        let asked = retry_after(response.headers(), Utc::now());
        let said = self.text(response, LONGEST_REFUSAL).await.unwrap_or_default();
        Err(self.refused(status, &said, asked))
    }

    async fn text(&self, mut response: Response, most: usize) -> Result<String, Trouble> {
        let mut bytes = Vec::new();
        while let Some(piece) = response.chunk().await.map_err(|error| self.broken(&error))? {
            if bytes.len() + piece.len() > most {
                let text = format!("{} answers with over {most} bytes", self.base);
                return Err(Trouble::last_word(Error::new(Kind::TooLarge, text)));
            }
            bytes.extend_from_slice(&piece);
        }
        String::from_utf8(bytes).map_err(|_| {
            let text = format!("{} answers with what is no UTF-8", self.base);
            Trouble::last_word(Error::invalid(text))
        })
    }

    fn broken(&self, error: &reqwest::Error) -> Trouble {
        let why =
            if error.is_timeout() { "no answer in time".to_owned() } else { innermost(error) };
        let error_text = format!("{} cannot be reached: {why}", self.base);
        Trouble {
            error: Error::unavailable(error_text, self.first_pause),
            untouched: error.is_connect(),
            passes: true,
            asked: None,
        }
    }

    fn refused(&self, status: StatusCode, said: &str, asked: Option<Duration>) -> Trouble {
        let code = status.as_u16();
        let said: String = said.chars().take(TOLD).collect();
        let text = format!("{} answers {code}: {}", self.base, said.trim());
        let passes = matches!(code, 408 | 425 | 429) || status.is_server_error() && code != 501;
        let kind = match code {
            _ if passes => Kind::Unavailable { retry_after: asked.unwrap_or(self.first_pause) },
            401 => Kind::Unauthenticated,
            403 => Kind::Forbidden,
            404 => Kind::NotFound,
            409 => Kind::Taken,
            413 => Kind::TooLarge,
            501 => Kind::Unsupported,
            _ => Kind::Invalid,
        };
        Trouble { error: Error::new(kind, text), untouched: code == 429, passes, asked }
    }
}

impl Trouble {
    const fn last_word(error: Error) -> Self {
        Self { error, untouched: false, passes: false, asked: None }
    }
}

async fn pause(planned: Duration, asked: Option<Duration>) {
    tokio::time::sleep(asked.map_or(planned, |asked| asked.max(planned))).await;
}

/// The address of a server. Credentials in it would be shown with it, so there are none.
fn address(text: &str) -> Result<Url> {
    let invalid = || {
        // It is not repeated: what is wrong with it may be that a password stands in it.
        Error::invalid(
            "a server's address must be such as https://api.example.com, without user, password, \
             query and fragment",
        )
    };
    let url = Url::parse(text).map_err(|_| invalid())?;
    let is_plain = url.username().is_empty() && url.password().is_none() && url.query().is_none();
    let is_http = matches!(url.scheme(), "http" | "https") && url.has_host();
    if is_plain && is_http && url.fragment().is_none() { Ok(url) } else { Err(invalid()) }
}

/// What went wrong at the bottom: the errors around it only say that something did.
fn innermost(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(url: &str) -> Server {
        Server { url: url.to_owned(), ..Server::default() }
    }

    #[test]
    fn the_vendors_own_paths_are_left_out_of_an_address() {
        let ends = ["/api", "/api/v4"];
        for (given, base) in [
            ("https://h/api/v4/", "https://h"),
            ("https://h/api", "https://h"),
            ("https://h/x/", "https://h/x"),
            ("https://h", "https://h"),
        ] {
            assert_eq!(server(given).without(&ends).url, base);
        }
    }

    #[test]
    fn an_address_has_no_credentials() {
        for bad in ["", "h:1", "ftp://h", "https://u:p@h", "https://h?q", "https://h#f"] {
            assert!(Client::new(&server(bad)).is_err(), "{bad}");
        }
        let client = Client::new(&server("http://h:1/x/")).expect("an address");
        assert_eq!(client.base(), "http://h:1/x");
    }

    #[test]
    fn unknown_options_are_refused() {
        let mut server = server("http://h");
        assert!(server.known_options(&[]).is_ok());
        server.options.insert("org".to_owned(), "x".to_owned());
        assert!(server.known_options(&["org"]).is_ok());
        let told = server.known_options(&["orgs"]).expect_err("unknown").message().to_owned();
        assert_eq!(told, "there is no option \"org\" here; there are orgs");
    }
}
