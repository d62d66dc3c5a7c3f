"""A pytest plugin for the vendor's API tests, which their own project no longer runs.

It takes away the mark that skips them, and that mark only, and before each test it has the database brought back
to the state that they expect. GENTRACE_SEED names the program that does so.
"""
import os
import subprocess

import pytest

REASON = "Prism tests are disabled"


class Seed:
    """The seeding program, which seeds once when it starts and again whenever it is asked."""

    def __init__(self):
        self._process = subprocess.Popen([os.environ["GENTRACE_SEED"]], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                         text=True, bufsize=1)
        self._await()

    def again(self):
        self._process.stdin.write("\n")
        self._await()

    def _await(self):
        said = self._process.stdout.readline()
        if said != "seeded\n":
            raise RuntimeError(f"the database was not seeded: {said!r}")

    def end(self):
        self._process.communicate(timeout=60)


def pytest_configure(config):
    config.stash[SEED] = Seed()


def pytest_unconfigure(config):
    config.stash[SEED].end()


SEED = pytest.StashKey[Seed]()


def pytest_collection_modifyitems(items):
    for item in items:
        item.own_markers[:] = [mark for mark in item.own_markers
                               if not (mark.name == "skip" and mark.kwargs.get("reason") == REASON)]


@pytest.fixture(autouse=True)
def seeded(request):
    """The state that the tests expect: they make the same slug and delete the same case again and again."""
    request.config.stash[SEED].again()
