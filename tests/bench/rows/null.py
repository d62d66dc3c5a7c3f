"""How fast the load generator itself can go: its ceiling must be well above what it measured."""
import subprocess

from rig.dialects import ZNYX
from rig.load import load, median_of
from rig.processes import Server
from rig.report import Goal, Point, count, spread

CONNECTIONS = (1, 8, 32, 128)
LIFE = 600
"""Seconds after which the null server ends by itself, whatever happens to this run."""


def measure(bench, _):
    with bench.place() as place:
        server = Server([str(bench.nullserver), str(LIFE)], place / "null.log", stdin=subprocess.PIPE)
        try:
            points = [ceiling(bench, server.address, conns) for conns in CONNECTIONS]
        finally:
            server.process.stdin.close()
            server.stop()
    return points


def ceiling(bench, address, conns):
    rounds = [load(bench, address, "/null", conns, body=ZNYX.create.body) for _ in range(bench.sizes.rounds)]
    rates = sorted(figures["rate"] for figures in rounds)
    median = rates[len(rates) // 2]
    more = median_of(rounds, "p99_ms", "cpu_s")
    fastest = bench.fastest.get(conns)
    if fastest is None:
        return Point(count(conns), median, "requests/s", spread=spread(rates), more=more)
    return Point(count(conns), median, "requests/s", fastest, "requests/s, the gateway's most", median / fastest,
                 Goal("ratio", "≥", 2), spread(rates), more)
