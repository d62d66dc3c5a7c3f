"""How many datasets are created in a second, each committed before it is answered."""
from rig.load import create_datasets, median_of
from rig.postgres import insert_dataset
from rig.report import compare, count

SQLITE = {1: 1, 32: 1, 128: 1}
"""Connections, and how many the reference has: one writer is all that SQLite can have."""
POSTGRES = {1: 1, 8: 8, 32: 32, 128: 32}
"""More than 32 connections make Postgres slower."""


def measure(bench, database):
    pairs = {"sqlite": SQLITE, "postgres": POSTGRES}[database]
    rounds = []
    with bench.gateway(database) as gateway, bench.place() as place:
        with reference(bench, gateway.database, place) as rate:
            for _ in range(bench.sizes.rounds):
                rounds.append(one_round(bench, gateway, pairs, rate))
    return [point(conns, clients, rounds, database) for conns, clients in pairs.items()]


def one_round(bench, gateway, pairs, rate):
    """Each number of connections right after its reference, so that both meet the same machine."""
    ours, theirs = {}, {}
    for conns, clients in pairs.items():
        if clients not in theirs:
            theirs[clients] = rate(clients)
        ours[conns] = create_datasets(bench, gateway, conns)
        bench.saw_rate(conns, ours[conns]["rate"])
    return ours, theirs


def point(conns, clients, rounds, database):
    ours, theirs = [ours[conns] for ours, _ in rounds], [theirs[clients] for _, theirs in rounds]
    against = f"tps of pgbench -c {clients}" if database == "postgres" else "commits/s of one connection"
    more = median_of(ours, "p50_ms", "p99_ms")
    more.update({f"reference_{name}": value for name, value in median_of(theirs, "p50_ms", "p99_ms").items()})
    rates = [[figures["rate"] for figures in side] for side in (ours, theirs)]
    return compare(count(conns), "creates/s", *rates, against, more=more)


class Pgbench:
    """The same INSERT, prepared, in a transaction of its own, by as many clients."""

    def __init__(self, bench, database, _):
        self._database, self._seconds = database, bench.sizes.seconds
        insert = insert_dataset(database.tenant(), "'pgbench ' || :number")
        self._script = f"\\set number random(1, 9000000000000000)\n{insert} RETURNING id, number, created_at;\n"

    def __enter__(self):
        return lambda clients: self._database.pgbench(self._script, clients, self._seconds)

    def __exit__(self, *_):
        pass


class Loop:
    """The same INSERT and its commit in a loop."""

    def __init__(self, bench, database, place):
        self._reference, self._seconds = database.reference(place / "reference.db"), bench.sizes.seconds

    def __enter__(self):
        return lambda _: self._reference.create_rate(self._seconds)

    def __exit__(self, *_):
        self._reference.close()


def reference(bench, database, place):
    return {"postgres": Pgbench, "sqlite": Loop}[database.kind](bench, database, place)
