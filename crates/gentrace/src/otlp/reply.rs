//! The answer to a report, in the encoding of the request (contract §3.8): the vendor's Node SDK
//! can read nothing but JSON, and never an empty body.

use actix_web::http::header::CONTENT_TYPE;
use actix_web::{HttpRequest, HttpResponse};
use evalstone_core::json::encode;

use super::Refused;

/// How a report is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// `application/json`.
    Json,
    /// `application/x-protobuf`.
    Protobuf,
}

impl Encoding {
    /// The encoding that a request's content type names, if it names one of the two.
    #[must_use]
    pub fn labelled(request: &HttpRequest) -> Option<Self> {
        let value = request.headers().get(CONTENT_TYPE)?.to_str().ok()?;
        let kind = value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        match kind.as_str() {
            "application/json" => Some(Self::Json),
            "application/x-protobuf" | "application/protobuf" => Some(Self::Protobuf),
            _ => None,
        }
    }
}

/// 200, with what was refused as partial success (`ExportTraceServiceResponse`).
#[must_use]
pub fn answer(encoding: Encoding, refused: &Refused) -> HttpResponse {
    let (content_type, body) = match encoding {
        Encoding::Json => ("application/json", json(refused).into_bytes()),
        Encoding::Protobuf => ("application/x-protobuf", protobuf(refused)),
    };
    HttpResponse::Ok().content_type(content_type).body(body)
}

fn json(refused: &Refused) -> String {
    match refused.message() {
        None => "{}".to_owned(),
        Some(message) => format!(
            r#"{{"partialSuccess":{{"rejectedSpans":"{}","errorMessage":{}}}}}"#,
            refused.count,
            encode(&message)
        ),
    }
}

/// Field 1, a message: field 1, the count; field 2, the text.
fn protobuf(refused: &Refused) -> Vec<u8> {
    let Some(message) = refused.message() else {
        return Vec::new();
    };
    let mut partial = vec![0x08];
    push_varint(&mut partial, refused.count);
    partial.push(0x12);
    push_varint(&mut partial, message.len() as u64);
    partial.extend_from_slice(message.as_bytes());
    let mut response = vec![0x0A];
    push_varint(&mut response, partial.len() as u64);
    response.extend_from_slice(&partial);
    response
}

fn push_varint(bytes: &mut Vec<u8>, mut number: u64) {
    while number > 0x7F {
        bytes.push((number & 0x7F) as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;
    use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceResponse;
    use prost::Message as _;

    use super::*;

    fn refused(times: u64, reason: &str) -> Refused {
        let mut refused = Refused::default();
        (0..times).for_each(|_| refused.note(reason));
        refused
    }

    #[test]
    fn both_encodings_tell_the_same() {
        let none = refused(0, "");
        assert_eq!(json(&none), "{}");
        assert_eq!(protobuf(&none), b"");
        for (times, reason) in [(1, "\"é\\".to_owned()), (300, "x".repeat(20_000))] {
            let refused = refused(times, &reason);
            let message = refused.message().expect("refused");
            let response = ExportTraceServiceResponse::decode(protobuf(&refused).as_slice());
            let partial = response.expect("protobuf").partial_success.expect("partial");
            assert_eq!(partial.rejected_spans.cast_unsigned(), times);
            assert_eq!(partial.error_message, message);
            let told: serde_json::Value = serde_json::from_str(&json(&refused)).expect("JSON");
            assert_eq!(told["partialSuccess"]["rejectedSpans"], times.to_string());
            assert_eq!(told["partialSuccess"]["errorMessage"], message);
        }
    }

    #[test]
    fn the_label_is_read_as_people_write_it() {
        for (value, encoding) in [
            ("application/json", Some(Encoding::Json)),
            ("Application/JSON; charset=utf-8", Some(Encoding::Json)),
            ("application/x-protobuf", Some(Encoding::Protobuf)),
            ("application/protobuf", Some(Encoding::Protobuf)),
            ("text/plain", None),
            ("", None),
        ] {
            let request = TestRequest::default().insert_header((CONTENT_TYPE, value));
            assert_eq!(Encoding::labelled(&request.to_http_request()), encoding, "{value}");
        }
        assert_eq!(Encoding::labelled(&TestRequest::default().to_http_request()), None);
    }
}
