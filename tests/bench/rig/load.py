"""Calls of the load generator."""
import json
import statistics
from dataclasses import dataclass, field

from rig.gateway import HEADERS
from rig.processes import run

MORE_THAN_ANY = 600
"""Seconds after which the load generator would be stuck."""


@dataclass(frozen=True)
class Call:
    """A request that is sent again and again; what is `{{id}}` or `{{12 bytes}}` in it is new each time."""
    path: str
    body: object = None
    """A text, or the path of a file; then it is a POST."""
    headers: dict = field(default_factory=lambda: HEADERS)
    ok: str = "200"


def load(bench, address, path, conns, body=None, seconds=None, requests=None, ok="200", headers=None):
    """Load on a path: rate, latencies and so on. Any failed request makes the measurement worthless."""
    command = [bench.loadgen, "--url", f"http://{address}{path}", "--conns", conns, "--ok", ok]
    for name, value in (headers or HEADERS).items():
        command += ["--header", f"{name}: {value}"]
    if body is not None:
        command += ["--method", "POST", "--body-file" if hasattr(body, "is_file") else "--body", body]
    if requests:
        command += ["--requests", requests]
    else:
        command += ["--warmup", bench.sizes.warmup, "--seconds", seconds or bench.sizes.seconds]
    figures = json.loads(run(command, timeout=MORE_THAN_ANY))
    if figures["failures"] or not figures["requests"]:
        raise RuntimeError(f"{figures['failures']} of the requests to {path} failed: {figures['first_failure']}")
    return figures


def send(bench, gateway, call, conns, **how):
    """The same with a whole call."""
    return load(bench, gateway.address, call.path, conns, body=call.body, ok=call.ok, headers=call.headers, **how)


def rates_of(*sides):
    """The rates of each side's rounds."""
    return [[figures["rate"] for figures in side] for side in sides]


def median_of(rounds, *names):
    """The medians of some figures, for the last column of the report."""
    return {name: round(statistics.median(figures[name] for figures in rounds), 2) for name in names}
