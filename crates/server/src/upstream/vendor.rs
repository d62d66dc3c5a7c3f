//! Calling the vendor's own server.

use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use actix_web::http::header::HeaderMap as ServerHeaders;
use bytes::Bytes;
use evalstone_core::error::{Error, Result};
use evalstone_kit::quantity::Span;
use futures_util::{Stream, stream};
use reqwest::header::{ACCEPT_ENCODING, CONNECTION, HeaderMap, HeaderName, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Body, Client, Method, Url};

use super::held::Held;

/// How long a connection may take to come about.
const CONNECT: Duration = Duration::from_secs(10);
/// How long a connection is kept for the next call: less than servers commonly keep one that is idle.
const IDLE: Duration = Duration::from_secs(4);
/// The longest that a whole answer may take; what bounds it is the wait for each of its pieces.
const WHOLE: Duration = Duration::from_secs(24 * 60 * 60);

/// What concerns one connection only, or is said anew on each.
const OF_THE_CONNECTION: [&str; 12] = [
    "accept-encoding",
    "connection",
    "content-length",
    "expect",
    "host",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// The server of a vendor.
#[derive(Clone, Debug)]
pub struct Vendor {
    client: Client,
    base: String,
    timeout: Span,
    /// The name of the dialect's table in the configuration.
    setting: String,
}

/// A call as it goes on. Its headers hold the caller's credentials: it is never written anywhere.
pub struct Outgoing {
    /// The method.
    pub method: String,
    /// The path with its query.
    pub target: String,
    /// The headers that go on.
    pub headers: HeaderMap,
    /// The body.
    pub body: Held,
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Silence {
    /// It cannot be reached.
    Unreachable,
    /// It was reached, and the connection broke off.
    BrokenOff,
    /// It takes too long.
    Slow,
}

impl Silence {
    /// The word in metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::BrokenOff => "broken_off",
            Self::Slow => "timeout",
        }
    }
}

impl Vendor {
    /// The server at this address.
    ///
    /// # Errors
    /// Invalid when the address is none, or TLS is not to be had.
    pub fn new(dialect: &str, url: &str, timeout: Span) -> Result<Self> {
        let setting = format!("dialects.{dialect}.upstream");
        let url = address(&setting, url)?;
        // Whoever came first has chosen the same one.
        drop(rustls::crypto::ring::default_provider().install_default());
        let mut client = Client::builder()
            .connect_timeout(CONNECT)
            .pool_idle_timeout(IDLE)
            .timeout(WHOLE)
            .redirect(Policy::none())
            .no_proxy();
        if url.scheme() == "http" {
            // Otherwise a system without certificates could not even be told so.
            client = client.tls_certs_only([]);
        }
        let client = client.build().map_err(|error| {
            Error::invalid(format!("{setting}.url: TLS is not to be had: {error}"))
        })?;
        let base = url.as_str().trim_end_matches('/').to_owned();
        Ok(Self { client, base, timeout, setting })
    }

    /// Its address, for people.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Sends a call, and waits until its answer begins.
    ///
    /// # Errors
    /// When it does not.
    pub async fn send(&self, call: &Outgoing) -> Result<reqwest::Response, Silence> {
        let Outgoing { method, target, headers, body } = call;
        let method = Method::from_bytes(method.as_bytes()).map_err(|_| Silence::Unreachable)?;
        let mut request = self.client.request(method, format!("{}{target}", self.base));
        request = request.headers(headers.clone());
        request = match body {
            Held::Memory(bytes) if bytes.is_empty() => request,
            Held::Memory(bytes) => request.body(bytes.clone()),
            Held::File(_, length) => request
                .header(reqwest::header::CONTENT_LENGTH, *length)
                .body(Body::wrap_stream(body.stream())),
        };
        match tokio::time::timeout(self.patience(body), request.send()).await {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(error)) => Err(self.silence(&error)),
            Err(_) => Err(Silence::Slow),
        }
    }

    /// A large body takes its time to be sent, which is not the vendor's.
    fn patience(&self, body: &Held) -> Duration {
        self.timeout.0 + Duration::from_secs(body.len() >> 20)
    }

    /// The pieces of an answer as they come.
    pub fn pieces(
        &self,
        response: reqwest::Response,
    ) -> impl Stream<Item = Result<Bytes, Silence>> + use<> {
        let vendor = self.clone();
        stream::try_unfold((vendor, response), |(vendor, mut response)| async move {
            match tokio::time::timeout(vendor.timeout.0, response.chunk()).await {
                Ok(Ok(piece)) => Ok(piece.map(|piece| (piece, (vendor, response)))),
                Ok(Err(error)) => Err(vendor.silence(&error)),
                Err(_) => Err(Silence::Slow),
            }
        })
    }

    fn silence(&self, error: &reqwest::Error) -> Silence {
        // The error's text names the address, whose query may hold what users search for.
        tracing::warn!(
            upstream = self.setting,
            connect = error.is_connect(),
            timeout = error.is_timeout(),
            "the upstream did not answer"
        );
        if error.is_connect() || error.is_builder() {
            Silence::Unreachable
        } else if error.is_timeout() {
            Silence::Slow
        } else {
            Silence::BrokenOff
        }
    }

    /// What its silence means to the client.
    pub fn error(&self, silence: Silence) -> Error {
        let Self { base, timeout, setting, .. } = self;
        let text = match silence {
            Silence::Unreachable => {
                format!("The upstream at {base} cannot be reached (setting {setting}.url)")
            }
            Silence::BrokenOff => {
                format!(
                    "The upstream at {base} has broken the connection off (setting {setting}.url)"
                )
            }
            Silence::Slow => format!(
                "The upstream at {base} has not answered within {timeout} (setting {setting}.timeout)"
            ),
        };
        Error::unavailable(text, Duration::from_secs(1))
    }
}

/// Whether a path stays below the address that it is appended to: in URLs some segments lead up.
pub fn stays_below(path: &str) -> bool {
    let leads_up = |segment: &str| {
        matches!(segment.to_ascii_lowercase().replace("%2e", ".").as_str(), "." | "..")
    };
    !path.contains('\\') && !path.split('/').any(leads_up)
}

/// The headers of a request that go on: all but those of its connection.
pub fn request_headers(request: &HttpRequest) -> HeaderMap {
    let listed = listed(
        request.headers().get_all("connection").map(actix_web::http::header::HeaderValue::as_bytes),
    );
    let mut headers = HeaderMap::new();
    for (name, value) in request.headers() {
        if goes_on(name.as_str(), &listed) {
            let name = HeaderName::from_bytes(name.as_str().as_bytes());
            let value = HeaderValue::from_bytes(value.as_bytes());
            if let (Ok(name), Ok(mut value)) = (name, value) {
                value.set_sensitive(true);
                headers.append(name, value);
            }
        }
    }
    // What is packed could not be looked into.
    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    headers
}

/// The status and the headers of an answer that go on.
pub fn answer_head(response: &reqwest::Response) -> (StatusCode, ServerHeaders) {
    let status =
        StatusCode::from_u16(response.status().as_u16()).unwrap_or(StatusCode::BAD_GATEWAY);
    let listed = listed(response.headers().get_all(CONNECTION).iter().map(HeaderValue::as_bytes));
    let mut headers = ServerHeaders::new();
    for (name, value) in response.headers() {
        if goes_on(name.as_str(), &listed) {
            let name = actix_web::http::header::HeaderName::from_bytes(name.as_str().as_bytes());
            let value = actix_web::http::header::HeaderValue::from_bytes(value.as_bytes());
            if let (Ok(name), Ok(value)) = (name, value) {
                headers.append(name, value);
            }
        }
    }
    (status, headers)
}

fn goes_on(name: &str, listed: &[String]) -> bool {
    !OF_THE_CONNECTION.contains(&name) && !listed.iter().any(|listed| listed == name)
}

/// The names that a `Connection` header lists.
fn listed<'a>(values: impl Iterator<Item = &'a [u8]>) -> Vec<String> {
    values
        .flat_map(|value| value.split(|byte| *byte == b','))
        .map(|name| String::from_utf8_lossy(name).trim().to_ascii_lowercase())
        .collect()
}

/// The address as it is used and shown. Credentials in it would be shown with it, so there are none.
fn address(setting: &str, text: &str) -> Result<Url> {
    let invalid = || {
        Error::invalid(format!(
            "{setting}.url must be an address such as https://api.example.com, without user, password, \
             query and fragment"
        ))
    };
    let url = Url::parse(text).map_err(|_| invalid())?;
    let is_plain = url.username().is_empty() && url.password().is_none() && url.query().is_none();
    let is_http = matches!(url.scheme(), "http" | "https") && url.has_host();
    if is_plain && is_http && url.fragment().is_none() { Ok(url) } else { Err(invalid()) }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn an_address_holds_no_secret() {
        for good in ["http://127.0.0.1:1", "https://api.example.com/prefix/"] {
            let vendor = Vendor::new("x", good, Span(Duration::from_secs(1))).expect("valid");
            assert_eq!(vendor.base, good.trim_end_matches('/'));
        }
        for bad in ["", "localhost:1", "ftp://h", "http://u:p@h", "http://h?q=1", "http://h#f"] {
            let refused = Vendor::new("x", bad, Span(Duration::ZERO)).expect_err(bad);
            assert!(refused.message().starts_with("dialects.x.upstream.url"), "{refused}");
            assert!(!refused.message().contains("u:p"), "{refused}");
        }
    }

    #[test]
    fn no_path_leads_out_of_an_address() {
        for good in ["/v1/orgs", "/v1/a..b/...", "/v1/%2e%2e%2e", "/"] {
            assert!(stays_below(good), "{good}");
        }
        for bad in ["/v1/../x", "/v1/..", "/./x", "/v1/%2E./x", "/v1/.%2e", "/v1\\..\\x"] {
            assert!(!stays_below(bad), "{bad}");
        }
    }

    #[test]
    fn what_concerns_a_connection_ends_with_it() {
        let request = TestRequest::default()
            .insert_header(("authorization", "Bearer x"))
            .insert_header(("x-api-key", "y"))
            .insert_header(("connection", "close, X-Hop"))
            .insert_header(("x-hop", "1"))
            .insert_header(("host", "h"))
            .insert_header(("content-length", "3"))
            .insert_header(("content-type", "text/csv"))
            .insert_header(("accept-encoding", "gzip"))
            .to_http_request();
        let headers = request_headers(&request);
        let mut names: Vec<&str> = headers.keys().map(HeaderName::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["accept-encoding", "authorization", "content-type", "x-api-key"]);
        assert_eq!(headers["accept-encoding"], "identity");
        assert!(!format!("{headers:?}").contains("Bearer"), "{headers:?}");
    }
}
