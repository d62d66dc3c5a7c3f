"""The arguments that every judging script takes, and the counting of its checks."""
import argparse
import contextlib
import http.client
import json
import os
import sys
from pathlib import Path
from urllib.parse import urlsplit

sys.path.append(str(Path(__file__).resolve().parents[2]))

from harness.tally import Tally  # noqa: E402, F401: the scripts have both from here

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
