"""The vendor's runtime, `znyx-runtime`: a process of its own on a loopback port, with a policy from a file."""
import http.client
import json
import subprocess
import sys
import time
from pathlib import Path

from harness import ports

KEY = "the runtime's own key"
"""What it wants of whoever has something evaluated."""
START = 120
"""Seconds that a start may take, on a machine that is busy too."""


class Runtime:
    """A runtime in local mode. With a control plane, the URL of one, and a token for it, it asks there for work."""

    def __init__(self, home, policy, control_plane=None, token=""):
        self.port = ports.free()
        self.url = f"http://127.0.0.1:{self.port}"
        self._home = home
        # Its files are YAML, of which JSON is a part.
        (home / "policies.yaml").write_text(json.dumps({"default": policy}), encoding="utf-8")
        self._settings = {
            "HOME": str(home),
            "ZNYX_CACHE_DIR": str(home / "cache"),
            "ZNYX_ENV": "test",
            "ZNYX_MODE": "local",
            "ZNYX_POLICY_PATH": str(home / "policies.yaml"),
            "ZNYX_TELEMETRY": "false",
            "ZNYX_TELEMETRY_ENABLED": "false",
            "RUNTIME_API_KEY": KEY,
        }
        if control_plane:
            self._settings |= {"ZNYX_CONTROL_PLANE_URL": control_plane, "ZNYX_RUNTIME_TOKEN": token}
        self._process = self._serve()

    def _serve(self):
        # The program lies beside the Python that this runs in.
        command = [Path(sys.executable).parent / "znyx-runtime", "serve", "--host", "127.0.0.1", "--port", self.port]
        with open(self._home / "runtime.log", "ab") as log:
            return subprocess.Popen([*map(str, command)], env=self._settings, cwd=self._home, stdout=log, stderr=log)

    def await_ready(self):
        """Returns when it evaluates."""
        end = time.monotonic() + START
        while self._status("/readyz") != 200:
            if self._process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"the runtime did not start: {self.log()}")
            time.sleep(0.05)
        return self

    def _status(self, path):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        except OSError:
            return None
        finally:
            connection.close()

    def log(self):
        """The end of what it logged."""
        return (self._home / "runtime.log").read_text(errors="replace", encoding="utf-8")[-2000:]

    def kill(self):
        """Ends it in the midst of whatever it does."""
        self._process.kill()
        self._process.wait()

    def resume(self):
        """Starts it again on the same port."""
        self._process = self._serve()
        return self.await_ready()

    def stop(self):
        """Ends it, and nothing else."""
        self.kill()
