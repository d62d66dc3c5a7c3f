"""What a whole run shares: its sizes, its programs, its temporary folder and its Postgres cluster."""
import itertools
import json
import shutil
import subprocess
import tempfile
from contextlib import ExitStack, contextmanager
from pathlib import Path

from rig.fill import fill
from rig.gateway import Gateway
from rig.postgres import Cluster
from rig.processes import run
from rig.report import progress
from rig.sqlite import SqliteFile

HERE = Path(__file__).resolve().parent.parent
ROOT = HERE.parent.parent


class Bench:
    """Everything lies in one temporary folder, which goes when the run ends. TMPDIR says on which disk."""

    def __init__(self, sizes, binary):
        self.sizes, self.binary = sizes, binary and Path(binary).resolve()
        self.fastest = {}
        """The highest rate of small requests seen so far, by the number of connections."""
        self._cluster, self._names, self._open = None, itertools.count(1), ExitStack()

    def __enter__(self):
        try:
            self.folder = Path(tempfile.mkdtemp(prefix="evalstone-bench-"))
            self._open.callback(shutil.rmtree, self.folder, ignore_errors=True)
            # The cluster may belong to another user, who must reach it.
            self.folder.chmod(0o711)
            self.binary = self.binary or build_release()
            if not self.binary.is_file():
                raise SystemExit(f"there is no {self.binary}")
            self.loadgen = self._compile("loadgen/main.rs", "loadgen")
            self.nullserver = self._compile("nullserver.rs", "nullserver")
        except BaseException:
            self._open.close()
            raise
        return self

    def __exit__(self, *_):
        self._open.close()

    def _compile(self, source, name):
        progress(f"compiling {name}")
        run(["rustc", "-O", "--edition", "2024", "-o", self.folder / name, HERE / source])
        return self.folder / name

    @property
    def cluster(self):
        """The private Postgres, started by the first row that wants it."""
        if self._cluster is None:
            progress("starting Postgres")
            self._cluster = Cluster(self.folder / "postgres")
            self._open.callback(self._cluster.stop)
        return self._cluster

    @contextmanager
    def place(self):
        """An empty folder."""
        folder = self.folder / f"place-{next(self._names)}"
        folder.mkdir()
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    @contextmanager
    def database(self, kind, folder):
        """A database that nothing has been written to."""
        if kind == "sqlite":
            yield SqliteFile(folder / "data" / "evalstone.db")
            return
        name = f"bench_{next(self._names)}"
        made = self.cluster.create(name)
        try:
            yield made
        finally:
            self.cluster.drop(name)

    @contextmanager
    def gateway(self, kind, contents=None):
        """A gateway on a fresh database, or on one that has been filled."""
        with self.place() as folder, self.database(kind, folder) as database:
            if contents:
                progress(f"filling {contents.datasets:,} datasets, {contents.cases:,} cases")
                # Filled while no gateway runs: it need not look behind itself.
                Gateway(self.binary, folder, database).stop()
                fill(database, contents)
            gateway = Gateway(self.binary, folder, database)
            try:
                yield gateway
            finally:
                gateway.stop()

    def saw_rate(self, connections, rate):
        """Remembers a rate, so that the load generator's own ceiling can be held against it."""
        self.fastest[connections] = max(rate, self.fastest.get(connections, 0.0))


def build_release():
    """The release binary as users build it."""
    progress("building the release binary (minutes when nothing is built yet)")
    # What cargo says of its progress goes on to whoever waits.
    command = "cargo build --release --locked --bin evalstone --message-format=json-render-diagnostics"
    messages = subprocess.run(command.split(), cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True).stdout
    # One JSON document a line; the one about the binary says where it lies.
    for message in map(json.loads, messages.splitlines()):
        if message.get("executable") and message["target"]["kind"] == ["bin"]:
            return Path(message["executable"])
    raise SystemExit("cargo built no binary")
