"""How fast all cases of a large dataset are read through each dialect, and whether that takes memory."""
from rig import reading, texts
from rig.gateway import DATASETS
from rig.machine import memory, reset_peak
from rig.processes import need
from rig.report import Goal, Point, compare
from rig.upload import upload

PAGE = 1_000
"""The most samples that ZNYX gives at once; the others give all."""
SELECT = ("SELECT id, number, name, stage, inputs, output, expected, metadata, created_at FROM cases "
          "WHERE organization_id = (SELECT id FROM organizations WHERE slug = 'default') AND dataset_id = {} "
          "AND deleted_at IS NULL ORDER BY number")
MARKS = {"znyx": b'"input_text":', "gentrace": b'"datasetId":', "aegis": b'"dataset_id":'}
"""What each case has once. In a text its quotes would be escaped."""


def measure(bench, database):
    rows = bench.sizes.read_rows
    file = texts.csv_bytes(texts.rows(rows))
    with bench.gateway(database) as gateway:
        upload(gateway.address, "read_all", iter([file]), len(file))
        gateway.database.settle()
        dataset = gateway.call("GET", DATASETS)["datasets"][0]["id"]
        paths = {"znyx": [f"{DATASETS}/{dataset}/samples?limit={PAGE}&offset={at}" for at in range(0, rows, PAGE)],
                 "gentrace": [f"/api/v4/test-cases?datasetId={dataset}"], "aegis": ["/api/v1/datasets/1"]}
        command = {"postgres": copying, "sqlite": printing}[database](gateway.database, dataset)
        growth = {name: grown(gateway, paths[name], MARKS[name]) for name in paths}
        ours, theirs = {name: [] for name in paths}, []
        for _ in range(bench.sizes.rounds):
            theirs.append(whole(reading.read_output(command), rows))
            for name, of_dialect in paths.items():
                ours[name].append(whole(reading.read_answers(gateway.address, of_dialect, MARKS[name]), rows))
    return [point for name in paths for point in points(database, name, ours[name], theirs, growth[name])]


def points(database, name, ours, theirs, growth):
    rates = [[read.bytes / read.seconds / 1e6 for read in side] for side in (ours, theirs)]
    against = {"postgres": "MB/s of COPY TO STDOUT", "sqlite": "MB/s of a SELECT in sqlite3"}[database]
    goal = Goal("ratio", "≥", 0.5) if database == "postgres" else None
    more = {"mb": round(ours[0].bytes / 1e6, 1), "reference_mb": round(theirs[0].bytes / 1e6, 1),
            "s": round(sorted(read.seconds for read in ours)[len(ours) // 2], 2)}
    yield compare(f"{name}, {ours[0].rows:,} cases", "MB/s", *rates, against, goal, more)
    yield Point(f"{name}, growth meanwhile", growth, "MiB", goal=Goal("value", "<", 20))


def copying(database, dataset):
    select = SELECT.format(f"'{dataset}'")
    return database.psql(f"COPY ({select}) TO STDOUT")


def printing(database, dataset):
    need("sqlite3")
    # A line of text is no place for a key's bytes.
    statement = SELECT.format("x'" + dataset.replace("-", "") + "'").replace("SELECT id", "SELECT hex(id)", 1)
    return ["sqlite3", "-readonly", database.path, statement]


def whole(read, rows):
    if read.rows != rows:
        raise RuntimeError(f"{read.rows} of {rows} cases were read")
    return read


def grown(gateway, paths, mark):
    """How far the resident memory rises while all of it is read, in MiB."""
    before = memory(gateway.pid, "VmRSS")
    reset_peak(gateway.pid)
    reading.read_answers(gateway.address, paths, mark)
    return memory(gateway.pid, "VmHWM") - before
