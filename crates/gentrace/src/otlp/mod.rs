//! OpenTelemetry's reports of spans (contract §3.8): a body in either encoding → spans to store,
//! and what is told of those that are refused.
//!
//! `schema` says what OTLP's messages hold; `protobuf` and `json` read a body by it and write each
//! span in the one JSON form that `writer` knows; `marks` reads from that form what the vendor's
//! SDKs say of pipelines, experiments and test cases; `batch` gathers the spans within bounded
//! room; `reply` answers in the encoding of the request.

mod batch;
mod json;
mod protobuf;
mod refused;
mod schema;
mod writer;

#[cfg(test)]
mod laws;
#[cfg(test)]
mod marks_tests;

pub mod marks;
pub mod reply;

use bytes::Bytes;
use evalstone_core::error::{Error, Kind, Result};
use evalstone_kit::limits::{Cap, size_text};

pub use batch::Batch;
pub use refused::Refused;
use reply::Encoding;

/// How much longer the spans of a body may be in the form in which they are stored, with their
/// resource and scope, than a body may be.
const STRETCH: u64 = 4;

/// Reads a body. Its label says what it is tried as first, for some clients send protobuf under
/// the label of JSON; the answer is in the encoding of the label, or else of the body. This takes
/// time when the body is long.
///
/// # Errors
/// Invalid when the body is neither; `TooLarge` when its spans take too much room.
pub fn read(body: &Bytes, label: Option<Encoding>, cap: Cap) -> Result<(Encoding, Batch)> {
    let guess = if is_object(body) { Encoding::Json } else { Encoding::Protobuf };
    let first = label.unwrap_or(guess);
    match (read_as(first, body, cap), first) {
        (Err(error), Encoding::Json) if is_report(body) && error.kind() == Kind::Invalid => {
            let batch = read_as(Encoding::Protobuf, body, cap).map_err(|_| error)?;
            Ok((label.unwrap_or(Encoding::Protobuf), batch))
        }
        (Err(error), Encoding::Protobuf) if is_object(body) && error.kind() == Kind::Invalid => {
            Ok((first, read_as(Encoding::Json, body, cap).map_err(|_| error)?))
        }
        (batch, _) => Ok((first, batch?)),
    }
}

fn read_as(encoding: Encoding, body: &[u8], cap: Cap) -> Result<Batch> {
    let room = usize::try_from(cap.bytes.saturating_mul(STRETCH)).unwrap_or(usize::MAX);
    let mut batch = Batch::new(room);
    let outcome = match encoding {
        Encoding::Json => json::read(body, &mut batch),
        Encoding::Protobuf => protobuf::read(body, &mut batch),
    };
    match outcome {
        Ok(()) => Ok(batch),
        Err(error) if error.kind() == Kind::TooLarge => Err(no_room(cap)),
        Err(error) => Err(error),
    }
}

/// The spans take more room than a body of this size may ask for.
fn no_room(cap: Cap) -> Error {
    let Cap { bytes, setting } = cap;
    let room = size_text(bytes.saturating_mul(STRETCH));
    let message = format!(
        "the spans are over {room} when they are stored ({STRETCH} times the setting {setting})"
    );
    Error::new(Kind::TooLarge, message)
}

/// A body is no OTLP.
fn undecodable(problem: &str) -> Error {
    Error::invalid(format!("Invalid OTLP in the request body: {problem}"))
}

/// Whether a body looks like a JSON object.
fn is_object(body: &[u8]) -> bool {
    body.trim_ascii_start().starts_with(b"{")
}

/// Whether a body looks like a report in protobuf that is not empty: its first byte is the tag of
/// the only field there is.
fn is_report(body: &[u8]) -> bool {
    body.starts_with(b"\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    const CAP: Cap = Cap { bytes: 1000, setting: "limits.otlp" };
    const SPAN: &[u8] = b"\x0a\x20\x12\x1e\x12\x1c\x0a\x10traceidtraceid16\x12\x08spanid_8";
    const JSON_SPAN: &[u8] = br#" {"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"0102030405060708"}]}]}]}"#;

    fn outcome(body: &[u8], label: Option<Encoding>) -> Result<(Encoding, usize), String> {
        let read = read(&Bytes::copy_from_slice(body), label, CAP);
        let read = read.map_err(|error| error.message().to_owned());
        read.map(|(encoding, batch)| (encoding, batch.spans.len()))
    }

    #[test]
    fn a_body_is_read_by_its_label_or_else_by_its_looks() {
        let (json, protobuf) = (Some(Encoding::Json), Some(Encoding::Protobuf));
        for (body, label, encoding) in [
            (SPAN, protobuf, Encoding::Protobuf),
            (SPAN, json, Encoding::Json),
            (SPAN, None, Encoding::Protobuf),
            (JSON_SPAN, json, Encoding::Json),
            (JSON_SPAN, protobuf, Encoding::Protobuf),
            (JSON_SPAN, None, Encoding::Json),
        ] {
            assert_eq!(outcome(body, label), Ok((encoding, 1)), "{label:?}");
        }
        assert_eq!(outcome(b"", protobuf), Ok((Encoding::Protobuf, 0)));
        assert_eq!(outcome(b"", None), Ok((Encoding::Protobuf, 0)));
        assert_eq!(outcome(b"\n{}", json), Ok((Encoding::Json, 0)));
        assert_eq!(outcome(b"\n{}", None), Ok((Encoding::Json, 0)));
    }

    #[test]
    fn what_is_neither_is_told_in_the_words_of_its_label() {
        let json = Some(Encoding::Json);
        for (body, label, problem) in [
            (&b""[..], json, "Expecting value at byte 0"),
            (b"\n", json, "Expecting value at byte 1"),
            (b"[]", json, "'the body' must be an object, but it is an array"),
            (b"{\"a\":\"\xff\"}", json, "invalid UTF-8 at byte 6"),
            (b"{", Some(Encoding::Protobuf), "a field has no known wire type"),
            (b"\xff", None, "it ends within a field"),
        ] {
            let told = outcome(body, label).expect_err("refused");
            assert_eq!(told, format!("Invalid OTLP in the request body: {problem}"));
        }
    }

    #[test]
    fn spans_may_not_take_more_room_than_four_bodies() {
        let told = outcome(&SPAN.repeat(20), None).expect_err("refused");
        assert_eq!(
            told,
            "the spans are over 4000 bytes when they are stored (4 times the setting limits.otlp)"
        );
    }
}
