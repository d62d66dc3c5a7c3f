"""Gateways on one fresh database, the vendor's runtimes, and networks between them."""
import json
import shutil
import tempfile
from contextlib import ExitStack
from pathlib import Path

from harness import databases, ports
from harness.gateway import Gateway
from judge.datasets import Client
from judge.network import Network
from judge.runtimes import KEY, Runtime

ORGANIZATION = "default"
ADMIN_KEY = "an administrator's key"
RUNTIME_KEY = "a runtime's token"


class Stage:
    """Where something is played. All that is on it ends and goes with this context."""

    def __init__(self, kind):
        self.kind = kind
        self._ends = ExitStack()
        self._servers = []
        self._has_token = False

    def __enter__(self):
        with ExitStack() as ends:
            self._home = Path(tempfile.mkdtemp(prefix="evalstone-conformance-"))
            ends.callback(shutil.rmtree, self._home, ignore_errors=True)
            self._database = ends.enter_context(databases.fresh(self.kind, self._home))
            self._ends = ends.pop_all()
        return self

    def __exit__(self, *_):
        self._ends.close()

    def gateway(self, runtime=None, **settings):
        """A gateway that is configured for the runtime at this URL, if any. `settings` are those of `runtime` and
        `benchmarks`: `runtime_patience="2s"`."""
        wanted = {"runtime": {"url": runtime} if runtime else {}, "benchmarks": {}}
        for name, value in settings.items():
            table, name = name.split("_", 1)
            wanted[table][name] = value
        configuration = "".join(f"[dialects.znyx.{table}]\n" + "".join(
            f"{name} = {value if isinstance(value, int) else _quoted(value)}\n" for name, value in values.items()
        ) for table, values in wanted.items())
        environment = {"EVALSTONE_ZNYX_RUNTIME_KEY": KEY, "EVALSTONE_BOOTSTRAP_KEY": ADMIN_KEY}
        gateway = Gateway(self._folder(), self._database, configuration, environment, ports.free())
        self._on_stage(gateway)
        gateway.await_ready()
        return gateway

    def runtime(self, policy, control_plane=None):
        """A runtime with a policy, not yet ready. With the URL of a gateway on this stage it asks that for work."""
        if control_plane and not self._has_token:
            gateway = next(one for one in self._servers if isinstance(one, Gateway))
            self.token(gateway, "runtime", RUNTIME_KEY)
            self._has_token = True
        folder = self._folder()
        # Its file is YAML, of which JSON is a part.
        (folder / "policies.yaml").write_text(json.dumps({"default": policy}), encoding="utf-8")
        settings = {
            "ZNYX_MODE": "local", "ZNYX_POLICY_PATH": str(folder / "policies.yaml"), "ZNYX_TELEMETRY_ENABLED": "false",
        }
        if control_plane:
            settings |= {"ZNYX_CONTROL_PLANE_URL": control_plane, "ZNYX_RUNTIME_TOKEN": RUNTIME_KEY}
        runtime = Runtime(folder, settings)
        self._on_stage(runtime)
        return runtime

    def network(self, url, **more):
        """A network in front of a server: see judge/network.py."""
        return self._ends.enter_context(Network(url, **more))

    @staticmethod
    def port():
        """A port that nobody listens on."""
        return ports.free()

    def token(self, gateway, kind, key):
        """Makes a key known that its owner has already."""
        gateway.cli("keys", "import", "--org", ORGANIZATION, "--kind", kind, stdin=f"{key}\n")

    def client(self, gateway, key=ADMIN_KEY):
        """An administrator who calls a gateway."""
        return Client(gateway.url, key, ORGANIZATION)

    def logs(self):
        """The ends of all logs."""
        return "\n".join(f"the log of {type(one).__name__} at {one.url} ends:\n{one.log()}" for one in self._servers)

    def _folder(self):
        folder = self._home / f"{len(self._servers)}"
        folder.mkdir()
        return folder

    def _on_stage(self, server):
        self._ends.callback(server.stop)
        self._servers.append(server)


def _quoted(text):
    return f'"{text}"'
