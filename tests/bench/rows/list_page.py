"""How fast the first page of datasets comes, and whether it comes slower when there are many more cases or datasets.

Requests for the same page that wait at the same time share a query. Those for other pages, another one each time, share
none: they have a line of their own."""
import statistics
import time
from contextlib import ExitStack

from rig.dialects import DIALECTS, PAGE
from rig.fill import PIPELINE, Contents
from rig.load import load, median_of, rates_of
from rig.report import Goal, Point, compare, count, spread

CONNECTIONS = (8, 32)
FAST, ENOUGH = 30_000, 8_000
"""Where Postgres itself gives so many pages a second, the gateway is to give so many."""
MORE_CASES, MORE_DATASETS = Goal("ratio", "≥", 0.9), Goal("ratio", "≥", 0.5)


def measure(bench, database):
    sizes = bench.sizes
    some = Contents(sizes.listed)
    fillings = (some, Contents(sizes.listed, sizes.listed_cases), Contents(sizes.listed_many))
    with ExitStack() as opened:
        # Gateways that run side by side, so that the rounds of all can alternate.
        gateways = [opened.enter_context(bench.gateway(database, contents)) for contents in fillings]
        rounds = {(dialect, conns): [] for dialect in DIALECTS for conns in CONNECTIONS}
        for _ in range(sizes.rounds):
            for dialect, conns in rounds:
                rounds[dialect, conns].append(one_round(bench, gateways, dialect, conns))
    return [point for (dialect, conns), each in rounds.items()
            for point in points(bench, database, dialect, conns, each)]


def one_round(bench, gateways, dialect, conns):
    """The reference, then each gateway, then the first of them again with other pages."""
    path = dialect.page.format(pipeline=PIPELINE)
    database = gateways[0].database
    theirs = {"postgres": pgbench, "sqlite": python}[database.kind](bench, database, select(database, dialect), conns)
    ours = [load(bench, gateway.address, path, conns) for gateway in gateways]
    other = dialect.other_page and load(bench, gateways[0].address, dialect.other_page, conns)
    bench.saw_rate(conns, max(figures["rate"] for figures in ours))
    return theirs, *ours, other


def points(bench, database, dialect, conns, rounds):
    theirs, some, cases, many, other = zip(*rounds)
    reference, base, *_ = rates_of(theirs, some)
    where = f"{dialect.name}, {count(conns)}"
    against = f"tps of pgbench -c {conns}" if database == "postgres" else "SELECTs/s in Python"
    goal = Goal("ratio", "≥", 0.25) if database == "postgres" else None
    what = f"{where}, {bench.sizes.listed:,} datasets"
    yield compare(what, "pages/s", base, reference, against, goal, median_of(some, "p50_ms", "p99_ms"))
    if database == "postgres" and statistics.median(reference) >= FAST:
        yield Point(f"{where}, where pgbench makes {FAST:,}", statistics.median(base), "pages/s",
                    goal=Goal("value", "≥", ENOUGH), spread=spread(base))
    if dialect.other_page:
        yield compare(f"{what}, another page each time", "pages/s", *rates_of(other), reference, against,
                      more=median_of(other, "p50_ms", "p99_ms"))
    yield compare(f"{what}, {bench.sizes.listed_cases:,} cases", "pages/s", *rates_of(cases), base,
                  "pages/s without cases", MORE_CASES, median_of(cases, "p50_ms", "p99_ms"))
    yield compare(f"{where}, {bench.sizes.listed_many:,} datasets", "pages/s", *rates_of(many), base,
                  f"pages/s with {bench.sizes.listed:,}", MORE_DATASETS, median_of(many, "p50_ms", "p99_ms"))


def select(database, dialect):
    """One statement for the rows of a page, with what the dialect shows of each; the total is left out."""
    tenant = database.tenant()
    key = (lambda key: f"'{key}'") if database.kind == "postgres" else (lambda key: f"x'{key.hex}'")
    joins, shown = "", dialect.shown
    if "u." in shown:
        joins += (" LEFT JOIN users u ON u.organization_id = d.organization_id AND u.id = d.owner_id "
                  "LEFT JOIN collections c ON c.organization_id = d.organization_id AND c.id = d.collection_id")
    # Not joined: of a dialect without facets Postgres expects so few that it reads all of the table for each page.
    facet = ("(SELECT f.body FROM dataset_facets f WHERE f.organization_id = d.organization_id AND f.dataset_id = d.id "
             f"AND f.dialect = '{dialect.name}')")
    shown = shown.replace("f.body", facet)
    of_pipeline = f" AND d.pipeline_id = {key(PIPELINE)}" if "{pipeline}" in dialect.page else ""
    return (f"SELECT {shown} FROM datasets d{joins} WHERE d.organization_id = {key(tenant.organization)} "
            f"AND d.hidden_at IS NULL AND d.archived_at IS NULL AND (d.shared OR d.owner_id = {key(tenant.owner)})"
            f"{of_pipeline} ORDER BY d.number DESC LIMIT {PAGE}")


def pgbench(bench, database, statement, conns):
    full(database.sql(statement))
    return database.pgbench(statement + ";\n", conns, bench.sizes.seconds)


def python(bench, database, statement, _):
    with database.reading() as connection:
        pages, began = 0, time.perf_counter()
        while (took := time.perf_counter() - began) < bench.sizes.seconds:
            full(connection.execute(statement).fetchall())
            pages += 1
    return {"rate": pages / took}


def full(page):
    """A reference must not read less than the gateway."""
    if len(page) != PAGE:
        raise RuntimeError(f"the page has {len(page)} datasets")
