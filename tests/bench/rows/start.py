"""How long a start takes, what the gateway weighs when it has nothing to do, and how large the binary is."""
import statistics
import time

from rig.gateway import Gateway
from rig.machine import memory, proportional_memory
from rig.report import Goal, Point, spread

READY = {"sqlite": 0.1, "postgres": 0.3}
"""Seconds."""


def measure(bench, database):
    seconds, resident, proportional = [], [], []
    for _ in range(bench.sizes.rounds):
        with bench.place() as place, bench.database(database, place) as fresh:
            if database == "postgres":
                # A Postgres database is there before; SQLite begins in an empty directory.
                start(bench, place, fresh).stop()
            gateway = start(bench, place, fresh)
            try:
                seconds.append(gateway.start_seconds)
                time.sleep(bench.sizes.idle)
                resident.append(memory(gateway.pid, "VmRSS"))
                proportional.append(proportional_memory(gateway.pid))
            finally:
                gateway.stop()
    where = "in an empty directory" if database == "sqlite" else "on an existing database"
    median = statistics.median
    return [
        Point(f"exec to ready {where}", median(seconds), "s", goal=Goal("value", "≤", READY[database]),
              spread=spread(seconds)),
        Point("idle memory (RSS)", median(resident), "MiB", goal=Goal("value", "≤", 25), spread=spread(resident),
              more={"pss_mib": round(median(proportional), 1)}),
        Point("binary", bench.binary.stat().st_size / 1e6, "MB", goal=Goal("value", "≤", 30)),
    ]


def start(bench, place, database):
    return Gateway(bench.binary, place, database, seeded=True)
