"""What Linux tells about processes and about the whole machine."""
import os
import time
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
QUIET = 0.3
"""Cores that others may use while a measurement still counts as undisturbed."""


def memory(pid, field):
    """A field of /proc/PID/status in MiB: VmRSS, VmHWM (the most since it was reset), RssAnon, RssFile."""
    return _kib(Path(f"/proc/{pid}/status"), field) / 1024


def proportional_memory(pid):
    """MiB, with the pages that other processes share counted in parts."""
    return _kib(Path(f"/proc/{pid}/smaps_rollup"), "Pss") / 1024


def reset_peak(pid):
    """Lets VmHWM begin anew."""
    Path(f"/proc/{pid}/clear_refs").write_text("5", encoding="ascii")


def _kib(file, field):
    for line in file.read_text(encoding="ascii", errors="replace").splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1])
    raise RuntimeError(f"{file} has no {field}")


class Watch:
    """Who used the processor since the watch was made: this run with all its processes, or others."""

    def __init__(self):
        self.began, self.ours, self.busy = time.perf_counter(), _our_seconds(), _busy_seconds()

    def others(self):
        """Cores used by anything else, other machines on the same host included."""
        took = time.perf_counter() - self.began
        ours, busy = _our_seconds() - self.ours, _busy_seconds() - self.busy
        return round(max(0.0, busy - ours) / took, 2)


def _busy_seconds():
    first = Path("/proc/stat").read_text(encoding="ascii").splitlines()[0]
    # `stolen` is what the host of a virtual machine gave to others while something here could have run.
    user, nice, system, _idle, _wait, irq, softirq, stolen = map(int, first.split()[1:9])
    return (user + nice + system + irq + softirq + stolen) / TICKS


def _our_seconds():
    """Of this process and its descendants, ended ones included: their parents carry their times."""
    parents, seconds = {}, {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                fields = (folder / "stat").read_text(errors="replace").rsplit(")", 1)[1].split()
            except OSError:
                continue  # It has ended meanwhile.
            parents[int(folder.name)] = int(fields[1])
            seconds[int(folder.name)] = sum(map(int, fields[11:15])) / TICKS
    return sum(seconds[pid] for pid in seconds if _descends(pid, os.getpid(), parents))


def _descends(pid, ancestor, parents):
    while pid and pid != ancestor:
        pid = parents.get(pid)
    return pid == ancestor


def wait_until_quiet(patience):
    """Waits at most that many seconds until others leave the processor alone."""
    end = time.perf_counter() + patience
    while time.perf_counter() < end:
        watch = Watch()
        time.sleep(1)
        if watch.others() < QUIET:
            return
