"""How many datasets are created in a second through each dialect, each committed before it is answered."""
import statistics
from functools import partial

from rig.load import median_of, rates_of, send
from rig.report import Goal, PartlyMeasured, Point, compare, count, spread
from rig.stored import Sql, check_alike, insert

SQLITE = {1: (1, 0.7), 32: (1, 4)}
"""Connections; how many the reference has, since one writer is all that SQLite can have; the goal."""
POSTGRES = {1: (1, 0.7), 8: (8, 0.6), 32: (32, 0.95), 128: (32, 1.2)}
"""More than 32 connections make Postgres slower."""
WATCHED, P99 = 32, 30
"""The connections at which creating must not take long, and the milliseconds."""


def through(dialect):
    """The row of one dialect."""
    return partial(measure, dialect)


def measure(dialect, bench, database):
    pairs = {"sqlite": SQLITE, "postgres": POSTGRES}[database]
    rounds, failures = [], {}
    with bench.gateway(database) as gateway, bench.place() as place:
        with reference(bench, gateway.database, place, dialect) as side:
            for _ in range(bench.sizes.rounds):
                rounds.append(one_round(bench, gateway, dialect, pairs, side.rate, failures))
            check(gateway.database, side, dialect)
    points = [point(conns, clients, goal, rounds, database)
              for conns, (clients, goal) in pairs.items() if conns not in failures]
    if database == "postgres" and WATCHED not in failures:
        points.append(slowest(rounds))
    if failures:
        raise PartlyMeasured(points, "; ".join(f"{count(conns)}: {why}" for conns, why in failures.items()))
    return points


def one_round(bench, gateway, dialect, pairs, rate, failures):
    """Each number of connections right after its reference, so that both meet the same machine. One at which requests
    fail is left alone from then on."""
    ours, theirs = {}, {}
    for conns, (clients, _) in pairs.items():
        if conns in failures:
            continue
        if clients not in theirs:
            theirs[clients] = rate(clients)
        try:
            ours[conns] = send(bench, gateway, dialect.create, conns)
        except RuntimeError as failure:
            failures[conns] = failure
            continue
        bench.saw_rate(conns, ours[conns]["rate"])
    return ours, theirs


def point(conns, clients, goal, rounds, database):
    ours, theirs = [ours[conns] for ours, _ in rounds], [theirs[clients] for _, theirs in rounds]
    against = f"tps of pgbench -c {clients}" if database == "postgres" else "commits/s of one connection"
    more = median_of(ours, "p50_ms", "p99_ms")
    more.update({f"reference_{name}": value for name, value in median_of(theirs, "p50_ms", "p99_ms").items()})
    return compare(count(conns), "creates/s", *rates_of(ours, theirs), against, Goal("ratio", "≥", goal), more)


def slowest(rounds):
    times = [ours[WATCHED]["p99_ms"] for ours, _ in rounds]
    return Point(f"p99 at {count(WATCHED)}", statistics.median(times), "ms", goal=Goal("value", "<", P99),
                 spread=spread(times))


def check(database, side, dialect):
    """Fails when the two sides store different rows."""
    named = "SELECT id FROM datasets WHERE name LIKE '{} %'"
    conditions = {"datasets": f"id IN ({named})"}
    conditions |= {table: f"dataset_id IN ({named})" for table, _ in dialect.beside(side.tenant, None, None)}
    for table, condition in conditions.items():
        check_alike(database.one_row(table, condition.format("bench")),
                    side.one_row(table, condition.format("reference")))


class Pgbench:
    """The same rows by as many clients, prepared. Where there is more than one they share a transaction."""

    def __init__(self, bench, database, _, dialect):
        self.tenant, self.one_row = database.tenant(), database.one_row
        self._database, self._seconds = database, bench.sizes.seconds
        key, name = Sql("gen_random_uuid()"), Sql("'reference ' || :number")
        made = insert("datasets", dialect.dataset(self.tenant, key, name))
        beside = [f"{insert(table, row)};" for table, row in dialect.beside(self.tenant, Sql(":dataset"), key)]
        if beside:
            lines = ["BEGIN;", f"{made} RETURNING id AS dataset, number, created_at \\gset", *beside, "END;"]
        else:
            lines = [f"{made} RETURNING id, number, created_at;"]
        self._script = "\n".join(["\\set number random(1, 9000000000000000)", *lines, ""])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def rate(self, clients):
        return self._database.pgbench(self._script, clients, self._seconds)


class Loop:
    """The same rows and their commit in a loop."""

    def __init__(self, bench, database, place, dialect):
        self._reference, self._seconds, self._dialect = database.reference(place / "r.db"), bench.sizes.seconds, dialect
        self.tenant, self.one_row = self._reference.tenant, self._reference.one_row

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._reference.close()

    def rate(self, _):
        return self._reference.create_rate(self._seconds, self._dialect)


def reference(bench, database, place, dialect):
    return {"postgres": Pgbench, "sqlite": Loop}[database.kind](bench, database, place, dialect)
