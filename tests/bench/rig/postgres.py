"""A private Postgres cluster with the settings that initdb gives it, and the references measured on it."""
import os
import re
import shutil
import signal
import statistics
import subprocess
import tempfile
import time
from pathlib import Path
from urllib.parse import quote

from rig.processes import STOP, run

OWNER = "postgres"
START = 30


def programs():
    """The folder of the server's newest programs."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    initdb = found[-1] if found else shutil.which("initdb")
    if not initdb:
        raise RuntimeError("Postgres is missing; tests/run installs it")
    return Path(initdb).parent


class Cluster:
    """fsync is on and nothing is tuned. It listens on a socket in its own folder only."""

    def __init__(self, folder):
        self.folder, self.programs = folder, programs()
        folder.mkdir()
        # The server refuses to run as root, so root lends it the user that Debian's package makes.
        owner = {"user": OWNER, "group": OWNER, "extra_groups": []} if os.getuid() == 0 else {}
        if owner:
            shutil.chown(folder, OWNER, OWNER)
        run([self.programs / "initdb", "--pgdata", folder / "data", "--username", OWNER, "--auth", "trust",
             "--encoding", "UTF8", "--locale", "C.UTF-8"], cwd="/", **owner)
        with open(folder.parent / "postgres.log", "wb") as log:
            self.process = subprocess.Popen(
                [str(self.programs / "postgres"), "-D", str(folder / "data"), "-c", "listen_addresses=",
                 "-c", f"unix_socket_directories={folder}"], stdout=log, stderr=log, cwd="/", **owner)
        try:
            self._await_start()
        except BaseException:
            self.stop()
            raise

    def _await_start(self):
        end = time.monotonic() + START
        while subprocess.run([self.programs / "pg_isready", "-q", "-h", self.folder], check=False).returncode:
            if self.process.poll() is not None or time.monotonic() > end:
                log = (self.folder.parent / "postgres.log").read_text(errors="replace")
                raise RuntimeError(f"Postgres did not start: {log[-2000:]}")
            time.sleep(0.05)

    def stop(self):
        """Ends the server without waiting for its clients."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(STOP)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def create(self, name):
        """A new empty database."""
        Database(self, OWNER).sql(f"CREATE DATABASE {name}")
        return Database(self, name)

    def drop(self, name):
        """Removes a database; a gateway that was killed may still be in it."""
        Database(self, OWNER).sql(f"DROP DATABASE {name} WITH (FORCE)")


class Database:
    """One database of the cluster."""

    kind = "postgres"

    def __init__(self, cluster, name):
        self.cluster, self.name = cluster, name
        self.url = f"postgres://{OWNER}@{quote(str(cluster.folder), safe='')}/{name}"
        self._target = ["-h", cluster.folder, "-U", OWNER, "-d", name]

    def sql(self, *commands):
        """Runs each command by itself; gives the rows of the last as lists of texts."""
        each = [part for command in commands for part in ("-c", command)]
        text = run(["psql", "-XqAt", "-F", "\t", "-v", "ON_ERROR_STOP=1", *self._target, *each])
        return [line.split("\t") for line in text.splitlines()]

    def settle(self):
        """Lets neither side of a comparison pay for what was written before it."""
        self.sql("VACUUM (ANALYZE)", "CHECKPOINT")

    def tenant(self):
        """The keys that every row of the organization `default` needs."""
        row = self.sql("SELECT o.id, o.default_pipeline_id, u.id, u.email FROM organizations o "
                       "JOIN users u ON u.organization_id = o.id AND u.service WHERE o.slug = 'default'")[0]
        return dict(zip(("organization", "pipeline", "owner", "email"), row))

    def make_dataset(self, name):
        """A dataset behind the gateway's back; its id."""
        tenant = self.tenant()
        return self.sql(insert_dataset(tenant, f"'{name}'") + " RETURNING id")[0][0]

    def copy_seconds(self, columns, file):
        """How long psql takes to copy a file into the real table `cases`."""
        began = time.perf_counter()
        self.sql(f"\\copy cases ({', '.join(columns)}) from '{file}'")
        return time.perf_counter() - began

    def pgbench(self, script, clients, seconds):
        """Runs a prepared script in a loop on as many connections: rate and latencies."""
        with tempfile.TemporaryDirectory(dir=self.cluster.folder.parent) as folder:
            file = Path(folder) / "script.sql"
            file.write_text(script, encoding="utf-8")
            text = run([self.cluster.programs / "pgbench", "-n", "-M", "prepared", "-f", file, "-c", clients,
                        "-j", min(2, clients), "-T", seconds, "-l", f"--log-prefix={folder}/log", *self._target])
            latencies = sorted(int(line.split()[2]) / 1000 for log in Path(folder).glob("log*")
                               for line in log.read_text(encoding="ascii").splitlines())
        failed = re.search(r"number of failed transactions: (\d+)", text)
        if failed and int(failed.group(1)):
            raise RuntimeError(f"pgbench: {failed.group(0)}")
        rate = float(re.search(r"tps = ([\d.]+)", text).group(1))
        return {"rate": rate, "p50_ms": statistics.median(latencies), "p99_ms": latencies[int(len(latencies) * 0.99)]}


def insert_dataset(tenant, name):
    """The statement that stores a dataset, as the gateway says it. `name` is SQL."""
    return (
        "INSERT INTO datasets (organization_id, id, pipeline_id, owner_id, author_email, shared, name, name_key, "
        "description, category, creator, source, public, origin) VALUES "
        f"('{tenant['organization']}', gen_random_uuid(), '{tenant['pipeline']}', '{tenant['owner']}', "
        f"'{tenant['email']}', true, {name}, NULL, 'load test', 'support', NULL, 'customer', false, 'znyx')"
    )
