"""Spans as they were sent, brought into one form with spans as they are stored."""
import base64
import json
import math

from google.protobuf.json_format import MessageToDict

IDS = ("traceId", "spanId", "parentSpanId")
VALUES = {"stringValue", "boolValue", "intValue", "doubleValue", "arrayValue", "kvlistValue", "bytesValue"}
INT64 = range(-(2**63), 2**63)


def from_protobuf(request):
    """An `ExportTraceServiceRequest` in OTLP's JSON form, whose ids are hexadecimal."""
    return _hexadecimal(MessageToDict(request, use_integers_for_enums=True))


def _hexadecimal(node):
    if isinstance(node, list):
        return [_hexadecimal(item) for item in node]
    if not isinstance(node, dict):
        return node
    return {
        key: base64.b64decode(value).hex() if key in IDS else _hexadecimal(value) for key, value in node.items()
    }


def sent_spans(reports):
    """The spans of several reports in OTLP's JSON form, by trace and span id."""
    spans = {}
    for report in reports:
        for resource_spans in report.get("resourceSpans", []):
            resource = _with_url(resource_spans, "resource")
            for scope_spans in resource_spans.get("scopeSpans", []):
                scope = _with_url(scope_spans, "scope")
                for span in scope_spans.get("spans", []):
                    whole = {"span": settled(span), "resource": resource, "scope": scope}
                    spans[span["traceId"], span["spanId"]] = whole
    return spans


def _with_url(around, name):
    return settled({**(around.get(name) or {}), "schemaUrl": around.get("schemaUrl")})


def stored_spans(database, keys):
    """The rows of spans with these ids, in the form of `sent_spans`."""
    spans = {}
    for row in database.rows("spans", trace_id={trace for trace, _ in keys}):
        key = (row["trace_id"], row["span_id"])
        if key in keys:
            parts = {"span": row["body"], "resource": row["resource"], "scope": row["scope"]}
            spans[key] = {name: settled(json.loads(text)) for name, text in parts.items()}
    return spans


def check_spans(tally, what, database, sent):
    """Whether every span that was sent is stored, whole, and as its columns say."""
    stored = stored_spans(database, sent)
    tally.equal(f"{what}: spans stored", len(stored), len(sent))
    for key, span in sent.items():
        if key in stored:
            name = f"{what}: span {span['span'].get('name')!a}"
            found = difference(span, stored[key])
            tally.that(name, found is None, found or "")


def settled(node):
    """A message without what is its field's default, which its absence means, numbers spelled one way."""
    if isinstance(node, list):
        return [settled(item) for item in node]
    if not isinstance(node, dict):
        return node
    if node.keys() & VALUES:
        return _settled_value(node)
    inner = {key: settled(value) for key, value in node.items()}
    return {key: value for key, value in inner.items() if value not in (None, "", 0, "0", [], {})}


def _settled_value(node):
    """An attribute's value. It is kept when it is a default; an integer beyond 64 bits is a double."""
    ((kind, value),) = node.items()
    if value is None:
        return {}
    if kind == "intValue":
        return {kind: int(value)} if int(value) in INT64 else {"doubleValue": float(value)}
    if kind == "doubleValue":
        number = float(value)
        return {kind: "NaN" if math.isnan(number) else number}
    if kind in ("arrayValue", "kvlistValue"):
        return {kind: [settled(item) for item in value.get("values", [])]}
    return node


def difference(sent, stored, path=""):
    """Where the two differ first, in words; none if they do not."""
    if isinstance(sent, dict) and isinstance(stored, dict):
        for key in sorted(sent.keys() | stored.keys()):
            if key not in stored or key not in sent:
                return f"{path}.{key}: expected {sent.get(key)!a}, saw {stored.get(key)!a}"
            if found := difference(sent[key], stored[key], f"{path}.{key}"):
                return found
        return None
    if isinstance(sent, list) and isinstance(stored, list) and len(sent) == len(stored):
        pairs = zip(sent, stored, strict=True)
        found = (difference(a, b, f"{path}[{n}]") for n, (a, b) in enumerate(pairs))
        return next((one for one in found if one), None)
    # Told so, zero differs from minus zero, and 1 from 1.0.
    same = repr(sent) == repr(stored)
    return None if same else f"{path}: expected {sent!a}, saw {stored!a}"
