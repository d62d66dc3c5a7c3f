"""The gateway's own sample sets, judged by the vendor's engine under the example policy that they are labelled for.

A label is what a careful reader would want, so that the engine's rules may miss some; a set that they mostly miss, or
whose rules are no longer called so, has gone wrong.
"""
import asyncio
import json
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent))

import yaml  # noqa: E402
from harness.tally import Tally  # noqa: E402
from znyx_core.core.models import EvaluationRequest  # noqa: E402
from znyx_core.engine.evaluator import GuardrailsEvaluator  # noqa: E402

ROOT = Path(__file__).resolve().parents[3]
SETS = sorted((ROOT / "crates/znyx/catalog").glob("*/samples.jsonl"))
POLICY = ROOT / "config/znyx-example-policy.yaml"
LEAST = 0.9
"""The share of a set's samples on which the engine must agree."""


async def verdict(engine, policy, number, sample):
    """The engine's decision on a sample, and the rules that fired."""
    request = EvaluationRequest(request_id=f"r{number}", tenant_id="labels", app_id="labels", text=sample["input_text"])
    answer = await engine.evaluate(request, context=sample.get("context", "input"), policy=policy)
    return answer.decision.value, [hit.rule_id for hit in answer.rule_hits]


def fired(expected, hits):
    """Whether every expected rule fired: by its id, or by a detector's name that its id begins with."""
    return all(any(hit == rule or hit.startswith(f"{rule}.") for hit in hits) for rule in expected)


async def judge(tally, path, policy):
    """What the engine says of one set."""
    engine, name = GuardrailsEvaluator(), path.parent.name
    samples = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    missed = 0
    for number, sample in enumerate(samples):
        decision, hits = await verdict(engine, policy, number, sample)
        if decision != sample["expected_decision"]:
            missed += 1
        else:
            # Where the engine agrees, it does so for the reason that is given.
            tally.that(f"{name} {number}", fired(sample.get("expected_rule_hits", []), hits), f"saw {hits}")
    share = 1 - missed / len(samples)
    tally.that(f"{name} as a whole", share >= LEAST, f"the engine agrees with {share:.3f} of the labels")


def main():
    tally = Tally()
    policy = yaml.safe_load(POLICY.read_text(encoding="utf-8"))["default"] | {"policy_version": "example"}
    tally.equal("how many sets there are", len(SETS), 5)
    for path in SETS:
        asyncio.run(judge(tally, path, policy))
    tally.close()


if __name__ == "__main__":
    main()
