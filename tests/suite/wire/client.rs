//! Ordinary requests.

use std::time::Duration;

use reqwest::Method;
use reqwest::blocking::multipart::{Form, Part};
use reqwest::blocking::{Body, Client};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::redirect::Policy;

use super::Answer;

/// A request to be sent.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// The method.
    pub method: String,
    /// The path with its query.
    pub path: String,
    /// The headers, in their order.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub payload: Payload,
}

/// A request's body.
#[derive(Clone, Debug, Default)]
pub enum Payload {
    /// None.
    #[default]
    Empty,
    /// These bytes, with their length.
    Bytes(Vec<u8>),
    /// These bytes, chunked, without their length.
    Chunked(Vec<u8>),
    /// A multipart form, its parts in this order.
    Form(Vec<FormPart>),
}

/// A part of a form.
#[derive(Clone, Debug)]
pub struct FormPart {
    /// The field's name.
    pub name: String,
    /// The file name, if it is a file.
    pub filename: Option<String>,
    /// The part's content type, if it says one.
    pub content_type: Option<String>,
    /// The content.
    pub content: Vec<u8>,
}

impl Request {
    /// A request without headers and body.
    pub fn new(method: &str, path: &str) -> Self {
        Self { method: method.to_owned(), path: path.to_owned(), ..Self::default() }
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Presents a key.
    #[must_use]
    pub fn bearer(self, key: &str) -> Self {
        self.header("Authorization", &format!("Bearer {key}"))
    }

    /// Takes `text` as a JSON body.
    #[must_use]
    pub fn json(mut self, text: &str) -> Self {
        self.payload = Payload::Bytes(text.as_bytes().to_vec());
        self.header("Content-Type", "application/json")
    }
}

/// Sends requests to one gateway.
pub struct Http {
    client: Client,
    base: String,
}

impl Http {
    /// A client of the gateway at `base`.
    pub fn new(base: &str) -> Self {
        // The client wants a provider though it never speaks TLS; whoever came first chose this one.
        drop(rustls::crypto::ring::default_provider().install_default());
        // A proxy of the machine's environment has no business between two local processes.
        let client = Client::builder()
            .no_proxy()
            .tls_certs_only([])
            .redirect(Policy::none())
            .timeout(Duration::from_secs(120))
            .build()
            .expect("a client without TLS has nothing to fail at");
        Self { client, base: base.to_owned() }
    }

    /// Sends a request and reads the whole answer.
    pub fn send(&self, request: &Request) -> Result<Answer, String> {
        let shown = format!("{} {}", request.method, request.path);
        let method = Method::from_bytes(request.method.as_bytes()).map_err(|e| e.to_string())?;
        let url = format!("{}{}", self.base, request.path);
        let builder = self.client.request(method, url).headers(headers(&request.headers)?);
        let builder = match &request.payload {
            Payload::Empty => builder,
            Payload::Bytes(bytes) => builder.body(bytes.clone()),
            Payload::Chunked(bytes) => builder.body(Body::new(std::io::Cursor::new(bytes.clone()))),
            Payload::Form(parts) => builder.multipart(form(parts)?),
        };
        let response = builder.send().map_err(|error| format!("{shown}: {error:?}"))?;
        let status = response.status().as_u16();
        let headers = response
            .headers()
            .iter()
            .map(|(name, value)| {
                (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
            })
            .collect();
        let body = response.bytes().map_err(|error| format!("{shown}: {error:?}"))?.to_vec();
        Ok(Answer { status, headers, body })
    }
}

fn headers(pairs: &[(String, String)]) -> Result<HeaderMap, String> {
    let mut map = HeaderMap::new();
    for (name, value) in pairs {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|e| format!("{name}: {e}"))?;
        let value = HeaderValue::from_str(value).map_err(|e| format!("{name}: {e}"))?;
        map.append(name, value);
    }
    Ok(map)
}

fn form(parts: &[FormPart]) -> Result<Form, String> {
    let mut form = Form::new();
    for FormPart { name, filename, content_type, content } in parts {
        let mut part = Part::bytes(content.clone());
        if let Some(filename) = filename {
            part = part.file_name(filename.clone());
        }
        if let Some(content_type) = content_type {
            part = part.mime_str(content_type).map_err(|e| format!("{content_type}: {e}"))?;
        }
        form = form.part(name.clone(), part);
    }
    Ok(form)
}
