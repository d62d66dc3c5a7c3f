"""Reports of spans in OpenTelemetry's protobuf, by hand: messages are fields, a field is its tag and its value."""
from rig.texts import Texts

VARINT, FIXED64, BYTES = 0, 1, 2
"""Wire types."""
NEW_BYTES = b"{{12 bytes}}"
"""What the load generator makes new in each body."""
TRACE = 10
"""Spans in a trace."""
BEGAN = 1_800_000_000_000_000_000
"""Nanoseconds."""
CLIENT, OK = 3, 1
"""A span's kind and its status."""


def varint(number):
    """Seven bits a byte, the lowest first; all but the last byte have their highest bit set."""
    coded = bytearray()
    while number > 0x7F:
        coded.append(number & 0x7F | 0x80)
        number >>= 7
    coded.append(number)
    return bytes(coded)


def field(number, value):
    """A field whose value is a text, bytes (or a message) or a small number."""
    if isinstance(value, int):
        return varint(number << 3 | VARINT) + varint(value)
    value = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | BYTES) + varint(len(value)) + value


def time(number, nanoseconds):
    return varint(number << 3 | FIXED64) + nanoseconds.to_bytes(8, "little")


def attribute(key, value):
    """A KeyValue; AnyValue has texts in field 1 and integers in field 3."""
    return field(1, key) + field(2, field(3 if isinstance(value, int) else 1, value))


def span(number, texts):
    """A call of a model, of about 600 bytes; the first of a trace is the parent of the others."""
    own, first = (1 + number % TRACE).to_bytes(8, "big"), (1).to_bytes(8, "big")
    coded = field(1, NEW_BYTES + (number // TRACE).to_bytes(4, "big")) + field(2, own)
    if own != first:
        coded += field(4, first)
    coded += field(5, "chat") + field(6, CLIENT) + time(7, BEGAN + number) + time(8, BEGAN + number + 1_500_000_000)
    for key, value in (("gen_ai.operation.name", "chat"), ("gen_ai.request.model", "gpt-4o"),
                       ("input.value", texts.piece(180)), ("output.value", texts.piece(180)),
                       ("gen_ai.usage.input_tokens", 40), ("gen_ai.usage.output_tokens", 42)):
        coded += field(9, attribute(key, value))
    return coded + field(15, field(3, OK))


def report(spans, seed=5):
    """An ExportTraceServiceRequest with as many spans, of one resource and one scope."""
    texts = Texts(seed)
    resource = field(1, field(1, attribute("service.name", "bench")))
    scope = field(1, field(1, "bench"))
    return field(1, resource + field(2, scope + b"".join(field(2, span(number, texts)) for number in range(spans))))
