"""`run_dataset` of the vendor's SDK, synchronous and asynchronous: it returns the metrics of a run on a real runtime,
and its errors carry the gateway's bodies."""
import asyncio
import json
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent))

import yaml  # noqa: E402
from harness.places import ROOT  # noqa: E402
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

    def run(self, dataset, key=CI_KEY, **more):
        """What the SDK tells."""
        return self.form(self.client.url, key, self.client.org, dataset, **more)

    def completes(self, name, dataset, count=COUNT, **more):
        """Checks a run that ends well. Gives it as the plain API has it, and its rows."""
        name = f"{name} ({self.form.__name__})"
        told = self.run(dataset, **more)
        run = self.client.benchmark(told.run_id)
        judged = rows.check(self.tally, name, self.client, dataset, run)
        self.tally.equal(f"{name}: what the SDK was told",
                         (told.dataset_id, told.status, told.total_samples, told.completed_samples),
                         (dataset, "completed", count, count))
        expected = rows.summed_up(judged)
        self.tally.equal(f"{name}: the metrics", [getattr(told, metric) for metric in METRICS],
                         [expected[metric] for metric in METRICS])
        self.tally.equal(f"{name}: the summary", told.results_summary, expected)
        return run, judged

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
        run, judged = user.completes("the runtime's own policy", dataset)
        decisions = {row["actual_decision"] for row in judged}
        tally.that(f"{form.__name__}: the decisions differ", decisions > {"ALLOW", "BLOCK", "REDACT"}, f"saw {decisions}")
        version = run["policy_version"]
        tally.that(f"{form.__name__}: the runtime's version", version and len(version) == 16, f"saw {version!a}")
        named, _ = user.completes("its version", dataset, policy_version=version)
        tally.equal(f"its version ({form.__name__})", (named["policy_version"], named["bundle_id"]), (version, None))
        refused(user, dataset)
    bundles(tally, client, dataset)


def bundles(tally, client, dataset):
    """A bundle that the runtime runs is as good as no name; a run for another waits, and the SDK survives that."""
    def publish(policy):
        return client.done("POST", "/projects/default/envs/prod/bundles/publish", {"policies": policy})["id"]

    same, other = publish(samples.POLICY), publish({"abuse": {"enabled": False}})
    for form in FORMS:
        user = User(tally, client, form)
        run, _ = user.completes("a bundle that it runs", dataset, bundle_id=same)
        tally.equal(f"a bundle that it runs ({form.__name__})", run["bundle_id"], same)
        for name, more in (("named", {"bundle_id": other}), ("active", {})):
            told = user.run(dataset, **more)
            tally.equal(f"a bundle that it does not run, {name} ({form.__name__})",
                        (told.status, told.results_summary, client.benchmark(told.run_id)["bundle_id"]),
                        ("queued", {}, other))


def refused(user, dataset):
    """Everything that is refused."""
    user.fails("an unknown bundle", 404, "Bundle not found", dataset=dataset, bundle_id=UNKNOWN)
    user.fails("an unknown version", 404, "Policy version not found", dataset=dataset, policy_version="0123456789abcdef")
    user.fails("an unknown dataset", 404, "Dataset not found")
    user.fails("a malformed dataset id", 404, "Dataset not found", dataset="a/b c")
    user.fails("a runtime's key", 403, "Runtime tokens cannot change anything; a CI or Admin token is required",
               key=READING_KEY, dataset=dataset)
    user.fails("another organization", 403, "Token does not have access to this organization", org="other")
    user.fails("an unknown key", 401, "Invalid authentication token", key="nobody's", dataset=dataset)
    user.fails("no key", 401, "Authentication required. Set X-API-Key or Authorization: Bearer header.", key="")


def seeded(tally, stage):
    """The sets that every organization has, on a runtime with the policy that they are labelled for."""
    runtime = stage.runtime(yaml.safe_load((ROOT / "config" / "znyx-example-policy.yaml").read_text("utf-8"))["default"])
    gateway = stage.gateway(runtime.url, is_seeded=True)
    stage.token(gateway, "ci", CI_KEY)
    client = stage.client(gateway)
    runtime.await_ready()
    found = client.done("GET", "/datasets?source=znyx_sample")["datasets"]
    tally.equal("the sets", sorted(dataset["category"] for dataset in found),
                ["general", "jailbreak", "pii", "secrets", "toxicity"])
    for form in FORMS:
        user = User(tally, client, form)
        for dataset in found:
            run, _ = user.completes(dataset["name"], dataset["id"], dataset["sample_count"])
            accuracy = run["results_summary"]["accuracy"]
            tally.that(f"{dataset['name']}: the labels are of this policy", accuracy >= 0.9, f"saw {accuracy}")


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
    play(__doc__, on_a_runtime, seeded, without_a_runtime)
