"""Whether page 100 of a dataset's samples comes as fast as page 1."""
from rig.fill import Contents, last_dataset
from rig.gateway import DATASETS
from rig.load import load, median_of, rates_of
from rig.report import Goal, compare

PAGES = 100


def measure(bench, database):
    contents = Contents(1, bench.sizes.read_rows)
    page = bench.sizes.read_rows // PAGES
    with bench.gateway(database, contents) as gateway:
        path = f"{DATASETS}/{last_dataset(contents)}/samples?limit={page}&offset="
        check(gateway, f"{path}{page * (PAGES - 1)}", page)
        first, last = [], []
        for _ in range(bench.sizes.rounds):
            first.append(load(bench, gateway.address, f"{path}0", 1))
            last.append(load(bench, gateway.address, f"{path}{page * (PAGES - 1)}", 1))
    return [compare(f"page {PAGES} of {page:,} samples each", "pages/s", *rates_of(last, first), "pages/s of page 1",
                    Goal("ratio", "≥", 0.95), median_of(last, "p50_ms", "p99_ms"))]


def check(gateway, path, page):
    """The last page must be there, and full."""
    samples = len(gateway.call("GET", path)["samples"])
    if samples != page:
        raise RuntimeError(f"{path} has {samples} samples")
