//! A request's body as FastAPI takes it in, before anybody is known (contract §1.6: broken JSON is
//! answered before a missing key).

use actix_web::HttpRequest;
use actix_web::http::header::{CONTENT_TYPE, HeaderValue};
use actix_web::web::Payload;
use bytes::Bytes;
use evalstone_core::json::{FaultKind, MAX_DEPTH, RawJson, check_bytes};
use evalstone_kit::limits::Limits;

use crate::errors::Failure;
use crate::validation::Problems;

/// What came where JSON is expected.
pub enum Body {
    /// Nothing.
    Missing,
    /// Something whose content type is not JSON's. To the vendor it is one string.
    Text(String),
    /// JSON.
    Json(RawJson),
}

impl Body {
    /// Reads the body. Its payloads are `wrapping` levels inside of it, and each may be as deep as
    /// any payload.
    ///
    /// # Errors
    /// A body over the limit, one that comes too slowly, and JSON that is broken.
    pub async fn read(
        request: &HttpRequest,
        payload: Payload,
        limits: &Limits,
        wrapping: usize,
    ) -> Result<Self, Failure> {
        let Limits { json_body, pace, .. } = limits;
        let bytes = evalstone_kit::body::read(payload, request, *json_body, *pace).await?;
        let content_type = request.headers().get(CONTENT_TYPE).map(HeaderValue::as_bytes);
        Ok(Self::of(&bytes, content_type, MAX_DEPTH + wrapping)?)
    }

    /// What came, for comparing it with what comes again.
    pub fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Missing => &[],
            Self::Text(text) => text.as_bytes(),
            Self::Json(json) => json.as_str().as_bytes(),
        }
    }

    /// What came, for passing it on.
    pub fn into_bytes(self) -> Bytes {
        match self {
            Self::Missing => Bytes::new(),
            Self::Text(text) => text.into(),
            Self::Json(json) => json.into_string().into(),
        }
    }

    fn of(bytes: &Bytes, content_type: Option<&[u8]>, deepest: usize) -> Result<Self, Problems> {
        if bytes.is_empty() {
            return Ok(Self::Missing);
        }
        if !is_json(content_type) {
            return Ok(Self::Text(String::from_utf8_lossy(bytes).into_owned()));
        }
        // Python's parser leaves a byte order mark out, and does not count it either.
        let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
        match check_bytes(bytes, deepest) {
            Ok(text) => Ok(Self::Json(RawJson::trusted(text.to_owned()))),
            Err(fault) => {
                let why = match &fault.kind {
                    FaultKind::Syntax(why) => (*why).to_owned(),
                    FaultKind::TooDeep { .. } | FaultKind::NotUtf8 => fault.kind.to_string(),
                };
                Err(Problems::broken_json(fault.char_offset(bytes), why))
            }
        }
    }
}

/// Whether FastAPI parses a body of this content type. One without a content type it parsed until
/// recently; we go on doing so, because no script that works there can mean anything else.
fn is_json(content_type: Option<&[u8]>) -> bool {
    let Some(content_type) = content_type else {
        return true;
    };
    let essence = content_type.split(|byte| *byte == b';').next().unwrap_or_default();
    let essence = String::from_utf8_lossy(essence).trim().to_ascii_lowercase();
    let subtype = essence.strip_prefix("application/");
    content_type.is_empty()
        || subtype.is_some_and(|subtype| subtype == "json" || subtype.ends_with("+json"))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::{Body, is_json};

    fn refusal(bytes: &'static [u8]) -> String {
        match Body::of(&Bytes::from_static(bytes), Some(b"application/json"), 100) {
            Ok(_) => panic!("it was accepted"),
            Err(problems) => problems.detail(),
        }
    }

    #[test]
    fn content_types_that_are_json() {
        for json in [
            "application/json",
            "APPLICATION/JSON; charset=latin-1",
            "application/json;",
            "application/vnd.api+json",
            "",
        ] {
            assert!(is_json(Some(json.as_bytes())), "{json:?}");
        }
        assert!(is_json(None));
        for other in ["text/plain", "text/json", "application/jsonx", "garbage", "application/"] {
            assert!(!is_json(Some(other.as_bytes())), "{other:?}");
        }
    }

    #[test]
    fn a_byte_order_mark_is_no_part_of_the_body() {
        let body = Body::of(&Bytes::from_static(b"\xef\xbb\xbf {\"a\":1}"), None, 1);
        assert!(matches!(body, Ok(Body::Json(json)) if json.view().raw() == r#"{"a":1}"#));
    }

    #[test]
    fn broken_json_is_placed_by_characters() {
        for (bytes, offset, why) in [
            (&b"{\"name\":"[..], 8, "Expecting value"),
            (b"  ", 2, "Expecting value"),
            (b"{\"name\":NaN}", 8, "Expecting value"),
            (b"{\"name\":-Infinity}", 8, "Expecting value"),
            ("{\"é\":\"é\" x".as_bytes(), 9, "Expecting ',' delimiter"),
            (b"\xef\xbb\xbf{\"a\" 1}", 5, "Expecting ':' delimiter"),
            (b"{\"name\":\"x\"} x", 13, "Extra data"),
            (b"{\"name\":\"\xff\"}", 9, "invalid UTF-8"),
        ] {
            let expected = format!(
                r#"[{{"type":"json_invalid","loc":["body",{offset}],"msg":"JSON decode error","input":{{}},"ctx":{{"error":"{why}"}}}}]"#
            );
            assert_eq!(refusal(bytes), expected);
        }
        let deep: &'static [u8] = Box::leak("[".repeat(101).into_boxed_str()).as_bytes();
        assert!(refusal(deep).contains(r#""loc":["body",100]"#));
        assert!(refusal(deep).contains("nested deeper than 100 levels"));
    }
}
