//! OTLP in JSON → spans in the one JSON form that is stored.
//!
//! Encoders differ: integers come as numbers or strings, ids in hexadecimal or base64, constants
//! as numbers or names, defaults written or not. Unknown keys are ignored, as OTLP wants it; of
//! duplicate ones the last counts.

use std::borrow::Cow;

use evalstone_core::error::{Error, Result};
use evalstone_core::json::{self, MAX_DEPTH, RawJson, View};

use super::batch::Batch;
use super::schema::{
    DOUBLE_VALUE, Field, Kind, MOST_FIELDS, Message, RESOURCE, SCOPE, SPAN, Shape,
};
use super::undecodable;
use super::writer::{self, Writer, with_schema_url};
use crate::wire::body::{view, with_article};

/// Reads an `ExportTraceServiceRequest`.
///
/// # Errors
/// Invalid when the bytes are none; `TooLarge` when its spans take too much room.
pub fn read(bytes: &[u8], batch: &mut Batch) -> Result<()> {
    let request = view(bytes, MAX_DEPTH).map_err(|fault| undecodable(&fault.to_string()))?;
    for resource_spans in items(object("the body", request)?, "resourceSpans")? {
        let resource_spans = object("resourceSpans", resource_spans)?;
        let resource = read_head(resource_spans, "resource", &RESOURCE, batch)?;
        for scope_spans in items(resource_spans, "scopeSpans")? {
            let scope_spans = object("scopeSpans", scope_spans)?;
            let scope = read_head(scope_spans, "scope", &SCOPE, batch)?;
            for span in items(scope_spans, "spans")? {
                let mut out = batch.writer(span.raw().len());
                write_message(&mut out, &SPAN, object("spans", span)?)?;
                batch.add(out.finish(), &resource, &scope)?;
            }
        }
    }
    Ok(())
}

/// Reads what stands around spans, be it resource or scope, with the URL of its schema.
fn read_head(
    around: View<'_>,
    name: &str,
    message: &'static Message,
    batch: &Batch,
) -> Result<RawJson> {
    let mut out = batch.writer(0);
    match given(around, name) {
        Some(inner) => write_message(&mut out, message, object(name, inner)?)?,
        None => out.push("{}")?,
    }
    let schema_url = given(around, "schemaUrl").map(|url| text("schemaUrl", url)).transpose()?;
    Ok(with_schema_url(out.finish(), schema_url))
}

fn write_message(out: &mut Writer, message: &Message, object: View<'_>) -> Result<()> {
    out.push("{")?;
    for (field, value) in message.fields.iter().zip(found(message, object)) {
        match value {
            Some(values) if field.repeated => write_values(out, message, field, values)?,
            Some(value) => write_field(out, message, field, value)?,
            None => out.nothing(message, field)?,
        }
    }
    out.push("}")
}

/// The value of each field of a message. Null is none.
fn found<'a>(message: &Message, object: View<'a>) -> [Option<View<'a>>; MOST_FIELDS] {
    let mut found = [None; MOST_FIELDS];
    for (key, value) in object.members() {
        let Some(mut index) = message.fields.iter().position(|field| key.is(field.name)) else {
            continue;
        };
        if message.shape == Shape::Choice {
            if value.is_null() {
                continue;
            }
            found = [None; MOST_FIELDS];
            let is_int = matches!(message.fields[index].kind, Kind::Int);
            if is_int && integer::<i64>(value).is_none() && value.kind() == json::Kind::Number {
                index = DOUBLE_VALUE;
            }
        }
        found[index] = (!value.is_null()).then_some(value);
    }
    found
}

fn write_field(out: &mut Writer, message: &Message, field: &Field, value: View<'_>) -> Result<()> {
    if let Kind::Message(inner) = field.kind {
        let value = object(field.name, value)?;
        out.key(field.name)?;
        return write_message(out, inner, value);
    }
    out.scalar(message, field, &token(field, value)?)
}

fn write_values(
    out: &mut Writer,
    message: &Message,
    field: &Field,
    values: View<'_>,
) -> Result<()> {
    let mut values = array(field.name, values)?.items().peekable();
    if values.peek().is_none() {
        return out.nothing(message, field);
    }
    out.key(field.name)?;
    out.push("[")?;
    for value in values {
        out.separate()?;
        match field.kind {
            Kind::Message(inner) => write_message(out, inner, object(field.name, value)?)?,
            _ => out.push(&token(field, value)?)?,
        }
    }
    out.push("]")
}

/// A scalar's token in the form that is stored.
fn token(field: &Field, value: View<'_>) -> Result<String> {
    let Field { name, kind, .. } = field;
    let wrong = |wanted: &str| mismatch(name, wanted, value);
    Ok(match kind {
        Kind::Text => text(name, value)?,
        Kind::Id => {
            let text = value.as_text_lossy().ok_or_else(|| wrong("a string"))?;
            writer::from_id(&text).map_or_else(|| writer::text(&text), |id| writer::id(&id))
        }
        Kind::Bytes => {
            let bytes = value.as_text().and_then(|text| writer::from_base64(&text));
            writer::base64(&bytes.ok_or_else(|| wrong("a string in base64"))?)
        }
        Kind::Bool => value.as_bool().ok_or_else(|| wrong("a boolean"))?.to_string(),
        Kind::Double => writer::double(double(value).ok_or_else(|| wrong("a number"))?),
        Kind::Int => {
            writer::long(integer::<i64>(value).ok_or_else(|| wrong("an integer of 64 bits"))?)
        }
        Kind::Nanos => writer::long(
            integer::<u64>(value).ok_or_else(|| wrong("a time in nanoseconds since 1970"))?,
        ),
        Kind::Count | Kind::Flags => {
            integer::<u32>(value).ok_or_else(|| wrong("an integer of 32 bits"))?.to_string()
        }
        Kind::Constant(names) => {
            constant(value, names).ok_or_else(|| wrong("one of the constants"))?.to_string()
        }
        Kind::Message(_) => return Err(wrong("a scalar")),
    })
}

/// A string's token. One with half a surrogate pair has only one spelling that says so: its own.
fn text(name: &str, value: View<'_>) -> Result<String> {
    match value.as_text() {
        Some(text) => Ok(writer::text(&text)),
        None if value.kind() == json::Kind::String => Ok(value.raw().to_owned()),
        None => Err(mismatch(name, "a string", value)),
    }
}

/// An integer, be it spelled as a number or in a string, with an exponent or without.
fn integer<N: TryFrom<i128>>(value: View<'_>) -> Option<N> {
    let text = spelled(value)?;
    let whole = text.parse().ok().or_else(|| {
        let number: f64 = text.parse().ok()?;
        // Every integer of this size is exact in 128 bits.
        (number.fract() == 0.0 && number.abs() < 1e30).then_some(number as i128)
    });
    whole.and_then(|whole: i128| N::try_from(whole).ok())
}

/// A double, be it spelled as a number or in a string, which may say what no JSON number can.
fn double(value: View<'_>) -> Option<f64> {
    match spelled(value)?.as_ref() {
        "NaN" => Some(f64::NAN),
        "Infinity" => Some(f64::INFINITY),
        "-Infinity" => Some(f64::NEG_INFINITY),
        text if text.starts_with(|c: char| c == '-' || c.is_ascii_digit()) => text.parse().ok(),
        _ => None,
    }
}

fn spelled(value: View<'_>) -> Option<Cow<'_, str>> {
    if value.kind() == json::Kind::Number { Some(value.raw().into()) } else { value.as_text() }
}

fn constant(value: View<'_>, names: &[&str]) -> Option<i32> {
    let text = spelled(value)?;
    let named = names.iter().position(|name| *name == text);
    named.and_then(|number| i32::try_from(number).ok()).or_else(|| integer(value))
}

/// The items of an array that may be absent or null.
fn items<'a>(object: View<'a>, name: &str) -> Result<impl Iterator<Item = View<'a>> + use<'a>> {
    let values = given(object, name).map(|values| array(name, values)).transpose()?;
    Ok(values.into_iter().flat_map(View::items))
}

fn given<'a>(object: View<'a>, name: &str) -> Option<View<'a>> {
    object.get(name).filter(|value| !value.is_null())
}

fn object<'a>(name: &str, value: View<'a>) -> Result<View<'a>> {
    match value.kind() {
        json::Kind::Object => Ok(value),
        _ => Err(mismatch(name, "an object", value)),
    }
}

fn array<'a>(name: &str, value: View<'a>) -> Result<View<'a>> {
    match value.kind() {
        json::Kind::Array => Ok(value),
        _ => Err(mismatch(name, "an array", value)),
    }
}

fn mismatch(name: &str, wanted: &str, value: View<'_>) -> Error {
    undecodable(&format!("'{name}' must be {wanted}, but it is {}", with_article(value.kind())))
}

#[cfg(test)]
mod tests {
    use super::*;

    const IDS: &str = r#""traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"0102030405060708""#;

    fn batch(spans: &str) -> Result<Batch> {
        let body =
            format!(r#"{{"more":0,"resourceSpans":[{{"scopeSpans":[{{"spans":{spans}}}]}}]}}"#);
        let mut batch = Batch::new(1 << 20);
        read(body.as_bytes(), &mut batch).map(|()| batch)
    }

    /// What a span is stored as, without its ids.
    fn stored(members: &str) -> String {
        let batch = batch(&format!("[{{{IDS},{members}}}]")).expect(members);
        let body = batch.spans.first().expect("a span").span.body.as_str().to_owned();
        body.replace(&format!("{IDS},"), "").replace(IDS, "")
    }

    fn stored_value(value: &str) -> String {
        let attributes = |value: &str| format!(r#""attributes":[{{"key":"k","value":{value}}}]"#);
        let body = stored(&attributes(value));
        let (_, rest) = body.split_once(r#""value":"#).expect("a value");
        rest.strip_suffix("}]}").expect("the end").to_owned()
    }

    fn refusal(spans: &str) -> String {
        batch(spans).expect_err(spans).message().to_owned()
    }

    #[test]
    fn what_encoders_write_differently_is_stored_alike() {
        let stored_form = r#"{"flags":1,"name":"n","kind":1,"startTimeUnixNano":"1700000000000000000","status":{"code":2}}"#;
        for members in [
            r#""flags":1,"name":"n","kind":1,"startTimeUnixNano":"1700000000000000000","status":{"code":2}"#,
            r#""status":{"code":"STATUS_CODE_ERROR"},"startTimeUnixNano":17e17,"kind":"SPAN_KIND_INTERNAL","name":"\u006e","flags":"1""#,
            r#""name":"x","name":"n","flags":1.0,"kind":1,"status":{"code":2,"message":""},"startTimeUnixNano":1700000000000000000,"endTimeUnixNano":"0","links":[],"events":null,"droppedEventsCount":0,"traceState":"","new":{}"#,
        ] {
            assert_eq!(stored(members), stored_form, "{members}");
        }
    }

    #[test]
    fn values_keep_what_they_are() {
        for (sent, kept) in [
            (r#"{"intValue":5}"#, r#"{"intValue":"5"}"#),
            (r#"{"intValue":"-9223372036854775808"}"#, r#"{"intValue":"-9223372036854775808"}"#),
            (r#"{"intValue":1e3}"#, r#"{"intValue":"1000"}"#),
            (r#"{"intValue":1e21}"#, r#"{"doubleValue":1e+21}"#),
            (r#"{"intValue":0.5}"#, r#"{"doubleValue":0.5}"#),
            (r#"{"intValue":0}"#, r#"{"intValue":"0"}"#),
            (r#"{"doubleValue":1}"#, r#"{"doubleValue":1.0}"#),
            (r#"{"doubleValue":"NaN"}"#, r#"{"doubleValue":"NaN"}"#),
            (r#"{"doubleValue":1e999}"#, r#"{"doubleValue":"Infinity"}"#),
            (r#"{"boolValue":false}"#, r#"{"boolValue":false}"#),
            (r#"{"stringValue":""}"#, r#"{"stringValue":""}"#),
            (r#"{"stringValue":"\ud83d"}"#, r#"{"stringValue":"\ud83d"}"#),
            (r#"{"stringValue":"\u00e9\/\u0000"}"#, r#"{"stringValue":"é/\u0000"}"#),
            (r#"{"bytesValue":"-_8"}"#, r#"{"bytesValue":"+/8="}"#),
            (r#"{"arrayValue":{}}"#, r#"{"arrayValue":{"values":[]}}"#),
            (r#"{"kvlistValue":{"values":[{}]}}"#, r#"{"kvlistValue":{"values":[{"key":""}]}}"#),
            (r#"{"stringValue":"a","boolValue":true,"intValue":null}"#, r#"{"boolValue":true}"#),
            ("{}", "{}"),
        ] {
            assert_eq!(stored_value(sent), kept, "{sent}");
        }
    }

    #[test]
    fn ids_in_base64_are_stored_in_hexadecimal() {
        let span =
            r#"[{"traceId":"AQIDBAUGBwgJCgsMDQ4PEA==","spanId":"AQIDBAUGBwg","parentSpanId":""}]"#;
        let batch = batch(span).expect("valid");
        assert_eq!(batch.spans[0].span.body.as_str(), format!("{{{IDS}}}"));
        assert_eq!(batch.spans[0].span.parent, None);
    }

    #[test]
    fn spans_without_good_ids_are_refused_and_the_others_kept() {
        let spans = format!(r#"[{{"traceId":"x","spanId":"é"}},{{}},{{{IDS}}}]"#);
        let batch = batch(&spans).expect("decodable");
        assert_eq!((batch.spans.len(), batch.refused.count), (1, 2));
    }

    #[test]
    fn resource_and_scope_keep_the_urls_of_their_schemas() {
        let body = format!(
            r#"{{"resourceSpans":[{{"schemaUrl":"r","resource":{{"attributes":[]}},"scopeSpans":[{{"scope":{{"name":"s"}},"schemaUrl":"u","spans":[{{{IDS}}}]}},{{"spans":null}}]}},{{}}]}}"#
        );
        let mut batch = Batch::new(1 << 20);
        read(body.as_bytes(), &mut batch).expect("valid");
        let span = &batch.spans[0].span;
        assert_eq!(span.resource.as_str(), r#"{"schemaUrl":"r"}"#);
        assert_eq!(span.scope.as_str(), r#"{"name":"s","schemaUrl":"u"}"#);
    }

    #[test]
    fn what_is_of_another_type_is_named() {
        for (spans, problem) in [
            ("{}", "'spans' must be an array, but it is an object"),
            ("[null]", "'spans' must be an object, but it is null"),
            (r#"[{"name":5}]"#, "'name' must be a string, but it is a number"),
            (r#"[{"traceId":5}]"#, "'traceId' must be a string, but it is a number"),
            (r#"[{"flags":-1}]"#, "'flags' must be an integer of 32 bits, but it is a number"),
            (r#"[{"kind":"ODD"}]"#, "'kind' must be one of the constants, but it is a string"),
            (r#"[{"status":"OK"}]"#, "'status' must be an object, but it is a string"),
            (
                r#"[{"startTimeUnixNano":"soon"}]"#,
                "'startTimeUnixNano' must be a time in nanoseconds since 1970, but it is a string",
            ),
            (
                r#"[{"attributes":[{"value":{"bytesValue":"%"}}]}]"#,
                "'bytesValue' must be a string in base64, but it is a string",
            ),
            (
                r#"[{"attributes":[{"value":{"boolValue":"true"}}]}]"#,
                "'boolValue' must be a boolean, but it is a string",
            ),
            (
                r#"[{"attributes":[{"value":{"intValue":"x"}}]}]"#,
                "'intValue' must be an integer of 64 bits, but it is a string",
            ),
        ] {
            assert_eq!(refusal(spans), format!("Invalid OTLP in the request body: {problem}"));
        }
    }
}
