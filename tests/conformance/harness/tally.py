"""Counting checks."""
import json
import sys


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
