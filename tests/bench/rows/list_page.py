"""Whether the first page of datasets costs more when the datasets have cases in them."""
from rig import texts
from rig.gateway import DATASETS
from rig.load import CREATE, load, median_of
from rig.report import Goal, compare

CONNECTIONS = 8
PAGE = 10
FETCHED = 200
"""The most datasets that ZNYX lists at once."""


def measure(bench, database):
    # Two gateways that run side by side, so that the rounds of both can alternate.
    with bench.gateway(database) as without, bench.gateway(database) as filled:
        for gateway in (without, filled):
            load(bench, gateway.address, DATASETS, CONNECTIONS, body=CREATE, requests=bench.sizes.listed)
        fill(bench, filled)
        for gateway in (without, filled):
            # Otherwise the row would measure whether autovacuum happened to have been there.
            gateway.database.settle()
        ours, theirs = [], []
        for _ in range(bench.sizes.rounds):
            theirs.append(load(bench, without.address, f"{DATASETS}?limit={PAGE}", CONNECTIONS))
            ours.append(load(bench, filled.address, f"{DATASETS}?limit={PAGE}", CONNECTIONS))
            bench.saw_rate(CONNECTIONS, max(ours[-1]["rate"], theirs[-1]["rate"]))
    rates = [[figures["rate"] for figures in side] for side in (ours, theirs)]
    what = f"{bench.sizes.listed:,} datasets, {bench.sizes.listed_cases:,} cases, {CONNECTIONS} connections"
    goal = Goal("ratio", "≥", 0.9)
    return [compare(what, "pages/s", *rates, "pages/s without cases", goal, median_of(ours, "p50_ms", "p99_ms"))]


def fill(bench, gateway):
    """Gives every dataset its share of the cases."""
    samples = {"samples": list(texts.samples(bench.sizes.listed_cases // bench.sizes.listed))}
    connection = gateway.connect()
    filled = 0
    for offset in range(0, bench.sizes.listed, FETCHED):
        page = gateway.call("GET", f"{DATASETS}?limit={FETCHED}&offset={offset}", connection=connection)
        for dataset in page["datasets"]:
            gateway.call("POST", f"{DATASETS}/{dataset['id']}/samples", samples, connection)
            filled += 1
    connection.close()
    if filled != bench.sizes.listed:
        raise RuntimeError(f"{filled} of {bench.sizes.listed} datasets were listed")
