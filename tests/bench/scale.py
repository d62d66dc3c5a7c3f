"""How cost grows: the main operations where there are 10,000 datasets and cases, ten times as many, and so on."""
import statistics

from rig import report, texts
from rig.dialects import PAGE, ZNYX
from rig.fill import Contents, last_dataset
from rig.gateway import DATASETS
from rig.load import load, send
from rig.upload import upload

CONNECTIONS = 8
SAMPLES, ON_PAGE = 1_000, 100
"""Samples added in a call; samples on a page."""
CSV_ROWS = 10_000


def sizes(bench, largest):
    """How many datasets, and how many cases, there are to be."""
    size = bench.sizes.smallest
    while size <= (largest or bench.sizes.largest):
        yield size
        size *= 10


def label(size):
    """The name of a size's line."""
    return f"scale {size:,}"


def measure(bench, database, size):
    """A point for each operation. All cases are those of one dataset; what the operations write comes on top."""
    contents = Contents(size, size, over=1)
    with bench.gateway(database, contents) as gateway, bench.place() as place:
        rounds = {}
        for operation, once in operations(bench, gateway, contents, place):
            rounds[operation] = [once(number) for number in range(bench.sizes.rounds)]
    return [point(operation, figures) for operation, figures in rounds.items()]


def operations(bench, gateway, contents, place):
    """Each with a function that gives, for the number of a round, rows a second and a p99 in ms. Those that only read
    come first."""
    samples = f"{DATASETS}/{last_dataset(contents)}/samples"
    last = f"{samples}?limit={ON_PAGE}&offset={contents.cases - ON_PAGE}"
    body, file = place / "samples.json", texts.csv_bytes(texts.rows(CSV_ROWS))
    body.write_text(texts.compact({"samples": list(texts.samples(SAMPLES))}), encoding="utf-8")
    # What is written is to be little beside what is there.
    creates, calls = max(200, min(10_000, contents.datasets // 10)), max(2, min(20, contents.cases // 10_000))

    def rows(figures, each):
        return figures["rate"] * each, figures["p99_ms"]

    def pages(path, each):
        return lambda _: rows(load(bench, gateway.address, path, CONNECTIONS), each)

    def uploading(number):
        done = upload(gateway.address, f"scale {number}", iter([file]), len(file))
        return CSV_ROWS / done.seconds, done.seconds * 1000

    yield f"list the first {PAGE} datasets, {report.count(CONNECTIONS)}", pages(ZNYX.page, PAGE)
    yield f"list the first {ON_PAGE} samples, {report.count(CONNECTIONS)}", pages(f"{samples}?limit={ON_PAGE}", ON_PAGE)
    yield f"list the last {ON_PAGE} samples, {report.count(CONNECTIONS)}", pages(last, ON_PAGE)
    yield (f"create a dataset, {report.count(CONNECTIONS)}",
           lambda _: rows(send(bench, gateway, ZNYX.create, CONNECTIONS, requests=creates), 1))
    yield (f"add {SAMPLES:,} samples in a call",
           lambda _: rows(load(bench, gateway.address, samples, 1, body=body, requests=calls), SAMPLES))
    yield f"upload a CSV of {CSV_ROWS:,} rows", uploading


def point(operation, figures):
    rates, slowest = zip(*figures)
    return report.Point(operation, statistics.median(rates), "rows/s", spread=report.spread(rates),
                        more={"p99_ms": round(statistics.median(slowest), 2)})


def table(lines):
    """All lines for the eye: a row for each operation, a column for each size."""
    sizes_seen = list(dict.fromkeys(line.row for line in lines))
    cells, rows = {}, []
    for line in lines:
        if line.error:
            rows.append((line.database, f"{line.row} {line.not_measured()}"))
        cells.update({(line.database, point.what, line.row): point for point in line.points})
    for database, what in dict.fromkeys((database, what) for database, what, _ in cells):
        points = [cells.get((database, what, size)) for size in sizes_seen]
        rows.append((database, what, *map(_cell, points)))
    heads = ("database", "rows/s (p99 in ms)", *sizes_seen)
    return report.columns([heads, *rows])


def _cell(point):
    return "" if point is None else f"{report.rounded(point.value):,} ({report.rounded(point.more['p99_ms']):,})"
