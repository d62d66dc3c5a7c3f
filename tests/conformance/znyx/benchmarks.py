"""A dataset of 250 samples on a real runtime, by push and by pull: both decide the same, which is what the vendor's
engine decides when it is asked here."""
import sys
from collections import Counter
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent))

from judge import rows, samples  # noqa: E402
from judge.engine import decided  # noqa: E402
from judge.scenarios import play  # noqa: E402
from judge.stage import Stage  # noqa: E402

POLICY = samples.THOROUGH_POLICY
SAMPLES = samples.made_up()
WITH_HOOKS = [*SAMPLES[:7], *samples.HOOKS, *SAMPLES[7:]]
"""The same with some that are no text, and are not evaluated."""


def push(stage):
    """On a gateway that calls a runtime: the start's answer is the end."""
    runtime = stage.runtime(POLICY)
    client = stage.client(stage.gateway(runtime.url))
    dataset = client.dataset(WITH_HOOKS)
    runtime.await_ready()
    return client, dataset, client.start(dataset, policy=POLICY)


def pull(stage):
    """On a gateway that a runtime asks for work: as the start was answered."""
    gateway = stage.gateway()
    client = stage.client(gateway)
    dataset = client.dataset(WITH_HOOKS)
    started = client.start(dataset, policy=POLICY)
    # Its first look for work is five seconds after its start, the next ones are later and later.
    stage.runtime(POLICY, gateway.url)
    return client, dataset, started


def both_ways(tally, stage):
    """The same, both ways, on gateways of their own."""
    with Stage(stage.kind) as other:
        pulled = pull(other)
        tally.equal("pull: started", (pulled[2]["status"], pulled[2]["results_summary"]), ("queued", {}))
        pushed = push(stage)
        pushed, pushed_rows = judged(tally, "push", *pushed)
        pulled, pulled_rows = judged(tally, "pull", *pulled)
    for number, (one, another) in enumerate(zip(rows.verdicts(pushed_rows), rows.verdicts(pulled_rows), strict=True)):
        tally.equal(f"{named(number)}: pushed and pulled", one, another)
    for number, (row, verdict) in enumerate(zip(pushed_rows, decided(SAMPLES, POLICY), strict=True)):
        tally.equal(f"{named(number)}: pushed, and by the engine", [row[key] for key in rows.VERDICT], verdict)
    for latency in rows.LATENCIES:
        tally.that(f"{latency} was measured", pushed.pop(latency) and pulled.pop(latency))
    tally.equal("the summaries but for latencies", pushed, pulled)
    counts = Counter(row["actual_decision"] for row in pushed_rows)
    for decision in ("ALLOW", "BLOCK", "REDACT", "TRANSFORM", "WARN", "ERROR"):
        tally.that(f"{decision} was decided", counts[decision] >= 10, f"saw {counts}")


def judged(tally, way, client, dataset, started):
    """The summary and the rows of a benchmark that was started, when it has ended as it must."""
    benchmark = started if way == "push" else client.ended(started["id"])
    tally.equal(f"{way}: the end", benchmark["status"], "completed")
    return benchmark["results_summary"], rows.check(tally, way, client, dataset, benchmark)


def named(number):
    """A sample for people."""
    return f"sample {number}, {SAMPLES[number]['input_text']!a}"


if __name__ == "__main__":
    play(__doc__, both_ways)
