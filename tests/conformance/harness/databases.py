"""The two databases that everything runs on, fresh for each use."""
import itertools
import os
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit

from harness import places  # noqa: F401: the bench's modules are found through it
from rig.processes import run

KINDS = ("sqlite", "postgres")
_names = itertools.count(1)


@contextmanager
def fresh(kind, folder):
    """The URL of an empty database, which goes with this context."""
    if kind == "sqlite":
        yield f"sqlite:{folder / 'evalstone.db'}"
        return
    cluster = os.environ.get("EVALSTONE_TEST_POSTGRES")
    if not cluster:
        raise RuntimeError('EVALSTONE_TEST_POSTGRES is not set: eval "$(tests/postgres start)"')
    name = f"conformance_{os.getpid()}_{next(_names)}"
    _psql(cluster, f"CREATE DATABASE {name}")
    try:
        yield urlunsplit(urlsplit(cluster)._replace(path=f"/{name}"))
    finally:
        # A gateway that was killed may not have left it yet.
        _psql(cluster, f"DROP DATABASE {name} WITH (FORCE)")


def _psql(cluster, statement):
    run(["psql", "--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1", "--dbname", cluster, "--command", statement])
