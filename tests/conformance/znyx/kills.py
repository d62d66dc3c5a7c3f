"""Gateways and runtimes that are killed in the midst of 250 samples, and come back: every sample has one row, and the
verdicts are what they would have been."""
import functools
import http.client
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent))

from judge import rows, samples  # noqa: E402
from judge.engine import decided  # noqa: E402
from judge.network import VERSION, Answer, Once  # noqa: E402
from judge.scenarios import play  # noqa: E402

SAMPLES = samples.made_up()
MIDST = 100
"""After how many evaluations something is killed."""
PIECE = 32
"""How many verdicts a gateway stores at a time: what it loses at the most."""
CALLS = 4
"""How many calls it makes at a time."""
AWAY = 2
"""How long what was killed stays away, in seconds, beside the time that its start takes."""
LEASE = "2s"
"""After what silence of a runtime another may take a run over."""


@functools.cache
def verdicts():
    """What the engine decides."""
    return decided(SAMPLES, samples.POLICY)


once_at_a_time = threading.Lock()


def check(tally, name, client, dataset, run):
    """Whether a run has come to the end that it would have had."""
    benchmark = client.ended(run)
    tally.equal(f"{name}: the end of {benchmark}", benchmark["status"], "completed")
    judged = rows.check(tally, name, client, dataset, benchmark)
    with once_at_a_time:
        expected = verdicts()
    seen = [[row[key] for key in rows.VERDICT] for row in judged]
    tally.that(f"{name}: the verdicts", seen == expected, rows.differences(seen, expected))


def midst():
    """Tells which exchange is in the midst: the last of so many that were heard."""
    heard = []

    def is_the_one(exchange):
        if exchange.path.startswith("/v1/evaluate/"):
            heard.append(exchange)
        return len(heard) == MIDST

    return is_the_one


def pushed_to_a_runtime_that_is_killed(tally, stage):
    """The gateway waits for the runtime, within the request that started the run."""
    runtime = stage.runtime(samples.POLICY)
    killed = Once(midst(), runtime.kill)
    network = stage.network(runtime.url, heard=killed)
    client = stage.client(stage.gateway(network.url))
    dataset = client.dataset(SAMPLES)
    runtime.await_ready()
    with ThreadPoolExecutor() as pool:
        start = pool.submit(client.start, dataset, policy=samples.POLICY)
        tally.that("the runtime was killed", killed.done.wait(60))
        time.sleep(AWAY)
        runtime.resume()
        run = start.result()
    tally.equal("the start's answer", run["status"], "completed")
    check(tally, "the run", client, dataset, run["id"])
    cut = [exchange for exchange in network.evaluations() if exchange.status is None]
    tally.that("calls were cut off", cut)
    evaluated = network.evaluated()
    evaluated.pop((run["id"], VERSION))
    tally.equal("samples that were evaluated more than once", [key for key, count in evaluated.items() if count > 1], [])


def pushed_by_a_gateway_that_is_killed(tally, stage):
    """What the gateway had stored counts when it is back; the rest it evaluates in the background."""
    runtime = stage.runtime(samples.POLICY)
    network = stage.network(runtime.url)
    gateway = stage.gateway(network.url)
    network.heard = killed = Once(midst(), gateway.kill)
    client = stage.client(gateway)
    dataset = client.dataset(SAMPLES)
    runtime.await_ready()
    try:
        answer = client.start(dataset, policy=samples.POLICY)
    except (OSError, http.client.HTTPException):
        answer = None
    tally.equal("the start's answer", answer, None)
    tally.that("the gateway was killed", killed.done.wait(60))
    gateway.resume()
    run = one_run(tally, client)
    check(tally, "the run", client, dataset, run)
    again = {key: count for key, count in network.evaluated().items() if count > 1}
    tally.equal("beginnings", again.pop((run, VERSION), 0), 2)
    tally.equal("samples that were evaluated more than twice", [key for key, count in again.items() if count > 2], [])
    tally.that("samples that were evaluated twice", len(again) <= PIECE + CALLS, f"saw {len(again)}")


def one_run(tally, client):
    """The id of the only run, which somebody works on."""
    runs = client.done("GET", "/benchmarks")["runs"]
    tally.equal("runs", [(run["status"], run["completed_samples"] >= MIDST - PIECE - CALLS) for run in runs],
                [("running", True)])
    return runs[0]["id"]


def pulled_by_a_runtime_that_is_killed(tally, stage):
    """It is killed while it evaluates its second page, and claims the run again when it is back."""
    gateway = stage.gateway(benchmarks_lease=LEASE)
    client = stage.client(gateway)
    dataset = client.dataset(SAMPLES)
    run = client.start(dataset, policy=samples.POLICY)["id"]
    network = stage.network(gateway.url)
    runtime = stage.runtime(samples.POLICY, network.url)
    network.heard = killed = Once(lambda exchange: "samples?offset=200" in exchange.path, runtime.kill)
    tally.that("the runtime was killed", killed.done.wait(60))
    stands = client.benchmark(run)
    tally.equal("how the run stood then", (stands["status"], stands["completed_samples"]), ("running", 200))
    runtime.resume()
    check(tally, "the run", client, dataset, run)
    pulled_once(tally, network)


def pulled_from_a_gateway_that_is_killed(tally, stage):
    """It is killed when it has stored the first page, so that the runtime is not told, and gives up for now."""
    gateway = stage.gateway(benchmarks_lease=LEASE)
    client = stage.client(gateway)
    dataset = client.dataset(SAMPLES)
    run = client.start(dataset, policy=samples.POLICY)["id"]
    network = stage.network(gateway.url)

    def kill():
        gateway.kill()
        return Answer()

    network.heard = killed = Once(lambda exchange: exchange.path.endswith("/results"), kill)
    stage.runtime(samples.POLICY, network.url)
    tally.that("the gateway was killed", killed.done.wait(60))
    time.sleep(AWAY)
    gateway.resume()
    check(tally, "the run", client, dataset, run)
    pulled_once(tally, network)


def pulled_once(tally, network):
    """Whether the run was claimed twice, and no sample was evaluated twice."""
    claims = [exchange for exchange in network.exchanges if exchange.path.endswith("/claim") and exchange.status == 200]
    tally.equal("claims", len(claims), 2)
    tally.equal("how often samples were reported", set(network.reported().values()), {1})
    tally.equal("samples that were reported", len(network.reported()), len(SAMPLES))


def a_gateway_that_dies(tally, stage):
    """Another gateway on the same database ends the run that the first one began."""
    if stage.kind == "sqlite":
        return
    runtime = stage.runtime(samples.POLICY)
    network = stage.network(runtime.url)
    first, second = (stage.gateway(network.url, benchmarks_inline_samples=MIDST) for _ in range(2))
    network.heard = killed = Once(midst(), first.kill)
    client = stage.client(second)
    dataset = client.dataset(SAMPLES)
    runtime.await_ready()
    run = stage.client(first).start(dataset, policy=samples.POLICY)
    tally.equal("the start's answer", (run["status"], run["results_summary"]), ("queued", {}))
    tally.that("the first gateway was killed", killed.done.wait(60))
    check(tally, "the run", client, dataset, run["id"])
    tally.equal("beginnings", network.evaluated()[run["id"], VERSION], 2)


if __name__ == "__main__":
    play(__doc__, pushed_by_a_gateway_that_is_killed, pulled_by_a_runtime_that_is_killed, a_gateway_that_dies,
         pulled_from_a_gateway_that_is_killed, pushed_to_a_runtime_that_is_killed)
