"""Runtimes that are down, or are none, or have no time: a run on them fails with a reason that says which, or waits as
it was asked to; one that runs another policy leaves the run to whoever asks for work."""
import sys
import time
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent))

from judge import rows, samples  # noqa: E402
from judge.engine import decided  # noqa: E402
from judge.network import VERSION, Answer, Once  # noqa: E402
from judge.scenarios import play  # noqa: E402

SAMPLES = samples.made_up(40)
PATIENCE, TIMEOUT = "2s", "1s"
LONG = 30
"""Longer than any of these waits, in seconds."""
OTHER_POLICY = {"abuse": {"enabled": False}, "pii": {"enabled": True, "action": "BLOCK"}}


def runtimes_that_are_down_or_none(tally, stage):
    """Each fails the run within the request that started it, in words of its own."""
    port = stage.port()
    url = f"http://127.0.0.1:{port}"
    client = stage.client(stage.gateway(url, runtime_patience=PATIENCE, runtime_timeout=TIMEOUT))
    dataset = client.dataset(SAMPLES)
    fails(tally, client, dataset, f"the runtime at {url} cannot be reached: Connection refused (os error 111) (for 2 s)")
    network = stage.network("http://127.0.0.1:1", port=port)
    for answer, why in (
        (Answer(404, "Not Found"), "answered 404 Not Found: Not Found"),
        (Answer(401, "Invalid authentication token"), "answered 401 Unauthorized: Invalid authentication token"),
        (Answer(500, "Server misconfiguration"), "answered 500 Internal Server Error: Server misconfiguration"),
        (Answer(200, "I am no runtime"), "does not answer as a znyx-runtime does"),
        (Answer(503, "Policy unavailable (fail-closed)", "1"),
         "answered 503 Service Unavailable: Policy unavailable (fail-closed) (for 2 s)"),
        (Answer(429, "Too many requests", "1"), "answered 429 Too Many Requests: Too many requests (for 2 s)"),
        (Answer(silence=LONG), "does not answer in time"),
        (Answer(), "cannot be reached: connection closed before message completed (for 2 s)"),
    ):
        network.plan = lambda exchange, answer=answer: answer
        network.exchanges.clear()
        fails(tally, client, dataset, f"the runtime at {url} {why}")
        tally.that(f"calls of {answer}", 1 <= len(network.evaluations()) <= 10, f"saw {len(network.evaluations())}")


def fails(tally, client, dataset, reason):
    """Checks that a run fails at once with this reason, whatever policy it is for."""
    for more in ({}, {"policy": samples.POLICY}):
        run = client.start(dataset, **more)
        tally.equal(f"{reason} {[*more]}: the end", (run["status"], run["results_summary"].get("error")),
                    ("failed", reason))
        tally.equal(f"{reason} {[*more]}: the rows", (run["completed_samples"], client.results(run["id"])), (0, []))


class Script:
    """A plan by which some requests get these answers, one after the other, before they are passed on."""

    def __init__(self, answers):
        self._left = {request: iter(answers) for request, answers in answers.items()}

    def __call__(self, exchange):
        request = exchange.path.startswith("/v1/evaluate/") and exchange.sent["request_id"]
        return next(self._left.get(request, iter(())), None)


def a_runtime_that_is_busy(tally, stage):
    """The gateway comes again when it was asked to, and not before. What the runtime cannot evaluate is ERROR."""
    runtime = stage.runtime(samples.POLICY)
    network = stage.network(runtime.url)
    client = stage.client(stage.gateway(network.url, runtime_timeout="5s"))
    dataset = client.dataset(SAMPLES)
    requests = [f"bench-{sample['id']}" for sample in client.samples(dataset)]
    busy, sick, silent = {VERSION, *requests[10:13]}, requests[2], requests[6]
    network.plan = Script({
        **dict.fromkeys(busy, [Answer(503, "Evaluator saturated, retry shortly", "1")] * 2),
        sick: [Answer(500, "Evaluation failed")] * 2,
        silent: [Answer(silence=LONG)] * 2,
    })
    runtime.await_ready()
    run = client.start(dataset, policy=samples.POLICY)
    tally.equal("the end", run["status"], "completed")
    verdicts(tally, "the run", client, dataset, run, samples.POLICY, failed=(2, 6))
    answers = {request: [call.status for call in calls(network, request)] for request in (*busy, sick, silent)}
    tally.equal("the answers", answers,
                {**dict.fromkeys(busy, [503, 503, 200]), sick: [500], silent: [None, None]})
    for request in sorted(busy):
        times = [call.time for call in calls(network, request)]
        pauses = [later - time for time, later in zip(times, times[1:])]
        tally.that(f"{request}: pauses", min(pauses) >= 1, f"saw {pauses}")


def calls(network, request):
    """The calls that asked for this."""
    return [call for call in network.evaluations() if call.sent["request_id"] == request]


def a_runtime_that_dies(tally, stage):
    """It does not come back. The run fails, and what there is of it stays."""
    runtime = stage.runtime(samples.POLICY)
    network = stage.network(runtime.url)
    network.heard = Once(lambda exchange: len(network.evaluated()) >= len(SAMPLES) * 9 // 10, runtime.kill)
    client = stage.client(stage.gateway(network.url, runtime_patience=PATIENCE))
    dataset = client.dataset(SAMPLES)
    runtime.await_ready()
    run = client.start(dataset)
    summary, judged = run["results_summary"], client.results(run["id"])
    reason = f"the runtime at {network.url} cannot be reached: connection closed before message completed (for 2 s)"
    tally.equal("the end", (run["status"], summary.pop("error")), ("failed", reason))
    tally.equal("the summary of the rest", summary, rows.summed_up(judged))
    ids = [sample["id"] for sample in client.samples(dataset)]
    tally.equal("the rows", [row["sample_id"] for row in judged], ids[:len(judged)])
    tally.that("how many there are", 0 < len(judged) == run["completed_samples"] < len(SAMPLES), f"saw {len(judged)}")


def verdicts(tally, name, client, dataset, run, policy, failed=()):
    """Checks that a run has ended with the verdicts that the engine gives by this policy, but for the samples with these
    numbers, which could not be evaluated."""
    judged = rows.check(tally, name, client, dataset, run)
    seen, expected = [[row[key] for key in rows.VERDICT] for row in judged], decided(SAMPLES, policy)
    for number in failed:
        expected[number] = ["ERROR", 0, []]
    tally.that(f"{name}: the verdicts", seen == expected, rows.differences(seen, expected))


def a_runtime_with_another_policy(tally, stage):
    """A run for a policy that the configured runtime does not run waits until a runtime asks for work, which may be
    that one: it is then given the policy."""
    runtime = stage.runtime(samples.POLICY)
    network = stage.network(runtime.url)
    gateway = stage.gateway(network.url)
    client = stage.client(gateway)
    dataset = client.dataset(SAMPLES)
    runtime.await_ready()
    run = client.start(dataset, policy=OTHER_POLICY)
    tally.equal("the start's answer", (run["status"], run["results_summary"], run["completed_samples"]), ("queued", {}, 0))
    # Its workers have looked for work at least once more by then.
    time.sleep(6)
    tally.equal("later", client.benchmark(run["id"])["status"], "queued")
    stage.runtime(samples.POLICY, gateway.url)
    ended = client.ended(run["id"])
    tally.equal("the end", ended["status"], "completed")
    verdicts(tally, "the run", client, dataset, ended, OTHER_POLICY)
    pushed = client.start(dataset, policy=samples.POLICY)
    tally.equal("a run for its own policy", pushed["status"], "completed")
    verdicts(tally, "a run for its own policy", client, dataset, pushed, samples.POLICY)
    asked = {run for run, request in network.evaluated() if request != VERSION}
    tally.equal("the runs that the configured runtime evaluated", asked, {pushed["id"]})


if __name__ == "__main__":
    play(__doc__, runtimes_that_are_down_or_none, a_runtime_with_another_policy, a_runtime_that_is_busy,
         a_runtime_that_dies)
