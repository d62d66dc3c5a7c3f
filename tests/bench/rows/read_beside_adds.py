"""How many dataset reads there are while others add to the same dataset, all at once."""
import threading
import time

from rig import texts
from rig.fill import Contents, last_dataset
from rig.gateway import DATASETS
from rig.load import load, median_of
from rig.report import compare, count

READERS, ADDERS = 2, 8
"""Connections. Those who add are more than the gateway has to its database."""
SAMPLES = 200
"""What one call adds."""


def measure(bench, database):
    contents = Contents(10, 1_000)
    alone, beside, adds = [], [], []
    with bench.gateway(database, contents) as gateway, bench.place() as place:
        body = place / "samples.json"
        body.write_text(texts.compact({"samples": list(texts.samples(SAMPLES))}), encoding="utf-8")
        path = f"{DATASETS}/{last_dataset(contents)}"
        for _ in range(bench.sizes.rounds):
            alone.append(load(bench, gateway.address, path, READERS))
            with Adds(bench, gateway.address, f"{path}/samples", body) as added:
                beside.append(load(bench, gateway.address, path, READERS))
            adds.append(added.figures)
            gateway.database.settle()
    return [point(beside, alone, adds)]


def point(beside, alone, adds):
    rates = [[figures["rate"] for figures in side] for side in (beside, alone)]
    more = {**median_of(beside, "p50_ms", "p99_ms"), "p99_ms_alone": median_of(alone, "p99_ms")["p99_ms"],
            "samples_per_s": round(median_of(adds, "rate")["rate"] * SAMPLES)}
    what = f"{count(READERS)}, while {ADDERS} add {SAMPLES} samples a call"
    return compare(what, "reads/s", *rates, "reads/s alone", more=more)


class Adds:
    """Calls that add samples, from before the beginning to after the end of a measurement."""

    def __init__(self, bench, address, path, body):
        self.figures = None
        self._failure = None
        self._thread = threading.Thread(target=self._add, args=(bench, address, path, body))

    def __enter__(self):
        self._thread.start()
        # They are under way when the measurement begins; it ends half a second before they do.
        time.sleep(0.5)
        return self

    def __exit__(self, *_):
        self._thread.join()
        if self._failure:
            raise RuntimeError(f"nothing was added beside the reads: {self._failure}")

    def _add(self, bench, address, path, body):
        try:
            self.figures = load(bench, address, path, ADDERS, body=body, seconds=bench.sizes.seconds + 1)
        except Exception as failure:  # noqa: BLE001: whatever it was, the row was not measured
            self._failure = failure
