"""How fast 1,000 of a dataset's samples are listed in one page."""
import time

from rig import texts
from rig.gateway import DATASETS
from rig.load import load, median_of, rates_of
from rig.report import compare

SAMPLES = 5_000
PAGE = 1_000
COLUMNS = "id, inputs, output, expected, metadata, stage, created_at"


def measure(bench, database):
    with bench.gateway(database) as gateway:
        dataset = gateway.call("POST", DATASETS, {"name": "listed"})["id"]
        path = f"{DATASETS}/{dataset}/samples"
        gateway.call("POST", path, {"samples": list(texts.samples(SAMPLES))})
        gateway.database.settle()
        ours, theirs = [], []
        for _ in range(bench.sizes.rounds):
            theirs.append(PAGE * SELECTS[database](bench, gateway.database, dataset))
            ours.append(load(bench, gateway.address, f"{path}?limit={PAGE}", 1))
    rates = [rate * PAGE for rate in rates_of(ours)[0]]
    against = {"postgres": "rows/s of pgbench's SELECT", "sqlite": "rows/s of a SELECT in Python"}[database]
    return [compare(f"{PAGE:,} of {SAMPLES:,} samples a page, 1 connection", "samples/s", rates, theirs, against,
                    more=median_of(ours, "p50_ms", "p99_ms"))]


def pgbench(bench, database, dataset):
    """Pages a second that pgbench reads and throws away: the same rows, in their order."""
    script = (f"SELECT {COLUMNS} FROM cases WHERE organization_id = '{database.tenant().organization}' AND dataset_id = "
              f"'{dataset}' AND deleted_at IS NULL ORDER BY number LIMIT {PAGE};\n")
    return database.pgbench(script, 1, bench.sizes.seconds)["rate"]


def python(bench, database, dataset):
    """Pages a second that Python's sqlite3 reads as tuples."""
    select = (f"SELECT {COLUMNS} FROM cases WHERE organization_id = ? AND dataset_id = ? AND deleted_at IS NULL "
              f"ORDER BY number LIMIT {PAGE}")
    with database.reading() as connection:
        organization = connection.execute("SELECT id FROM organizations WHERE slug = 'default'").fetchone()[0]
        key, pages, began = bytes.fromhex(dataset.replace("-", "")), 0, time.perf_counter()
        while time.perf_counter() - began < bench.sizes.seconds:
            if len(connection.execute(select, (organization, key)).fetchall()) != PAGE:
                raise RuntimeError("the page is not full")
            pages += 1
        return pages / (time.perf_counter() - began)


SELECTS = {"postgres": pgbench, "sqlite": python}
