"""Reports of spans that are large or not what they should be: 10,000 spans in one body are stored together, and what
cannot be read costs no memory."""
import gzip
import http.client
import re
import secrets
import zlib
from pathlib import Path
from urllib.parse import urlsplit

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest, ExportTraceServiceResponse)
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, InstrumentationScope, KeyValue
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span

from judge.checks import Tally, options
from judge.database import Database

SPANS = 10_000
BODY = 8_000_000
"""How long the body with all these spans is, about, in bytes."""
MEBIBYTE = 1 << 20
MANY_SPANS_GROWTH = 64 * MEBIBYTE
"""What the gateway may need for them at the most."""
REFUSED_GROWTH = 8 * MEBIBYTE
"""What it may need for a body that it refuses: 60 MB of zeros, were they unpacked, would be seen."""
PROTOBUF, JSON = "application/x-protobuf", "application/json"


class Gateway:
    """The gateway's door for spans, and its memory."""

    def __init__(self, chosen):
        self.netloc = urlsplit(chosen.url).netloc
        self.key = chosen.key
        if not chosen.pid:
            raise SystemExit("--pid is wanted: the gateway's memory is looked at")
        self.process = Path("/proc", chosen.pid)

    def report(self, body, content_type, **more):
        """The status, the body and the content type of the answer."""
        connection = http.client.HTTPConnection(self.netloc, timeout=120)
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": content_type, **more}
        connection.request("POST", "/api/otel/v1/traces", body, headers)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return answer.status, content, answer.getheader("Content-Type")

    def growth(self, action):
        """What `action` gives, and by how many bytes the process grew at its height meanwhile."""
        # 5 resets the peak to what is resident now (proc_pid_clear_refs(5)).
        (self.process / "clear_refs").write_text("5")
        before = self._memory("VmRSS")
        result = action()
        return result, self._memory("VmHWM") - before

    def _memory(self, name):
        status = (self.process / "status").read_text()
        return int(re.search(rf"^{name}:\s+(\d+) kB$", status, re.MULTILINE)[1]) * 1024


def text(key, value):
    """An attribute."""
    return KeyValue(key=key, value=AnyValue(string_value=value))


def report_of(spans):
    """A report of these spans in protobuf."""
    scope_spans = ScopeSpans(scope=InstrumentationScope(name="load"), spans=spans)
    resource = Resource(attributes=[text("service.name", "load")])
    return ExportTraceServiceRequest(resource_spans=[ResourceSpans(resource=resource, scope_spans=[scope_spans])])


def many_spans(name):
    """As many spans as one body of this length holds, in traces of ten."""
    filling = "x" * (BODY // SPANS - 81)
    traces = [secrets.token_bytes(16) for _ in range(SPANS // 10)]
    for number in range(SPANS):
        yield Span(trace_id=traces[number // 10], span_id=(number + 1).to_bytes(8, "big"), name=name, kind=1,
                   start_time_unix_nano=1_700_000_000_000_000_000 + number,
                   end_time_unix_nano=1_700_000_001_000_000_000, attributes=[text("text", filling)])


def check_many_spans(tally, gateway, database):
    """Whether many spans in one body are stored, once, however often they come, and in bounded memory."""
    name = f"load {secrets.token_hex(4)}"
    body = report_of(many_spans(name)).SerializeToString()
    tally.that("10,000 spans make a body of 8 MB", abs(len(body) - BODY) < BODY // 50, f"saw {len(body)} bytes")
    for time in ("first", "again"):
        answer, grown = gateway.growth(lambda: gateway.report(body, PROTOBUF))
        print(f"{SPANS:,} spans in {len(body):,} bytes ({time}): the gateway grew by {grown / MEBIBYTE:.1f} MiB")
        tally.equal(f"10,000 spans ({time}): the answer", answer, (200, b"", PROTOBUF))
        tally.equal(f"10,000 spans ({time}): stored", database.count("spans", name), SPANS)
        limit = f"expected less than {MANY_SPANS_GROWTH} bytes, saw {grown}"
        tally.that(f"10,000 spans ({time}): memory", grown < MANY_SPANS_GROWTH, limit)


def check_refused_among_many(tally, gateway, database):
    """Whether a span that cannot be attributed is left out of many, and counted."""
    name = f"load {secrets.token_hex(4)}"
    spans = list(many_spans(name))
    spans[SPANS // 2].attributes.append(text("gentrace.pipeline_id", "no-such-pipeline"))
    status, content, _ = gateway.report(report_of(spans).SerializeToString(), PROTOBUF)
    partial = ExportTraceServiceResponse.FromString(content).partial_success
    tally.equal("one of many refused: the answer", (status, partial.rejected_spans), (200, 1))
    tally.equal("one of many refused: the reason", partial.error_message,
                "1 span was not stored: pipeline 'no-such-pipeline' not found (1)")
    tally.equal("one of many refused: stored", database.count("spans", name), SPANS - 1)


def bombs():
    """Bodies that are small until they are unpacked: to 60 MB, which is over the limit."""
    zeros = b"\0" * 60_000_000
    yield "a gzip bomb", gzip.compress(zeros, 9), "gzip"
    yield "a deflate bomb", zlib.compress(zeros, 9), "deflate"
    yield "a gzip bomb of spaces", gzip.compress(b" " * len(zeros), 9), "gzip"


def check_bombs(tally, gateway):
    """Whether bodies that grow beyond the limit are refused before they take memory."""
    for name, body, coding in bombs():
        tally.that(f"{name} is small", len(body) < 60_000, f"saw {len(body)} bytes")
        for content_type in (PROTOBUF, JSON):
            headers = {"Content-Encoding": coding}
            (status, content, _), grown = gateway.growth(lambda: gateway.report(body, content_type, **headers))
            print(f"{name}, {len(body):,} bytes as {content_type}: the gateway grew by {grown / MEBIBYTE:.1f} MiB")
            tally.equal(f"{name} as {content_type}: the answer {content!r}", status, 413)
            limit = f"expected less than {REFUSED_GROWTH} bytes, saw {grown}"
            tally.that(f"{name} as {content_type}: memory", grown < REFUSED_GROWTH, limit)


def check_undecodable(tally, gateway, database):
    """Whether bodies that nobody can read are 400, and nothing of them is stored."""
    name = f"load {secrets.token_hex(4)}"
    whole = report_of(list(many_spans(name))[:2]).SerializeToString()
    for what, body, content_type, headers in (
        ("half a report", whole[:-1], PROTOBUF, {}),
        ("half a report, mislabelled", whole[:-1], JSON, {}),
        ("noise", b"\xff" * 100, PROTOBUF, {}),
        ("half an object", b'{"resourceSpans":[', JSON, {}),
        ("another type", b'{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":5}]}]}]}', JSON, {}),
        ("an array", b"[]", JSON, {}),
        ("nothing", b"", JSON, {}),
        ("half a gzip member", gzip.compress(whole)[:-9], PROTOBUF, {"Content-Encoding": "gzip"}),
        ("no gzip at all", whole, PROTOBUF, {"Content-Encoding": "gzip"}),
    ):
        status, content, kind = gateway.report(body, content_type, **headers)
        tally.equal(f"{what}: the answer {content!r}", (status, kind), (400, JSON))
        tally.that(f"{what}: the envelope", content.startswith(b'{"message":"'), repr(content))
    tally.equal("undecodable: stored", database.count("spans", name), 0)


def main():
    """Judges the gateway of the arguments."""
    chosen = options(__doc__)
    gateway, tally = Gateway(chosen), Tally()
    database = Database(chosen.database, chosen.org)
    check_bombs(tally, gateway)
    check_many_spans(tally, gateway, database)
    check_refused_among_many(tally, gateway, database)
    check_undecodable(tally, gateway, database)
    tally.close()


if __name__ == "__main__":
    main()
