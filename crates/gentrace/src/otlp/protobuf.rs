//! OTLP in protobuf → spans in OTLP's JSON form.
//!
//! No tree of messages is built: two bytes can stand for an empty message, so that a small packed
//! body would become gigabytes of structures. Each span is written while it is read, into bounded
//! room.

use evalstone_core::error::{Error, Result};
use evalstone_core::json::{MAX_DEPTH, RawJson};

use super::batch::Batch;
use super::marks::NO_TRACE_ID;
use super::schema::{Field, Kind, MOST_FIELDS, Message, RESOURCE, SCOPE, SPAN, Shape};
use super::undecodable;
use super::writer::{self, Writer, with_schema_url};

/// How deep a span lies in a request's JSON form: both encodings nest equally deep.
const SPAN_DEPTH: usize = 6;

/// The bytes of a span's two ids. A small packed body can hold millions of shorter spans, which
/// are not worth being written.
const SHORTEST_SPAN: usize = 28;

/// Reads an `ExportTraceServiceRequest`.
///
/// # Errors
/// Invalid when the bytes are none; `TooLarge` when its spans take too much room.
pub fn read(bytes: &[u8], batch: &mut Batch) -> Result<()> {
    for record in Records(bytes) {
        if let (1, wire) = record? {
            read_resource_spans(wire.bytes()?, batch)?;
        }
    }
    Ok(())
}

fn read_resource_spans(bytes: &[u8], batch: &mut Batch) -> Result<()> {
    let resource = read_head(bytes, &RESOURCE, batch)?;
    for record in Records(bytes) {
        if let (2, wire) = record? {
            let bytes = wire.bytes()?;
            let scope = read_head(bytes, &SCOPE, batch)?;
            read_spans(bytes, &resource, &scope, batch)?;
        }
    }
    Ok(())
}

fn read_spans(bytes: &[u8], resource: &RawJson, scope: &RawJson, batch: &mut Batch) -> Result<()> {
    for record in Records(bytes) {
        let (number, wire) = record?;
        if number == 2 {
            let span = wire.bytes()?;
            if span.len() < SHORTEST_SPAN {
                batch.refused.note(NO_TRACE_ID);
                continue;
            }
            let mut out = batch.writer(span.len());
            write_message(&mut out, &SPAN, span, SPAN_DEPTH)?;
            batch.add(out.finish(), resource, scope)?;
        }
    }
    Ok(())
}

/// Reads what stands around spans, be it resource or scope, with the URL of its schema.
fn read_head(bytes: &[u8], message: &'static Message, batch: &Batch) -> Result<RawJson> {
    let fields = [
        Field { number: 1, name: "", kind: Kind::Message(message), repeated: false },
        Field { number: 3, name: "", kind: Kind::Text, repeated: false },
    ];
    let [inner, schema_url, ..] = found(&fields, Shape::Sparse, bytes)?;
    let inner = inner.unwrap_or(Wire::Bytes(&[])).bytes()?;
    let mut out = batch.writer(inner.len());
    write_message(&mut out, message, inner, SPAN_DEPTH)?;
    let schema_url = schema_url.map(|url| token(Kind::Text, url)).transpose()?;
    Ok(with_schema_url(out.finish(), schema_url))
}

fn write_message(out: &mut Writer, message: &Message, bytes: &[u8], depth: usize) -> Result<()> {
    let depth = deeper(depth)?;
    let found = found(message.fields, message.shape, bytes)?;
    out.push("{")?;
    for (field, wire) in message.fields.iter().zip(found) {
        match wire {
            Some(_) if field.repeated => write_values(out, field, bytes, depth)?,
            Some(wire) => write_field(out, message, field, wire, depth)?,
            None => out.nothing(message, field)?,
        }
    }
    out.push("}")
}

fn write_field(
    out: &mut Writer,
    message: &Message,
    field: &Field,
    wire: Wire<'_>,
    depth: usize,
) -> Result<()> {
    if let Kind::Message(inner) = field.kind {
        out.key(field.name)?;
        return write_message(out, inner, wire.bytes()?, depth);
    }
    out.scalar(message, field, &token(field.kind, wire)?)
}

fn write_values(out: &mut Writer, field: &Field, bytes: &[u8], depth: usize) -> Result<()> {
    let depth = deeper(depth)?;
    out.key(field.name)?;
    out.push("[")?;
    for record in Records(bytes) {
        let (number, wire) = record?;
        if number == field.number {
            out.separate()?;
            match field.kind {
                Kind::Message(inner) => write_message(out, inner, wire.bytes()?, depth)?,
                kind => out.push(&token(kind, wire)?)?,
            }
        }
    }
    out.push("]")
}

fn deeper(depth: usize) -> Result<usize> {
    if depth < MAX_DEPTH {
        Ok(depth + 1)
    } else {
        Err(undecodable(&format!("values are nested deeper than {MAX_DEPTH} levels")))
    }
}

/// A scalar's JSON token.
fn token(kind: Kind, wire: Wire<'_>) -> Result<String> {
    Ok(match (kind, wire) {
        (Kind::Text, Wire::Bytes(bytes)) => match std::str::from_utf8(bytes) {
            Ok(text) => writer::text(text),
            Err(_) => return Err(undecodable("a string is not UTF-8")),
        },
        (Kind::Id, Wire::Bytes(bytes)) => writer::id(bytes),
        (Kind::Bytes, Wire::Bytes(bytes)) => writer::base64(bytes),
        (Kind::Bool, Wire::Varint(number)) => (number != 0).to_string(),
        (Kind::Int, Wire::Varint(number)) => writer::long(number.cast_signed()),
        // Protobuf cuts numbers that are too long for their field.
        (Kind::Count, Wire::Varint(number)) => (number as u32).to_string(),
        (Kind::Constant(_), Wire::Varint(number)) => (number as i32).to_string(),
        (Kind::Flags, Wire::Fixed32(number)) => number.to_string(),
        (Kind::Nanos, Wire::Fixed64(number)) => writer::long(number),
        (Kind::Double, Wire::Fixed64(bits)) => writer::double(f64::from_bits(bits)),
        _ => return Err(wrong_type()),
    })
}

/// The value of each field of a message; of repeated ones any.
fn found<'a>(
    fields: &[Field],
    shape: Shape,
    bytes: &'a [u8],
) -> Result<[Option<Wire<'a>>; MOST_FIELDS]> {
    let mut found = [None; MOST_FIELDS];
    for record in Records(bytes) {
        let (number, wire) = record?;
        let Some(index) = fields.iter().position(|field| field.number == number) else {
            continue;
        };
        let field = &fields[index];
        if found[index].is_some() && !field.repeated && matches!(field.kind, Kind::Message(_)) {
            // Protobuf allows it, no encoder does it, and joining pieces at every level of
            // nesting would multiply what a body takes in memory.
            return Err(undecodable("a message comes in pieces"));
        }
        if shape == Shape::Choice {
            found = [None; MOST_FIELDS];
        }
        found[index] = Some(wire);
    }
    Ok(found)
}

/// A field's value as it was sent.
#[derive(Clone, Copy)]
enum Wire<'a> {
    Varint(u64),
    Fixed64(u64),
    Bytes(&'a [u8]),
    Fixed32(u32),
}

impl<'a> Wire<'a> {
    fn bytes(self) -> Result<&'a [u8]> {
        match self {
            Self::Bytes(bytes) => Ok(bytes),
            Self::Varint(_) | Self::Fixed64(_) | Self::Fixed32(_) => Err(wrong_type()),
        }
    }
}

/// The fields of a message in the order in which they were sent: number and value. After an error
/// there are none.
struct Records<'a>(&'a [u8]);

impl<'a> Iterator for Records<'a> {
    type Item = Result<(u32, Wire<'a>)>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let record = self.record();
        if record.is_err() {
            self.0 = &[];
        }
        Some(record)
    }
}

impl<'a> Records<'a> {
    fn record(&mut self) -> Result<(u32, Wire<'a>)> {
        let tag = self.varint()?;
        let number = u32::try_from(tag >> 3).ok().filter(|number| *number != 0);
        let number = number.ok_or_else(|| undecodable("a field has no number"))?;
        let wire = match tag & 7 {
            0 => Wire::Varint(self.varint()?),
            1 => Wire::Fixed64(u64::from_le_bytes(self.array()?)),
            2 => {
                let length = self.varint()?;
                let length = usize::try_from(length).map_err(|_| cut_off())?;
                let (bytes, rest) = self.0.split_at_checked(length).ok_or_else(cut_off)?;
                self.0 = rest;
                Wire::Bytes(bytes)
            }
            5 => Wire::Fixed32(u32::from_le_bytes(self.array()?)),
            // Groups (3 and 4) were dropped from protobuf before OTLP was made.
            _ => return Err(undecodable("a field has no known wire type")),
        };
        Ok((number, wire))
    }

    fn varint(&mut self) -> Result<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let (byte, rest) = self.0.split_first().ok_or_else(cut_off)?;
            self.0 = rest;
            number |= u64::from(byte & 0x7F) << shift;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(undecodable("a number is too long"))
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let (array, rest) = self.0.split_first_chunk().ok_or_else(cut_off)?;
        self.0 = rest;
        Ok(*array)
    }
}

fn cut_off() -> Error {
    undecodable("it ends within a field")
}

fn wrong_type() -> Error {
    undecodable("a field's value is of another type")
}

#[cfg(test)]
mod tests {
    use evalstone_core::error::Kind as Failing;

    use super::*;

    /// A field whose value has a length.
    fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
        let length = u8::try_from(bytes.len()).expect("short");
        [&[number << 3 | 2, length], bytes].concat()
    }

    /// A report of one span with these fields, after its ids.
    fn report(fields: &[u8]) -> Vec<u8> {
        let span = [field(1, &[1; 16]), field(2, &[2; 8]), fields.to_vec()].concat();
        field(1, &field(2, &field(2, &span)))
    }

    fn refusal(bytes: &[u8]) -> String {
        let error = read(bytes, &mut Batch::new(1 << 20)).expect_err("refused");
        assert_eq!(error.kind(), Failing::Invalid);
        error.message().replace("Invalid OTLP in the request body: ", "")
    }

    fn stored(fields: &[u8]) -> String {
        let mut batch = Batch::new(1 << 20);
        read(&report(fields), &mut batch).expect("protobuf");
        let body = batch.spans.first().expect("a span").span.body.as_str();
        let ids = r#"{"traceId":"01010101010101010101010101010101","spanId":"0202020202020202""#;
        body.strip_prefix(ids).expect(body).to_owned()
    }

    #[test]
    fn unknown_fields_are_skipped_and_the_last_of_several_counts() {
        // Field 100: a number, bytes, 4 and 8 bytes.
        let unknown = [
            &[0xA0, 0x06, 0xFF, 0x01][..],
            &[0xA2, 0x06, 0x01, 0x00],
            &[0xA5, 0x06, 0, 0, 0, 0],
            &[0xA1, 0x06, 0, 0, 0, 0, 0, 0, 0, 0],
        ];
        let fields = [unknown.concat(), field(5, b"a"), field(5, b"b")].concat();
        assert_eq!(stored(&fields), r#","name":"b"}"#);
        assert_eq!(stored(&[]), "}");
    }

    #[test]
    fn the_last_member_of_a_choice_counts() {
        let value = [field(1, b"a"), vec![2 << 3, 0]].concat();
        let attribute = [field(1, b"k"), field(2, &value)].concat();
        assert_eq!(
            stored(&field(9, &attribute)),
            r#","attributes":[{"key":"k","value":{"boolValue":false}}]}"#
        );
    }

    #[test]
    fn what_is_no_protobuf_is_refused() {
        for (bytes, problem) in [
            (&b"\x0a"[..], "it ends within a field"),
            (b"\x0a\x05abc", "it ends within a field"),
            (b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f", "it ends within a field"),
            (b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", "a number is too long"),
            (b"\x00", "a field has no number"),
            (b"\x0b", "a field has no known wire type"),
            (b"{}", "a field has no known wire type"),
            (b"\x08\x01", "a field's value is of another type"),
        ] {
            assert_eq!(refusal(bytes), problem, "{bytes:?}");
        }
        assert_eq!(refusal(&report(&field(5, b"\xff"))), "a string is not UTF-8");
        assert_eq!(refusal(&report(&[5 << 3, 1])), "a field's value is of another type");
        let status = [field(15, b""), field(15, b"")].concat();
        assert_eq!(refusal(&report(&status)), "a message comes in pieces");
    }

    #[test]
    fn depth_is_bounded() {
        let mut value = field(1, b"x");
        for _ in 0..30 {
            value = long_field(5, &long_field(1, &value));
        }
        let deep = |value: &[u8]| {
            let span =
                [field(1, &[1; 16]), field(2, &[2; 8]), long_field(9, &long_field(2, value))];
            long_field(1, &long_field(2, &long_field(2, &span.concat())))
        };
        assert!(read(&deep(&value), &mut Batch::new(1 << 20)).is_ok());
        let deeper = long_field(5, &long_field(1, &value));
        assert_eq!(refusal(&deep(&deeper)), "values are nested deeper than 100 levels");
    }

    fn long_field(number: u8, bytes: &[u8]) -> Vec<u8> {
        let length = bytes.len();
        let length = [(length & 0x7F) as u8 | 0x80, (length >> 7) as u8];
        [&[number << 3 | 2][..], &length, bytes].concat()
    }

    #[test]
    fn empty_messages_cost_no_room() {
        // Spans without ids, of two bytes: each is refused, none is kept.
        let spans = [0x12, 0x00].repeat(1 << 16);
        let length = |bytes: &[u8]| {
            let mut length = bytes.len();
            let mut varint = Vec::new();
            while length > 0x7F {
                varint.push((length & 0x7F) as u8 | 0x80);
                length >>= 7;
            }
            varint.push(length as u8);
            varint
        };
        let scope_spans = [vec![0x12], length(&spans), spans].concat();
        let body = [vec![0x0A], length(&scope_spans), scope_spans].concat();
        let mut batch = Batch::new(1 << 10);
        read(&body, &mut batch).expect("protobuf");
        assert_eq!((batch.spans.len(), batch.refused.count), (0, 1 << 16));
    }
}
