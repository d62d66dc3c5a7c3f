"""Counting checks, and the arguments that every judging script takes."""
import argparse
import contextlib
import http.client
import json
import os
import sys
from urllib.parse import urlsplit

SETTINGS = {
    "url": ("EVALSTONE_TEST_URL", True, "where the gateway answers, such as http://127.0.0.1:3825"),
    "key": ("EVALSTONE_TEST_KEY", True, "a key that may write"),
    "database": ("EVALSTONE_DATABASE_URL", True, "the gateway's database, sqlite:PATH or postgres://…"),
    "org": ("EVALSTONE_TEST_ORG", False, "the slug of the key's organization; the gateway is asked without it"),
    "pid": ("EVALSTONE_TEST_PID", False, "the gateway's process, where its memory is looked at"),
}


def options(about):
    """The gateway to be judged, from the arguments or else the environment."""
    parser = argparse.ArgumentParser(description=about)
    for name, (variable, is_needed, meaning) in SETTINGS.items():
        given = os.environ.get(variable)
        needed = is_needed and given is None
        parser.add_argument(f"--{name}", default=given, required=needed, help=f"{meaning} ({variable})")
    chosen = parser.parse_args()
    chosen.url = chosen.url.rstrip("/")
    chosen.org = chosen.org or _own_organization(chosen)
    return chosen


def _own_organization(gateway):
    """The slug of the key's organization."""
    headers = {"Authorization": f"Bearer {gateway.key}"}
    connection = http.client.HTTPConnection(urlsplit(gateway.url).netloc, timeout=30)
    connection.request("GET", "/api/v4/organizations/me", headers=headers)
    with contextlib.closing(connection):
        return json.loads(connection.getresponse().read())["slug"]


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
