"""What a user's code tells the gateway before anybody looks: experiments, and the spans that report them."""
import json
import secrets
import time
import urllib.request

HOSTILE = """<script>document.title='ran';alert(1)</script><img src=x onerror="alert(2)">'"><b>&amp;"""
"""A text that would run, were it ever taken for HTML."""
EXACT = '{"n": 123456789012345678901234567890.10, "half": "\\ud800", "n": 1e5}'
"""A payload that only its own bytes can say."""


class Teller:
    """Speaks to the gateway as the SDK does."""

    def __init__(self, url, key):
        self.url, self.key = url, key

    def call(self, path, body, content_type="application/json"):
        """The JSON that a POST answers, which must succeed."""
        data = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": content_type}
        request = urllib.request.Request(f"{self.url}/api{path}", data, headers)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.loads(answer.read())

    def experiment(self, **fields):
        """An experiment of the default pipeline; `link` is what the SDK prints."""
        made = self.call("/v4/experiments", {"pipelineId": "default", **fields})
        return made["id"], self.url + made["resourcePath"]

    def case(self, name, inputs, expected):
        """A stored test case's id."""
        dataset = self.call("/v4/datasets", {"name": "seen in a browser", "description": None})["id"]
        body = {"datasetId": dataset, "name": name, "inputs": inputs, "expectedOutputs": expected}
        return self.call("/v4/test-cases", body)["id"]

    def report(self, *spans):
        """Spans in one request."""
        resource = {"attributes": [attribute("service.name", "browser test")]}
        scope = {"name": "gentrace.sdk", "version": "1.6.1"}
        self.call("/otel/v1/traces", {"resourceSpans": [
            {"resource": resource, "scopeSpans": [{"scope": scope, "spans": list(spans)}]}]})


def trace_id():
    """A new trace's id."""
    return secrets.token_hex(16)


def attribute(key, value):
    """An attribute whose value is a text."""
    return {"key": key, "value": {"stringValue": value}}


def event(name, **attributes):
    """An event; underscores in its attributes' names stand for points."""
    pairs = [attribute(key.replace("__", "."), value) for key, value in attributes.items()]
    return {"name": name, "timeUnixNano": str(time.time_ns()), "attributes": pairs}


def span(trace, number, name, parent=0, took_ms=10.0, **fields):
    """A span whose id is its number."""
    start = 1_750_000_000_000_000_000 + number * 1_000_000
    said = {"traceId": trace, "spanId": f"{number:016x}", "name": name, "kind": 1,
            "startTimeUnixNano": str(start), "endTimeUnixNano": str(start + int(took_ms * 1e6)), **fields}
    return {**said, "parentSpanId": f"{parent:016x}"} if parent else said


def test_span(trace, number, name, experiment, case=None, inputs=None, output=None, error=None, **fields):
    """A span that reports one case of an experiment; payloads are JSON texts."""
    attributes = [attribute("gentrace.experiment_id", experiment), attribute("gentrace.test_case_name", name)]
    if case:
        attributes.append(attribute("gentrace.test_case_id", case))
    events = [event("gentrace.fn.args", args=f"[{inputs}]")] if inputs else []
    if output:
        events.append(event("gentrace.fn.output", output=output))
    if error:
        fields["status"] = {"code": 2, "message": error}
        attributes.append(attribute("error.type", "ValueError"))
        events.append(event("exception", exception__type="ValueError", exception__message=error,
                            exception__stacktrace="Traceback (most recent call last):\n  File \"a.py\", line 1"))
    return span(trace, number, name, attributes=attributes, events=events, **fields)
