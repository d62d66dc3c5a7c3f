"""Many runs at once, on all gateways that the database may have: each is worked on once, and one that is small has ended
when its start is answered, whoever was faster to work on it."""
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent))

from judge import rows, samples  # noqa: E402
from judge.network import VERSION  # noqa: E402
from judge.scenarios import play  # noqa: E402

SMALL, LARGE = 2, 3
"""Samples of runs that end within the request that starts them, and of those that do not."""
CALLS = 4
"""How many calls a gateway makes at a time, of all runs together."""
STARTS = 60
"""How many of each are started."""


def side_by_side(tally, stage):
    """Large runs that wait in a queue, so that workers look for the next one all the time, and small ones in between."""
    runtime = stage.runtime(samples.POLICY)
    network = stage.network(runtime.url)
    count = 1 if stage.kind == "sqlite" else 2
    clients = [stage.client(stage.gateway(network.url, benchmarks_inline_samples=SMALL)) for _ in range(count)]
    small, large = (clients[0].dataset(samples.made_up(size)) for size in (SMALL, LARGE))
    runtime.await_ready()

    def start(dataset, number):
        return clients[number % count].start(dataset)

    with ThreadPoolExecutor(12) as pool:
        starts = [(pool.submit(start, large, number), pool.submit(start, small, number)) for number in range(STARTS)]
        queued, within = zip(*starts)
        ends = [clients[-1].ended(run.result()["id"]) for run in queued]
        begun = [run.result() for run in within]
    tally.equal("small runs as their starts were answered", {run["status"] for run in begun}, {"completed"})
    tally.equal("large runs as they ended", {run["status"] for run in ends}, {"completed"})
    for run in ends:
        rows.check(tally, run["id"], clients[-1], large, run)
    evaluated = network.evaluated()
    tally.equal("how often anything was evaluated", set(evaluated.values()), {1})
    tally.that("calls at a time", 1 < network.most <= CALLS * count, f"saw {network.most}")
    tally.equal("beginnings", sum(request == VERSION for _, request in evaluated), 2 * STARTS)


if __name__ == "__main__":
    play(__doc__, side_by_side)
