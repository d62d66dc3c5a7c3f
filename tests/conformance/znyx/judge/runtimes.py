"""The vendor's runtime as it is started by its users: its own command, on loopback."""
import os
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import httpx
from harness import ports

START = 120
"""Seconds that a start may take, on a machine that is busy too."""
STOP = 30
KEY = "a runtime's key"


class Runtime:
    """A running runtime. Only its process is ever signalled."""

    def __init__(self, folder, settings):
        # It cannot choose one itself.
        self._port = ports.free()
        self.url = f"http://127.0.0.1:{self._port}"
        self._folder, self._log = folder, folder / "runtime.log"
        self._environment = {
            "PATH": os.environ["PATH"],
            # It writes an install id there.
            "HOME": str(folder),
            "ZNYX_ENV": "dev",
            "ZNYX_CACHE_DIR": str(folder / "cache"),
            "ZNYX_TELEMETRY": "false",
            "RUNTIME_API_KEY": KEY,
            **settings,
        }
        self._process = self._serve()
        self.client = httpx.Client(base_url=self.url, headers={"X-API-Key": KEY}, timeout=START, trust_env=False)

    def _serve(self):
        command = [Path(sys.executable).with_name("znyx-runtime"), "serve", "--host", "127.0.0.1", "--port", self._port]
        with open(self._log, "ab") as log:
            return subprocess.Popen([*map(str, command)], stdout=log, stderr=log, env=self._environment,
                                    cwd=self._folder)

    def await_ready(self):
        """Returns when it serves."""
        end = time.monotonic() + START
        while not self._is_ready():
            if self._process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"the runtime did not start: {self.log()}")
            time.sleep(0.1)

    def _is_ready(self):
        try:
            return self.client.get("/readyz").status_code == 200
        except httpx.TransportError:
            return False

    def status(self):
        """What it says of the bundle that it works by."""
        return self.client.get("/v1/bundle/status").json()

    def evaluate(self, text, **more):
        """What it decides of an input."""
        body = {"request_id": "r", "tenant_id": "t", "app_id": "a", "text": text, **more}
        response = self.client.post("/v1/evaluate/input", json=body)
        response.raise_for_status()
        return response.json()

    def log(self):
        """The end of what it logged."""
        return self._log.read_text(encoding="utf-8", errors="replace")[-2000:]

    def kill(self):
        """Ends it in the midst of whatever it does."""
        self._process.kill()
        self._process.wait()

    def resume(self):
        """Starts it again on the same port, and returns when it serves."""
        self._process = self._serve()
        self.await_ready()

    def stop(self):
        """Asks it to end, then makes it."""
        self.client.close()
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(STOP)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()


@contextmanager
def running(**settings):
    """A runtime with these settings of its environment. Everything of it goes with this context."""
    with tempfile.TemporaryDirectory(prefix="evalstone-runtime-") as folder:
        runtime = Runtime(Path(folder), settings)
        try:
            runtime.await_ready()
            yield runtime
        finally:
            runtime.stop()
