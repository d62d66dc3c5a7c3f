"""Spans of every shape, sent by OpenTelemetry's own exporter for Python. Tells what was sent and what it returned."""
import argparse
import os
import threading

from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import (
    Link, NonRecordingSpan, SpanContext, SpanKind, Status, StatusCode, TraceFlags, TraceState, set_span_in_context)

from judge.checks import Tally
from judge.otlp import from_protobuf

CLIENTS, SPANS_EACH = 50, 4
TEXT = "Grüße, 世界 \U0001f30d \u0000\u001f\u007f\u2028 \"quoted\" \\ /"
VALUES = {
    "text": TEXT,
    "empty": "",
    "yes": True,
    "no": False,
    "zero": 0,
    "least": -(2**63),
    "greatest": 2**63 - 1,
    "beyond doubles": 2**53 + 1,
    "double": 0.1,
    "whole double": 1.0,
    "no double": 0.0,
    "minus nothing": -0.0,
    "largest": 1.7976931348623157e308,
    "smallest": 5e-324,
    "not a number": float("nan"),
    "infinite": float("inf"),
    "minus infinite": float("-inf"),
    "bytes": bytes(range(256)),
    "no bytes": b"",
    "nothing": None,
    "texts": ["a", "", TEXT],
    "numbers": [1, -1, 2**63 - 1],
    "doubles": [0.5, -1e300],
    "booleans": [True, False],
    "mixed": ["a", 1, 2.5, True, None, b"\x00\xff", [1, [2]], {"k": "v"}],
    "empty list": [],
    "map": {"text": "v", "deep": {"list": [1, {"x": None}], "bytes": b"\x00"}, "empty": {}},
    TEXT: "an odd key",
}


class Kept(SpanExporter):
    """Keeps what the exporter was given and what it returned."""

    def __init__(self, exporter):
        self.exporter = exporter
        self.reports = []
        self.results = []

    def export(self, spans):
        self.reports.append(from_protobuf(encode_spans(spans)))
        result = self.exporter.export(spans)
        self.results.append(result is SpanExportResult.SUCCESS)
        return result

    def shutdown(self):
        self.exporter.shutdown()


def exporter(headers):
    """The exporter of a customer, told by the vendor's variables where it reports."""
    url, key = os.environ["GENTRACE_BASE_URL"], os.environ["GENTRACE_API_KEY"]
    headers = {"Authorization": f"Bearer {key}", **headers}
    return Kept(OTLPSpanExporter(endpoint=f"{url}/otel/v1/traces", headers=headers))


def provider(kept, processor=SimpleSpanProcessor):
    """What makes spans and reports them."""
    resource = Resource.create({"service.name": TEXT, "numbers": [1, 2], "empty": ""}, schema_url="https://r/1")
    made = TracerProvider(resource=resource)
    made.add_span_processor(processor(kept))
    return made


def send_shapes(headers):
    """Traces with every shape that a span can have, by a batch and one at a time."""
    for processor in (SimpleSpanProcessor, BatchSpanProcessor):
        kept = exporter(headers)
        yield kept
        made = provider(kept, processor)
        tracer = made.get_tracer("scope " + TEXT, "1.2.3", schema_url="https://s/2", attributes={"scope": [True]})
        with tracer.start_as_current_span("root " + TEXT, kind=SpanKind.SERVER, attributes=VALUES) as root:
            for kind in SpanKind:
                with tracer.start_as_current_span(kind.name, kind=kind):
                    pass
            root.add_event("event " + TEXT, VALUES, timestamp=1)
            root.add_event("", {})
            root.set_status(Status(StatusCode.OK))
        state = TraceState([("vendor", "a:b"), ("other", "1")])
        far = SpanContext(2**128 - 1, 2**64 - 1, is_remote=True, trace_flags=TraceFlags(1), trace_state=state)
        links = [Link(far, VALUES), Link(root.get_span_context())]
        with tracer.start_as_current_span("linked", links=links, context=set_span_in_context(NonRecordingSpan(far))):
            pass
        with made.get_tracer("bare").start_as_current_span("") as span:
            span.set_status(Status(StatusCode.ERROR, TEXT))
        try:
            with tracer.start_as_current_span("raises"):
                raise ValueError(TEXT)
        except ValueError:
            pass
        made.shutdown()


def send_crowd(headers):
    """Spans of many clients at once, each with a connection of its own."""
    barrier = threading.Barrier(CLIENTS)
    each = [exporter(headers) for _ in range(CLIENTS)]

    def client(number):
        made = provider(each[number])
        tracer = made.get_tracer("crowd")
        barrier.wait()
        for step in range(SPANS_EACH):
            with tracer.start_as_current_span(f"client {number}, span {step}", attributes={"text": "x" * 1000}):
                pass
        made.shutdown()

    threads = [threading.Thread(target=client, args=(number,)) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    yield from each


def send_mixed(headers):
    """A batch in which some spans name what does not exist."""
    kept = exporter(headers)
    yield kept
    made = provider(kept, BatchSpanProcessor)
    tracer = made.get_tracer("mixed")
    for name, attributes in (
        ("kept", {"gentrace.pipeline_id": "default"}),
        ("refused pipeline", {"gentrace.pipeline_id": "no-such-pipeline"}),
        ("refused pipeline", {"gentrace.pipeline_id": "no-such-pipeline"}),
        ("refused experiment", {"gentrace.experiment_id": "0195a1b2-0000-7000-8000-000000000000"}),
        ("kept too", {}),
    ):
        with tracer.start_as_current_span(name, attributes=attributes):
            pass
    made.shutdown()


def main():
    """Sends what the arguments ask for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--send", choices=("shapes", "crowd", "mixed"), required=True)
    parser.add_argument("--mislabelled", action="store_true", help="with the header map of the vendor's pages")
    chosen = parser.parse_args()
    headers = {"Content-Type": "application/json"} if chosen.mislabelled else {}
    everybody = list({"shapes": send_shapes, "crowd": send_crowd, "mixed": send_mixed}[chosen.send](headers))
    reports = [report for kept in everybody for report in kept.reports]
    results = [result for kept in everybody for result in kept.results]
    print(Tally().json(reports=reports, results=results))


if __name__ == "__main__":
    main()
