"""A private Postgres cluster with the settings that initdb gives it, and the references measured on it."""
import json
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
from uuid import UUID

from rig.dialects import ZNYX
from rig.processes import STOP, need, run
from rig.stored import TENANT, Sql, Tenant, insert

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
        need("psql")
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
        return [line.split("\t") for line in run(self.psql(*commands)).splitlines()]

    def psql(self, *commands):
        """The command line that does it."""
        each = [part for command in commands for part in ("-c", command)]
        return ["psql", "-XqAt", "-F", "\t", "-v", "ON_ERROR_STOP=1", *self._target, *each]

    def settle(self):
        """Lets neither side of a comparison pay for what was written before it."""
        self.sql("VACUUM (ANALYZE)", "CHECKPOINT")

    def tenant(self):
        *keys, email = self.sql(TENANT)[0]
        return Tenant(*map(UUID, keys), email)

    def make_dataset(self, name, dataset=Sql("gen_random_uuid()")):
        """A dataset behind the gateway's back; its id."""
        row = ZNYX.dataset(self.tenant(), dataset, name)
        return self.sql(insert("datasets", row) + " RETURNING id")[0][0]

    def one_row(self, table, condition):
        """A row that meets the condition, by column."""
        return json.loads(self.sql(f"SELECT row_to_json(t) FROM {table} t WHERE {condition} LIMIT 1")[0][0])

    def fill(self, table, columns, rows):
        """Stores many rows at once. The database gives numbers and times."""
        command = self.psql(f"\\copy {table} ({', '.join(columns)}) from pstdin")
        with subprocess.Popen(command, stdin=subprocess.PIPE, text=True) as psql:
            for row in rows:
                psql.stdin.write("\t".join(map(_copied, row)) + "\n")
        if psql.returncode:
            raise RuntimeError(f"{table} could not be filled")

    def copy_seconds(self, table, columns, file):
        """How long psql takes to copy a file into a real table, by its own clock: its start does not count."""
        told = self.sql("\\timing on", f"\\copy {table} ({', '.join(columns)}) from '{file}'")
        return float(re.fullmatch(r"Time: ([\d.]+) ms.*", told[-1][0]).group(1)) / 1000

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


def _copied(value):
    """A value in COPY's text format. Payloads are JSON, in which tabs and line breaks are escaped."""
    if value is None or isinstance(value, bool):
        return {None: "\\N", True: "t", False: "f"}[value]
    return str(value).replace("\\", "\\\\")
