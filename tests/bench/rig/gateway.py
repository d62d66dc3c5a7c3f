"""The gateway under test."""
import http.client
import json
import os
import time

from rig.processes import START, Server

KEY = "the admin key of the bench"
HEADERS = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
DATASETS = "/v1/orgs/default/datasets"
"""Where ZNYX has the datasets of the organization that every new database has."""


class Gateway:
    """A running gateway with a database of its own.

    Settings are the defaults but for address, key and places, and unless it is `seeded` but for the sample sets that
    new organizations get: the rows count datasets of their own making.
    """

    def __init__(self, binary, home, database, seeded=False):
        self.database = database
        home.mkdir(exist_ok=True)
        settings = {
            "PATH": os.environ["PATH"],
            "EVALSTONE_LISTEN": "127.0.0.1:0",
            "EVALSTONE_DATA_DIR": str(home / "data"),
            "EVALSTONE_DATABASE_URL": database.url,
            "EVALSTONE_BOOTSTRAP_KEY": KEY,
            "EVALSTONE_CONFIG": str(home / "config.toml"),
        }
        (home / "config.toml").write_text(f"[dialects.znyx]\nseed_samples = {str(seeded).lower()}\n", encoding="utf-8")
        (home / "data").mkdir(exist_ok=True)
        began = time.perf_counter()
        self.server = Server([str(binary), "serve"], home / "gateway.log", env=settings, cwd=home)
        try:
            self._await_ready()
        except BaseException:
            self.stop()
            raise
        self.start_seconds = time.perf_counter() - began
        """From the start of the process to the first 200 of /readyz."""

    @property
    def pid(self):
        return self.server.pid

    @property
    def address(self):
        return self.server.address

    def stop(self):
        self.server.stop()

    def _await_ready(self):
        end = time.perf_counter() + START
        while True:
            try:
                status, _ = self._ask("GET", "/readyz")
                if status == 200:
                    return
            except OSError:
                pass
            if time.perf_counter() > end:
                raise RuntimeError(f"/readyz never answered 200: {self.server.tail()}")
            time.sleep(0.001)

    def _ask(self, method, path, body=None, connection=None):
        connection = connection or self.connect()
        connection.request(method, path, body, HEADERS)
        answer = connection.getresponse()
        return answer.status, answer.read()

    def connect(self):
        """A connection to be kept for several calls."""
        return http.client.HTTPConnection(self.address, timeout=120)

    def call(self, method, path, body=None, connection=None):
        """The JSON that a call answers, which must succeed."""
        data = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        status, answer = self._ask(method, path, data, connection)
        if status not in (200, 201):
            raise RuntimeError(f"{method} {path}: {status} {answer[:500]!r}")
        return json.loads(answer)

    def metric(self, name):
        """A gauge of /metrics, labels included in the name."""
        status, text = self._ask("GET", "/metrics")
        for line in text.decode().splitlines():
            if status == 200 and line.startswith(name + " "):
                return float(line.rsplit(" ", 1)[1])
        raise RuntimeError(f"/metrics has no {name}: {status}")
