"""Counting checks, and the arguments that every judging script takes."""
import argparse
import json
import os
import sys

SETTINGS = {
    "url": "where the gateway answers, such as http://127.0.0.1:3825",
    "key": "a key that may write",
    "org": "the slug of the key's organization",
    "database": "the gateway's database, sqlite:PATH or postgres://…",
    "pid": "the gateway's process",
}


def options(about):
    """The gateway to be judged, from the arguments or else the environment (EVALSTONE_TEST_URL and so on)."""
    parser = argparse.ArgumentParser(description=about)
    for name, meaning in SETTINGS.items():
        variable = f"EVALSTONE_TEST_{name.upper()}"
        given = os.environ.get(variable)
        parser.add_argument(f"--{name}", default=given, required=given is None, help=f"{meaning} ({variable})")
    chosen = parser.parse_args()
    chosen.url = chosen.url.rstrip("/")
    return chosen


class Tally:
    """Checks that passed, and what the others expected and saw."""

    def __init__(self):
        self.passed = 0
        self.failures = []

    def equal(self, what, seen, expected):
        """Whether the two are equal."""
        self.that(what, seen == expected, f"expected {expected!a}, saw {seen!a}")

    def that(self, what, holds, told=""):
        """Whether something holds; `told` is what was expected and seen."""
        if holds:
            self.passed += 1
        else:
            self.failures.append(f"{what}: {told}" if told else what)

    def take(self, whose, other):
        """Adds what a program found out, as it was told by `json`."""
        self.passed += other["passed"]
        self.failures.extend(f"{whose}: {failure}" for failure in other["failures"])

    def json(self, **more):
        """What a program tells the script that started it, on standard output."""
        return json.dumps({"passed": self.passed, "failures": self.failures, **more})

    def close(self):
        """Prints the failed checks and the counts, and ends the script."""
        for failure in self.failures:
            print(f"FAILED {failure}")
        print(f"{self.passed} passed, {len(self.failures)} failed")
        sys.exit(1 if self.failures or not self.passed else 0)
