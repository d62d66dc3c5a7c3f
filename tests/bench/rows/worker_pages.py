"""What a page of samples costs a runtime that asks for work, at the beginning of a large dataset and at its end, and
whether handing out all of it takes memory."""
from rig import texts
from rig.gateway import DATASETS
from rig.load import load
from rig.machine import memory, reset_peak
from rig.report import Goal, Point, compare

ADDED = 5_000
"""Samples in one call."""
PAGE = 200
"""What the vendor's runtime asks for."""


def measure(bench, database):
    samples = bench.sizes.worked
    with bench.gateway(database) as gateway:
        run = claimed(gateway, filled(gateway, samples))
        gateway.database.settle()
        path = f"/v1/benchmarks/{run}/samples?limit={PAGE}&offset="
        first, last = [], []
        for _ in range(bench.sizes.rounds):
            first.append(load(bench, gateway.address, f"{path}0", 1))
            last.append(load(bench, gateway.address, f"{path}{samples - PAGE}", 1))
        growth = walk(gateway, path, samples)
    times = [[figures["p50_ms"] for figures in side] for side in (last, first)]
    page = compare(f"p50 of the page of {PAGE} at {samples - PAGE:,}", "ms", *times, "ms of the page at 0")
    what = f"growth while all {samples // PAGE} pages are handed out"
    return [page, Point(what, growth, "MiB", goal=Goal("value", "<", 32))]


def filled(gateway, samples):
    """A dataset with as many samples; its id."""
    dataset = gateway.call("POST", DATASETS, {"name": "worked on"})["id"]
    body, connection = {"samples": list(texts.samples(min(ADDED, samples)))}, gateway.connect()
    for _ in range(0, samples, ADDED):
        gateway.call("POST", f"{DATASETS}/{dataset}/samples", body, connection)
    connection.close()
    return dataset


def claimed(gateway, dataset):
    """A benchmark of the dataset, held by the bench's own key; its id."""
    gateway.call("POST", "/v1/orgs/default/benchmarks", {"dataset_id": dataset, "policy": {"pii": {"enabled": True}}})
    return gateway.call("POST", "/v1/benchmarks/claim", {})["run_id"]


def walk(gateway, path, samples):
    """Takes every page as a runtime does; how far the resident memory rises meanwhile, in MiB."""
    before, connection, seen = memory(gateway.pid, "VmRSS"), gateway.connect(), 0
    reset_peak(gateway.pid)
    for offset in range(0, samples, PAGE):
        seen += len(gateway.call("GET", f"{path}{offset}", connection=connection)["items"])
    connection.close()
    if seen != samples:
        raise RuntimeError(f"{seen} of {samples} samples were handed out")
    return memory(gateway.pid, "VmHWM") - before
