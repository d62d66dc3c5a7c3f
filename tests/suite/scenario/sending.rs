//! From a scenario's words to a request.

use std::fs;

use super::{Part, Send, tests_folder};
use crate::gateway::Identities;
use crate::scenario::variables::Variables;
use crate::wire::client::{FormPart, Payload, Request};

/// The request that `line` (`METHOD /path`), the key and the rest describe.
pub fn request(
    line: &str,
    key: &str,
    send: &Send,
    identities: &Identities,
    variables: &Variables,
) -> Result<Request, String> {
    let line = variables.fill(line)?;
    let (method, path) =
        line.split_once(' ').ok_or_else(|| format!("METHOD /path is wanted, not {line:?}"))?;
    let mut request = Request::new(method, path);
    if key != "none" {
        let raw = identities.key(key).ok_or_else(|| format!("nobody is called {key:?}"))?;
        request = request.bearer(raw);
    }
    let named = |name: &str| send.headers.keys().any(|key| key.eq_ignore_ascii_case(name));
    if send.json.is_some() && !named("content-type") {
        request = request.header("Content-Type", "application/json");
    }
    for (name, value) in &send.headers {
        request = request.header(name, &variables.fill(value)?);
    }
    request.payload = payload(send, variables)?;
    Ok(request)
}

fn payload(send: &Send, variables: &Variables) -> Result<Payload, String> {
    let Send { headers: _, json, body, hex, file, parts, chunked } = send;
    if !parts.is_empty() {
        let parts: Result<_, String> =
            parts.iter().map(|part| form_part(part, variables)).collect();
        let only_parts = json.is_none() && body.is_none() && hex.is_none() && file.is_none();
        return if only_parts { parts.map(Payload::Form) } else { Err(ONE_BODY.to_owned()) };
    }
    if json.is_some() && body.is_some() {
        return Err(ONE_BODY.to_owned());
    }
    let text = json.as_ref().or(body.as_ref());
    let bytes = content(text, hex.as_ref(), file.as_ref(), variables)?;
    Ok(match bytes {
        None if *chunked => return Err("nothing to send in chunks".to_owned()),
        None => Payload::Empty,
        Some(bytes) if *chunked => Payload::Chunked(bytes),
        Some(bytes) => Payload::Bytes(bytes),
    })
}

const ONE_BODY: &str = "a request has one body";

fn form_part(part: &Part, variables: &Variables) -> Result<FormPart, String> {
    let Part { name, filename, content_type, text, hex, file } = part;
    let content = content(text.as_ref(), hex.as_ref(), file.as_ref(), variables)?;
    Ok(FormPart {
        name: name.clone(),
        filename: filename.clone(),
        content_type: content_type.clone(),
        content: content.ok_or_else(|| format!("the part {name} has no content"))?,
    })
}

/// The bytes that one of the three names, if one does.
fn content(
    text: Option<&String>,
    hex: Option<&String>,
    file: Option<&String>,
    variables: &Variables,
) -> Result<Option<Vec<u8>>, String> {
    match (text, hex, file) {
        (None, None, None) => Ok(None),
        (Some(text), None, None) => variables.fill(text).map(|text| Some(text.into_bytes())),
        (None, Some(hex), None) => bytes(hex).map(Some),
        (None, None, Some(file)) => {
            let path = tests_folder().join("data").join(file);
            fs::read(path).map(Some).map_err(|error| format!("tests/data/{file}: {error}"))
        }
        _ => Err(ONE_BODY.to_owned()),
    }
}

/// Bytes from their hexadecimal digits; blanks between them do not count.
fn bytes(hex: &str) -> Result<Vec<u8>, String> {
    let digits: Option<Vec<u32>> =
        hex.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_digit(16)).collect();
    let digits = digits.filter(|digits| digits.len() % 2 == 0);
    let digits = digits.ok_or_else(|| format!("not hexadecimal bytes: {hex:?}"))?;
    let byte = |pair: &[u32]| u8::try_from(pair[0] * 16 + pair[1]).map_err(|e| e.to_string());
    digits.chunks_exact(2).map(byte).collect()
}
