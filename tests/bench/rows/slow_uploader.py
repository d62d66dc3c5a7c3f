"""Whether clients that send a byte a second hold a database connection or delay other people's writes."""
import statistics
import threading
import time

from rig.dialects import ZNYX
from rig.load import median_of, send
from rig.report import Goal, Point, spread
from rig.upload import before_file, connect, head

UPLOADERS = 5
CONNECTIONS = 8
IN_USE = 'evalstone_database_connections{state="in_use"}'
ANNOUNCED = 100_000
"""Bytes that each uploader claims to send: more than it ever will."""
LOOKS = 5
"""How often the connections in use are counted, in a second in which nothing but the uploaders is at work."""


def measure(bench, database):
    held, alone, beside = [], [], []
    with bench.gateway(database) as gateway:
        for _ in range(bench.sizes.rounds):
            alone.append(send(bench, gateway, ZNYX.create, CONNECTIONS))
            before = usual_connections(gateway)
            # Shorter than the grace that the gateway gives to slow bodies, so that all of them stay to the end.
            with Uploaders(gateway.address) as uploaders:
                held.append(usual_connections(gateway) - before)
                beside.append(send(bench, gateway, ZNYX.create, CONNECTIONS))
                uploaders.check()
    return points(held, alone, beside)


def points(held, alone, beside):
    slower = [with_them["p99_ms"] / without["p99_ms"] for with_them, without in zip(beside, alone)]
    p99 = Point(f"p99 of creates, {CONNECTIONS} connections", statistics.median(f["p99_ms"] for f in beside), "ms",
                statistics.median(f["p99_ms"] for f in alone), "ms without them", statistics.median(slower),
                Goal("ratio", "≤", 1.5), spread([figures["p99_ms"] for figures in beside]),
                more={**median_of(beside, "rate"), "rate_without": median_of(alone, "rate")["rate"]})
    most = Point(f"connections held by {UPLOADERS} uploads", max(held), "connections", goal=Goal("value", "≤", 0))
    return [most, p99]


def connections(gateway):
    """Connections that the pool has lent, and on Postgres those that are in a transaction without the pool knowing."""
    lent = gateway.metric(IN_USE)
    if gateway.database.kind == "postgres":
        open_ones = gateway.database.sql("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
                                         "AND pid <> pg_backend_pid() AND state <> 'idle'")
        lent = max(lent, float(open_ones[0][0]))
    return int(lent)


def usual_connections(gateway):
    """The median of some looks: the gateway's own chores use a connection for a moment now and then."""
    counts = []
    for _ in range(LOOKS):
        time.sleep(1 / LOOKS)
        counts.append(connections(gateway))
    return statistics.median(counts)


class Uploaders:
    """Uploads to Aegis that have begun and now send a byte a second each."""

    def __init__(self, address):
        self._sockets, self._over = [], threading.Event()
        for _ in range(UPLOADERS):
            self._sockets.append(connect(address))
            self._sockets[-1].sendall(head(address, ANNOUNCED) + before_file() + b"input,output\n")
        self._thread = threading.Thread(target=self._drip)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        self._thread.join()
        for connection in self._sockets:
            connection.close()

    def _drip(self):
        while not self._over.wait(1):
            for connection in self._sockets:
                try:
                    connection.sendall(b"x")
                except OSError:
                    return  # check() finds the same.

    def check(self):
        """Fails when the server has answered one of them, or closed it: then it was not there to disturb anyone."""
        for connection in self._sockets:
            connection.setblocking(False)
            try:
                answer = connection.recv(500)
            except BlockingIOError:
                connection.setblocking(True)
                continue
            raise RuntimeError(f"an upload ended before its time: {answer!r}")
