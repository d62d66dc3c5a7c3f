"""The gateway under test: the real binary on a free port, with a data folder and a database of its own."""
import http.client
import os
import shutil
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

from harness import databases
from harness.places import program
from rig.processes import START, Server, run

UNSEEDED = "[dialects.znyx]\nseed_samples = false\n"
"""The vendors' suites expect organizations that start empty."""


class Gateway:
    """A running gateway and its command line."""

    def __init__(self, home, database_url, configuration="", environment=None, port=0):
        """`configuration` is the text of its file, `environment` what more it finds in its environment."""
        self.database_url = database_url
        self._binary, self._home = Path(os.environ.get("EVALSTONE_BIN") or program("evalstone")), home
        seeds = "" if "seed_samples" in configuration else UNSEEDED
        (home / "evalstone.toml").write_text(seeds + configuration, encoding="utf-8")
        # Nothing else of what is set where this runs may reach it.
        self._settings = {
            "PATH": os.environ["PATH"],
            "EVALSTONE_CONFIG": str(home / "evalstone.toml"),
            "EVALSTONE_LISTEN": f"127.0.0.1:{port}",
            "EVALSTONE_DATA_DIR": str(home / "data"),
            "EVALSTONE_DATABASE_URL": database_url,
            **(environment or {}),
        }
        (home / "data").mkdir()
        self._server = self._serve()
        self.url = f"http://{self._server.address}"

    def _serve(self):
        return Server([str(self._binary), "serve"], self._home / "gateway.log", env=self._settings, cwd=self._home)

    @property
    def pid(self):
        """Its process."""
        return self._server.pid

    def cli(self, *arguments, stdin=""):
        """Runs a command beside the gateway, on the same database, and gives what it prints."""
        return run([self._binary, *arguments], input=stdin, env=self._settings, cwd=self._home)

    def await_ready(self):
        """Returns when requests are served."""
        end = time.monotonic() + START
        while self._status("/readyz") != 200:
            if time.monotonic() > end:
                raise RuntimeError(f"/readyz never answered 200: {self.log()}")
            time.sleep(0.01)

    def _status(self, path):
        connection = http.client.HTTPConnection(self._server.address, timeout=10)
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        finally:
            connection.close()

    def log(self):
        """The end of what it logged."""
        return self._server.tail()

    def kill(self):
        """Ends it in the midst of whatever it does."""
        self._server.kill()

    def resume(self):
        """Starts it again on the same data, and on the same port if it has one of its own."""
        self._server = self._serve()
        self.url = f"http://{self._server.address}"
        self.await_ready()

    def stop(self):
        """Ends it, and nothing else."""
        self._server.stop()


@contextmanager
def running(kind):
    """A gateway on a fresh database of that kind. Everything of it goes with this context."""
    home = Path(tempfile.mkdtemp(prefix="evalstone-conformance-"))
    try:
        with databases.fresh(kind, home) as url:
            gateway = Gateway(home, url)
            try:
                gateway.await_ready()
                yield gateway
            finally:
                gateway.stop()
    finally:
        shutil.rmtree(home, ignore_errors=True)
