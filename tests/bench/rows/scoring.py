"""How long a request waits for a run over a dataset of the size of a well-known one, and whether a run over many records
takes memory."""
import http.client
import json
import statistics
import time

from rig import texts
from rig.gateway import HEADERS
from rig.machine import memory, reset_peak
from rig.report import Goal, Point, spread
from rig.upload import upload

RECORDS = 1_319
"""As many as gsm8k's test set has."""
METRICS = {"5": "bleu", "19": "rouge", "21": "text_readability", "22": "word_ct_match"}
"""Structural metrics that look at every word, by their ids."""
POLL = 0.5
"""Seconds between two looks at a run."""


def measure(bench, database):
    with bench.gateway(database) as gateway:
        make(gateway, "blocking", RECORDS)
        gateway.database.settle()
        times = [blocking(gateway, 1) for _ in range(bench.sizes.rounds)]
        make(gateway, "many", bench.sizes.scored)
        gateway.database.settle()
        growth, seconds = watched(gateway, 2, bench.sizes.scored)
    more = {"evaluations_per_s": round(RECORDS * len(METRICS) / statistics.median(times))}
    what = f"{RECORDS:,} records by {len(METRICS)} metrics, in one call"
    first = Point(what, statistics.median(times), "s", goal=Goal("value", "<", 5), spread=spread(times), more=more)
    what = f"growth while {bench.sizes.scored:,} records are scored"
    more = {"seconds": round(seconds, 1), "evaluations_per_s": round(bench.sizes.scored * len(METRICS) / seconds)}
    return [first, Point(what, growth, "MiB", goal=Goal("value", "<", 64), more=more)]


def make(gateway, name, records):
    """A dataset whose recorded answers share words with what is expected."""
    some = texts.Texts(7)
    head = "prompt,output,golden_answer\n"
    text = head + "".join(f"#{number} {some.piece(230)},{some.piece(290)}.,{some.piece(290)}.\n"
                          for number in range(records))
    file = text.encode()
    metrics = json.dumps({number: {"threshold": 50} for number in METRICS})
    done = upload(gateway.address, name, iter([file]), len(file), metrics)
    if done.records != records:
        raise RuntimeError(f"{records} rows were sent, the answer lists {done.records} records")


def blocking(gateway, dataset):
    """Seconds until the last byte of the answer with all evaluations."""
    began = time.perf_counter()
    run = gateway.call("POST", "/api/v1/runs/dataset", {"dataset_id": dataset, "is_blocking": True})
    seconds = time.perf_counter() - began
    scored = [one["result"] for one in run["evaluations"] if one["is_success"]]
    if len(scored) != RECORDS * len(METRICS) or run["finished_at"] is None:
        raise RuntimeError(f"{len(scored)} evaluations of {run['progress']} are there: {run['evaluations'][:1]}")
    return seconds


def watched(gateway, dataset, records):
    """How far the resident memory rises while a run in the background goes on, in MiB, and its seconds."""
    before = memory(gateway.pid, "VmRSS")
    reset_peak(gateway.pid)
    began = time.perf_counter()
    run = gateway.call("POST", "/api/v1/runs/dataset", {"dataset_id": dataset})["id"]
    while head_of(gateway, run)["finished_at"] is None:
        time.sleep(POLL)
    seconds = time.perf_counter() - began
    growth = memory(gateway.pid, "VmHWM") - before
    means = head_of(gateway, run)["aggregate_results"]
    if sorted(means) != sorted(METRICS.values()):
        raise RuntimeError(f"{records} records were scored by {sorted(means)}")
    return growth, seconds


def head_of(gateway, run):
    """What stands before a run's evaluations, of which the rest is not read."""
    connection = http.client.HTTPConnection(gateway.address, timeout=120)
    connection.request("GET", f"/api/v1/runs/{run}", headers=HEADERS)
    text = connection.getresponse().read(4096).decode(errors="ignore")
    connection.close()
    return json.loads(text[:text.index(',"evaluations":[')] + "}")
