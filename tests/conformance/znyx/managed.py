"""A real runtime in managed mode: it loads its policy from the gateway, asks again and again, and takes the next one."""
import re
import sys
import time
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent))

from harness.tally import Tally  # noqa: E402
from judge import runtimes  # noqa: E402
from judge.client import answer, client, send  # noqa: E402

LONGEST = 60
"""Seconds that a runtime which asks every second may take to see what is new, on a machine that is busy too."""
TEXT = "Write to jane.doe@example.com"
UNCHANGED = re.compile(r'^evalstone_http_requests_total\{(?=.*route="/v1/bundles/latest")(?=.*status="304").*\} (\d+)$', re.M)


def project(gateway):
    """A project of its own: its path, and the runtime token of its environment `staging`."""
    made = send(gateway, "POST", "/v1/orgs/default/projects", '{"name": "Managed"}')
    token, = (key["raw_key"] for key in made["runtime_keys"] if key["env_name"] == "staging")
    return made, token


def publish(gateway, path, policies):
    """Publishes policies, and gives the bundle."""
    return send(gateway, "POST", f"{path}/bundles/publish", f'{{"policies": {policies}}}')


def awaited(what):
    """Whether it comes to be in time."""
    end = time.monotonic() + LONGEST
    while not what():
        if time.monotonic() > end:
            return False
        time.sleep(0.1)
    return True


def unchanged(gateway):
    """How often the gateway has answered that there is nothing new."""
    return sum(map(int, UNCHANGED.findall(gateway.get("/metrics").text)))


def check_first(tally, runtime, bundle):
    """The bundle that was there when the runtime started."""
    status = runtime.status()
    tally.equal("the first bundle's id", status["bundle_id"], bundle["id"])
    tally.equal("its digest", status["policy_hash"], bundle["policy_hash"])
    tally.equal("its environment", status["environment"], "staging")
    decided = runtime.evaluate(TEXT)
    tally.equal("the decision by it", decided["decision"], "REDACT")
    tally.equal("the policy's version", decided["policy_version"], bundle["id"])


def check_second(tally, gateway, runtime, made, path):
    """A bundle that is published while the runtime runs, with a policy of an agent's own."""
    agent = f"/v1/policies/{made['org_id']}/{made['id']}/support/staging"
    send(gateway, "PUT", agent, '{"policy": {"pii": {"action": "REDACT"}}}')
    bundle = publish(gateway, path, '{"pii": {"enabled": true, "action": "BLOCK", "skip": 1e16}, "é": [-0, 1.50]}')
    tally.that("the second bundle arrives", awaited(lambda: runtime.status()["bundle_id"] == bundle["id"]), runtime.log())
    tally.equal("its digest", runtime.status()["policy_hash"], bundle["policy_hash"])
    tally.equal("the decision by it", runtime.evaluate(TEXT)["decision"], "BLOCK")
    tally.equal("another for the agent", runtime.evaluate(TEXT, agent_id="support")["decision"], "REDACT")
    tally.equal("none for other agents", runtime.evaluate(TEXT, agent_id="sales")["decision"], "BLOCK")


def main():
    """Watches a runtime."""
    tally = Tally()
    with client() as gateway:
        made, token = project(gateway)
        path = f"/v1/orgs/default/projects/{made['id']}/envs/staging"
        first = publish(gateway, path, '{"pii": {"enabled": true, "action": "REDACT"}}')
        with runtimes.running(
            ZNYX_MODE="managed",
            ZNYX_CONTROL_PLANE_URL=str(gateway.base_url).rstrip("/"),
            ZNYX_RUNTIME_TOKEN=token,
            ZNYX_BUNDLE_POLL_INTERVAL="1",
            ZNYX_TELEMETRY_ENABLED="false",
        ) as runtime:
            check_first(tally, runtime, first)
            before = unchanged(gateway)
            tally.that("it is told that nothing is new", awaited(lambda: unchanged(gateway) > before), runtime.log())
            check_second(tally, gateway, runtime, made, path)
            answer(gateway.post(f"{path}/bundles/1/activate"))
            tally.that("the first comes back", awaited(lambda: runtime.status()["bundle_id"] == first["id"]), runtime.log())
            tally.equal("the decision by it", runtime.evaluate(TEXT)["decision"], "REDACT")
    tally.close()


if __name__ == "__main__":
    main()
