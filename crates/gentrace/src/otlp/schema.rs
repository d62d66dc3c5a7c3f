//! OTLP's messages as far as traces use them: opentelemetry-proto 1.x, `trace/v1/trace.proto`,
//! `common/v1/common.proto`, `resource/v1/resource.proto`. Data only; both readers follow it.

/// A message: its fields in the order in which they are written.
pub struct Message {
    /// The fields, at most [`MOST_FIELDS`].
    pub fields: &'static [Field],
    /// Which of them are written.
    pub shape: Shape,
}

/// Which of a message's fields are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Those that are not their default, which their absence means.
    Sparse,
    /// All, for readers that know of no defaults here, but for messages that are absent.
    Full,
    /// The only one that is set, be it the default or not.
    Choice,
}

/// A field of a message.
pub struct Field {
    /// Its number in protobuf.
    pub number: u32,
    /// Its key in JSON.
    pub name: &'static str,
    /// What its value is.
    pub kind: Kind,
    /// Whether it has any number of values.
    pub repeated: bool,
}

/// What a field's value is.
#[derive(Clone, Copy)]
pub enum Kind {
    /// A string.
    Text,
    /// Bytes that JSON writes in hexadecimal.
    Id,
    /// Bytes that JSON writes in base64.
    Bytes,
    /// `bool`.
    Bool,
    /// `int64`, in JSON a string.
    Int,
    /// `double`.
    Double,
    /// `uint32`.
    Count,
    /// `fixed32`.
    Flags,
    /// `fixed64`, in JSON a string.
    Nanos,
    /// A constant: its number in both encodings, though some write its name in JSON. The names by
    /// their numbers.
    Constant(&'static [&'static str]),
    /// Another message.
    Message(&'static Message),
}

/// The most fields of a message.
pub const MOST_FIELDS: usize = 16;

const fn one(number: u32, name: &'static str, kind: Kind) -> Field {
    Field { number, name, kind, repeated: false }
}

const fn many(number: u32, name: &'static str, kind: Kind) -> Field {
    Field { number, name, kind, repeated: true }
}

const fn sparse(fields: &'static [Field]) -> Message {
    Message { fields, shape: Shape::Sparse }
}

const fn full(fields: &'static [Field]) -> Message {
    Message { fields, shape: Shape::Full }
}

/// A span.
pub static SPAN: Message = sparse(&[
    one(1, "traceId", Kind::Id),
    one(2, "spanId", Kind::Id),
    one(3, "traceState", Kind::Text),
    one(4, "parentSpanId", Kind::Id),
    one(16, "flags", Kind::Flags),
    one(5, "name", Kind::Text),
    one(6, "kind", Kind::Constant(&SPAN_KINDS)),
    one(7, "startTimeUnixNano", Kind::Nanos),
    one(8, "endTimeUnixNano", Kind::Nanos),
    many(9, "attributes", Kind::Message(&KEY_VALUE)),
    one(10, "droppedAttributesCount", Kind::Count),
    many(11, "events", Kind::Message(&EVENT)),
    one(12, "droppedEventsCount", Kind::Count),
    many(13, "links", Kind::Message(&LINK)),
    one(14, "droppedLinksCount", Kind::Count),
    one(15, "status", Kind::Message(&STATUS)),
]);

/// What reported spans.
pub static RESOURCE: Message = sparse(&[
    many(1, "attributes", Kind::Message(&KEY_VALUE)),
    one(2, "droppedAttributesCount", Kind::Count),
    many(3, "entityRefs", Kind::Message(&ENTITY)),
]);

/// The instrumentation that made spans.
pub static SCOPE: Message = sparse(&[
    one(1, "name", Kind::Text),
    one(2, "version", Kind::Text),
    many(3, "attributes", Kind::Message(&KEY_VALUE)),
    one(4, "droppedAttributesCount", Kind::Count),
]);

static EVENT: Message = sparse(&[
    one(1, "timeUnixNano", Kind::Nanos),
    one(2, "name", Kind::Text),
    many(3, "attributes", Kind::Message(&KEY_VALUE)),
    one(4, "droppedAttributesCount", Kind::Count),
]);

static LINK: Message = sparse(&[
    one(1, "traceId", Kind::Id),
    one(2, "spanId", Kind::Id),
    one(3, "traceState", Kind::Text),
    many(4, "attributes", Kind::Message(&KEY_VALUE)),
    one(5, "droppedAttributesCount", Kind::Count),
    one(6, "flags", Kind::Flags),
]);

static STATUS: Message =
    sparse(&[one(2, "message", Kind::Text), one(3, "code", Kind::Constant(&STATUS_CODES))]);

static ENTITY: Message = full(&[
    one(1, "schemaUrl", Kind::Text),
    one(2, "type", Kind::Text),
    many(3, "idKeys", Kind::Text),
    many(4, "descriptionKeys", Kind::Text),
]);

static KEY_VALUE: Message =
    full(&[one(1, "key", Kind::Text), one(2, "value", Kind::Message(&ANY_VALUE))]);

/// Where a double stands among the fields of an attribute's value: an integer that is none goes
/// there.
pub const DOUBLE_VALUE: usize = 3;

static ANY_VALUE: Message = Message {
    fields: &[
        one(1, "stringValue", Kind::Text),
        one(2, "boolValue", Kind::Bool),
        one(3, "intValue", Kind::Int),
        one(4, "doubleValue", Kind::Double),
        one(5, "arrayValue", Kind::Message(&ARRAY)),
        one(6, "kvlistValue", Kind::Message(&KEY_VALUES)),
        one(7, "bytesValue", Kind::Bytes),
    ],
    shape: Shape::Choice,
};

static ARRAY: Message = full(&[many(1, "values", Kind::Message(&ANY_VALUE))]);

static KEY_VALUES: Message = full(&[many(1, "values", Kind::Message(&KEY_VALUE))]);

static SPAN_KINDS: [&str; 6] = [
    "SPAN_KIND_UNSPECIFIED",
    "SPAN_KIND_INTERNAL",
    "SPAN_KIND_SERVER",
    "SPAN_KIND_CLIENT",
    "SPAN_KIND_PRODUCER",
    "SPAN_KIND_CONSUMER",
];

static STATUS_CODES: [&str; 3] = ["STATUS_CODE_UNSET", "STATUS_CODE_OK", "STATUS_CODE_ERROR"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_message_fits_and_names_each_field_once() {
        let all = [
            &SPAN,
            &RESOURCE,
            &SCOPE,
            &EVENT,
            &LINK,
            &STATUS,
            &ENTITY,
            &KEY_VALUE,
            &ANY_VALUE,
            &ARRAY,
            &KEY_VALUES,
        ];
        for Message { fields, .. } in all {
            assert!(fields.len() <= MOST_FIELDS);
            for field in *fields {
                let alike =
                    |other: &&Field| other.number == field.number || other.name == field.name;
                assert_eq!(fields.iter().filter(alike).count(), 1, "{}", field.name);
            }
        }
        assert_eq!(ANY_VALUE.fields[DOUBLE_VALUE].name, "doubleValue");
    }
}
