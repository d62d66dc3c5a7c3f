"""How long a dataset read waits while somebody uploads a large file."""
import threading
import time

from rig import texts
from rig.fill import Contents, last_dataset
from rig.gateway import DATASETS
from rig.load import load, median_of
from rig.report import Goal, compare, count
from rig.upload import upload

CONNECTIONS = (1, 8)
PIECE = 1 << 18


def measure(bench, database):
    file = texts.csv_bytes(texts.rows(bench.sizes.csv_rows))
    alone, beside = ({conns: [] for conns in CONNECTIONS} for _ in range(2))
    contents = Contents(10, 1_000)
    with bench.gateway(database, contents) as gateway:
        path = f"{DATASETS}/{last_dataset(contents)}"
        for number in range(bench.sizes.rounds):
            for conns in CONNECTIONS:
                alone[conns].append(load(bench, gateway.address, path, conns))
                with Uploads(gateway.address, f"{conns} beside {number}", file) as uploads:
                    beside[conns].append(load(bench, gateway.address, path, conns))
                    uploads.check()
                gateway.database.settle()
    return [point(conns, beside[conns], alone[conns]) for conns in CONNECTIONS]


def point(conns, beside, alone):
    times = [[figures["p99_ms"] for figures in side] for side in (beside, alone)]
    more = {**median_of(beside, "p50_ms", "rate"), "rate_alone": median_of(alone, "rate")["rate"]}
    return compare(f"p99 of reads, {count(conns)}", "ms", *times, "ms alone", Goal("ratio", "≤", 2), more)


class Uploads:
    """Uploads of a file, one after the other, from the beginning to the end of a measurement."""

    def __init__(self, address, name, file):
        self._address, self._name, self._file = address, name, file
        self._over, self._failure, self._thread = threading.Event(), None, threading.Thread(target=self._upload)

    def __enter__(self):
        self._thread.start()
        # The first rows are under way when the measurement begins.
        time.sleep(0.1)
        return self

    def __exit__(self, *_):
        self._over.set()
        self._thread.join()
        self.check()

    def _upload(self):
        number = 0
        while not self._over.is_set():
            pieces = (self._file[at:at + PIECE] for at in range(0, len(self._file), PIECE))
            try:
                upload(self._address, f"{self._name}.{number}", pieces, len(self._file))
            except Exception as failure:  # noqa: BLE001: whatever it was, the row was not measured
                self._failure = failure
                return
            number += 1

    def check(self):
        """Fails when an upload has failed: then there was nothing beside the reads."""
        if self._failure:
            raise RuntimeError(f"an upload failed: {self._failure}")
