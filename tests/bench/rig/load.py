"""Calls of the load generator."""
import json
import statistics

from rig.gateway import DATASETS, HEADERS
from rig.processes import run
from rig.texts import compact

CREATE = compact({"name": "bench {{id}}", "description": "load test", "category": "support"})
MORE_THAN_ANY = 600
"""Seconds after which the load generator would be stuck."""


def load(bench, address, path, conns, body=None, seconds=None, requests=None, ok="200"):
    """Load on a path: rate, latencies and so on. Any failed request makes the measurement worthless."""
    command = [bench.loadgen, "--url", f"http://{address}{path}", "--conns", conns, "--ok", ok]
    for name, value in HEADERS.items():
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


def create_datasets(bench, gateway, conns):
    """Creates datasets through ZNYX for a while."""
    return load(bench, gateway.address, DATASETS, conns, body=CREATE)


def median_of(rounds, *names):
    """The medians of some figures, for the last column of the report."""
    return {name: round(statistics.median(figures[name] for figures in rounds), 2) for name in names}
