"""How much memory the server takes for a large upload and its large answer."""
import threading

from rig import texts
from rig.machine import memory, reset_peak
from rig.report import Goal, Point
from rig.upload import upload

SAMPLE = 0.2
"""Seconds between two looks at what the memory consists of."""


def measure(bench, database):
    with bench.gateway(database) as gateway:
        pieces, length, rows = texts.big_csv(bench.sizes.big_csv)
        before = memory(gateway.pid, "VmRSS")
        reset_peak(gateway.pid)
        with Parts(gateway.pid) as parts:
            done = upload(gateway.address, "upload_memory", pieces, length)
        growth = memory(gateway.pid, "VmHWM") - before
    if done.records != rows:
        raise RuntimeError(f"{rows} rows were sent, the answer lists {done.records} records")
    more = {"file_mb": length // 10**6, "rows": rows, "answer_mb": done.answer_bytes // 10**6,
            "before_mib": round(before, 1), "anonymous_peak_mib": round(parts.peaks["RssAnon"], 1),
            "mapped_peak_mib": round(parts.peaks["RssFile"], 1), "seconds": round(done.seconds, 1)}
    what = f"growth while it takes {length / 1e9:.2g} GB"
    return [Point(what, growth, "MiB", goal=Goal("value", "≤", 32), more=more)]


class Parts:
    """Watches what resident memory consists of: the kernel keeps a peak only for the whole.

    Mapped files (the program itself) can be dropped at any time; anonymous memory cannot.
    """

    def __init__(self, pid):
        self.pid, self.peaks, self._over = pid, {"RssAnon": 0.0, "RssFile": 0.0}, threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        self._thread.join()

    def _look(self):
        while True:
            for part, peak in self.peaks.items():
                try:
                    self.peaks[part] = max(peak, memory(self.pid, part))
                except (OSError, RuntimeError):
                    return  # The server has ended; the upload itself tells why.
            if self._over.wait(SAMPLE):
                return
