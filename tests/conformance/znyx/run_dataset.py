"""`run_dataset` of the vendor's SDK, synchronous and asynchronous: it returns the metrics of a run on a real runtime,
and its errors carry the gateway's bodies."""
import asyncio
import json
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent))

from judge import rows, samples  # noqa: E402
from judge.scenarios import play  # noqa: E402
from judge.stage import ADMIN_KEY  # noqa: E402
from znyx_sdk import GuardrailsClient, GuardrailsSyncClient  # noqa: E402
from znyx_sdk.exceptions import GuardrailsError  # noqa: E402

COUNT = 60
UNKNOWN = "01890000-0000-7000-8000-000000000000"
CI_KEY, READING_KEY = "a key for pipelines", "a key that only reads"
METRICS = ("accuracy", "precision", "recall", "f1")


def plain(url, key, *arguments, **more):
    """What the synchronous client makes of it."""
    return GuardrailsSyncClient(url, key).run_dataset(*arguments, **more)


def asynchronous(url, key, *arguments, **more):
    """What the asynchronous client makes of it."""
    async def call():
        async with GuardrailsClient(url, key) as client:
            return await client.run_dataset(*arguments, **more)

    return asyncio.run(call())


FORMS = (plain, asynchronous)


class User:
    """Somebody who runs datasets with the SDK."""

    def __init__(self, tally, client, form):
        self.tally, self.client, self.form = tally, client, form

    def completes(self, name, dataset, **more):
        """Checks a run that ends well. Gives it as the plain API has it."""
        name = f"{name} ({self.form.__name__})"
        told = self.form(self.client.url, CI_KEY, self.client.org, dataset, **more)
        run = self.client.benchmark(told.run_id)
        judged = rows.check(self.tally, name, self.client, dataset, run)
        self.tally.equal(f"{name}: what the SDK was told",
                         (told.dataset_id, told.status, told.total_samples, told.completed_samples),
                         (dataset, "completed", COUNT, COUNT))
        expected = rows.summed_up(judged)
        self.tally.equal(f"{name}: the metrics", [getattr(told, metric) for metric in METRICS],
                         [expected[metric] for metric in METRICS])
        self.tally.equal(f"{name}: the summary", told.results_summary, expected)
        decisions = {row["actual_decision"] for row in judged}
        self.tally.that(f"{name}: the decisions differ", decisions > {"ALLOW", "BLOCK", "REDACT"}, f"saw {decisions}")
        return run

    def fails(self, name, status, detail, org=None, key=CI_KEY, dataset=UNKNOWN, **more):
        """Checks a call that is refused."""
        name = f"{name} ({self.form.__name__})"
        try:
            self.form(self.client.url, key, org or self.client.org, dataset, **more)
        except GuardrailsError as error:
            before, body = str(error).split(" {", 1)
            self.tally.equal(f"{name}: the error", (error.status_code, before), (status, f"run_dataset failed: {status}"))
            said = json.loads(f"{{{body}")
            self.tally.equal(f"{name}: the body", said, {"detail": detail})
        else:
            self.tally.that(f"{name}: an error", False)


def on_a_runtime(tally, stage):
    """With a configured runtime."""
    runtime = stage.runtime(samples.POLICY)
    gateway = stage.gateway(runtime.url)
    stage.token(gateway, "ci", CI_KEY)
    stage.token(gateway, "runtime", READING_KEY)
    gateway.cli("orgs", "create", "other")
    client = stage.client(gateway)
    dataset = client.dataset(samples.made_up(COUNT))
    runtime.await_ready()
    for form in FORMS:
        user = User(tally, client, form)
        run = user.completes("the runtime's own policy", dataset)
        version = run["policy_version"]
        tally.that(f"{form.__name__}: the runtime's version", version and len(version) == 16, f"saw {version!a}")
        named = user.completes("its version", dataset, policy_version=version)
        tally.equal(f"its version ({form.__name__})", (named["policy_version"], named["bundle_id"]), (version, None))
        refused(user, dataset)


def refused(user, dataset):
    """Everything that is refused."""
    user.fails("an unknown bundle", 404, "Bundle not found", dataset=dataset, bundle_id=UNKNOWN)
    user.fails("an unknown version", 404, "Policy version not found", dataset=dataset, policy_version="0123456789abcdef")
    user.fails("an unknown dataset", 404, "Dataset not found")
    user.fails("a malformed dataset id", 404, "Dataset not found", dataset="a/b c")
    user.fails("a runtime's key", 403, "Runtime tokens cannot change anything; a CI or Admin token is required", key=READING_KEY, dataset=dataset)
    user.fails("another organization", 403, "Token does not have access to this organization", org="other")
    user.fails("an unknown key", 401, "Invalid authentication token", key="nobody's", dataset=dataset)
    user.fails("no key", 401, "Authentication required. Set X-API-Key or Authorization: Bearer header.", key="")


def without_a_runtime(tally, stage):
    """Without a runtime and any policy there is nothing to run against."""
    client = stage.client(stage.gateway())
    dataset = client.dataset(samples.made_up(3))
    for form in FORMS:
        body = {"dataset_id": dataset}
        missing = {"type": "missing", "loc": ["body", "policy"], "msg": "Field required", "input": body}
        User(tally, client, form).fails("no policy", 422, [missing], key=ADMIN_KEY, dataset=dataset)
        tally.equal("nothing was started", client.done("GET", "/benchmarks")["total"], 0)


if __name__ == "__main__":
    play(__doc__, on_a_runtime, without_a_runtime)
