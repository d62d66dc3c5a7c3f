"""Policies and bundles, judged by the vendor's own code: made-up ones go to the gateway as texts, and what it says of
them must be what `znyx_core` says that reads the same.
"""
import json
import random
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent))

from harness.tally import Tally  # noqa: E402
from judge.client import answer, client, send  # noqa: E402
from judge.policies import any_object, near_the_schema, small_object, with_strategies  # noqa: E402
from znyx_core.policy.bundle import PolicyBundle, validate_bundle  # noqa: E402
from znyx_core.policy.lint import analyze_policy  # noqa: E402
from znyx_core.policy.resolver import PolicyResolver  # noqa: E402
from znyx_core.policy.schema import validate_policy_strict  # noqa: E402

BUNDLES, MERGES, CHECKS = 300, 200, 1500
SEED = 20261128
"""The same policies each time, so that a failure can be looked at again."""
ENVIRONMENT = "/v1/orgs/default/projects/default/envs/prod"
SCOPES = ("*/*/*/*", "t/*/*/*", "t/a/*/prod", "t/a/default/prod", "t/a/g/prod")
"""Each covers the last; the broadest comes first."""


def check_bundles(tally, gateway, choices):
    """The digest of each published bundle, and what a runtime would make of it."""
    for number in range(BUNDLES):
        policies = any_object(choices)
        told = send(gateway, "POST", f"{ENVIRONMENT}/bundles/publish", f'{{"policies": {policies}}}')
        expected = PolicyBundle(policies=json.loads(policies)).compute_hash()
        tally.that(f"bundle {number}: the digest", told["policy_hash"] == expected,
                   f"{told['policy_hash']} instead of {expected} for {policies!a}")
        bundle = PolicyBundle.from_dict(answer(gateway.get("/v1/bundles/latest")))
        tally.equal(f"bundle {number}: its id", bundle.bundle_id, told["id"])
        tally.equal(f"bundle {number}: its policies", bundle.policies, json.loads(policies))
        tally.that(f"bundle {number}: a runtime takes it", validate_bundle(bundle), policies)


def check_merges(tally, gateway, choices):
    """What is in force where policies of several scopes meet."""
    resolver = PolicyResolver(None)
    stored, met = {}, 0
    for number in range(MERGES):
        scope, policy = choices.choice(SCOPES), small_object(choices)
        send(gateway, "PUT", f"/v1/policies/{scope}", f'{{"policy": {policy}}}')
        stored[scope] = json.loads(policy)
        expected = {}
        covering = [stored[scope] for scope in SCOPES if scope in stored]
        for index, override in enumerate(covering):
            # The runtime takes the broadest policy as it is, and lays the others over it.
            if index:
                resolver._merge_policy(expected, override)  # noqa: SLF001: there is no other way to the rule
            else:
                expected = json.loads(json.dumps(override))
        met += len(covering) > 2
        told = answer(gateway.get(f"/v1/policies/{SCOPES[-1]}?resolved=true"))
        tally.equal(f"merge {number}", told["policy"], expected)
    tally.that("policies of several scopes met", met > MERGES // 2, f"only {met} times")


def findings(policy):
    """What the vendor's schema and linter say. Rules of its own code have our words, so theirs are left out."""
    result = validate_policy_strict(policy)
    blockers = [(found.code, found.loc, found.message if found.code != "value_error" else "")
                for found in result.blockers]
    warnings = [(found.code, found.loc) for found in result.warnings]
    try:
        warnings += [(found.code, found.loc) for found in analyze_policy(policy)]
    except (AttributeError, TypeError):
        # The linter expects what the schema takes.
        warnings = None
    return result.valid, blockers, warnings


def check_findings(tally, gateway, choices):
    """What checking a policy finds."""
    seen = set()
    for number in range(CHECKS):
        text = with_strategies(choices) if number % 5 == 0 else near_the_schema(choices)
        valid, blockers, warnings = findings(json.loads(text))
        told = send(gateway, "POST", "/v1/policies/validate", f'{{"policy": {text}}}')
        ours = [(found["code"], found["loc"], found["message"] if found["code"] != "value_error" else "")
                for found in told["blockers"]]
        tally.that(f"check {number}: what is refused", (told["valid"], ours) == (valid, blockers),
                   f"{ours!a} instead of {blockers!a} for {text!a}")
        if warnings is not None:
            tally.equal(f"check {number}: what is warned of", [(f["code"], f["loc"]) for f in told["warnings"]], warnings)
            seen.update(code for code, _ in warnings)
        seen.update(code for code, _, _ in blockers)
    for code in ("model_type", "extra_forbidden", "literal_error", "enum", "int_from_float", "float_parsing", "too_short",
                 "value_error", "missing", "unknown_key", "contradiction", "missing_backend"):
        tally.that(f"{code} was found", code in seen)


def main():
    """Judges what the gateway says of policies."""
    tally, choices = Tally(), random.Random(SEED)
    with client() as gateway:
        check_bundles(tally, gateway, choices)
        check_merges(tally, gateway, choices)
        check_findings(tally, gateway, choices)
    tally.close()


if __name__ == "__main__":
    main()
