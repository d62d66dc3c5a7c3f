"""The gateway's database, read from outside: what the vendor's API has no way to show."""
import contextlib
import json
import sqlite3
import subprocess

BYTES = {"trace_id", "span_id", "parent_id"}
"""The columns of ids that are no UUIDs."""
FLAGS = {"failed", "marked", "shared", "personal"}


def plain_id(text):
    """A UUID as rows are told here: without hyphens, in lower case."""
    return text.replace("-", "").lower()


class Database:
    """One organization's rows. Ids are told in hexadecimal, whichever database holds them."""

    def __init__(self, url, org):
        self.url = url
        self.is_sqlite = url.startswith("sqlite:")
        found = self._select(f"SELECT id FROM organizations WHERE slug = '{org}'")
        self.organization = found[0]["id"]

    def rows(self, table, **ids):
        """The rows of a table whose columns have one of these ids each, in no order."""
        return self._select(f"SELECT * FROM {table} WHERE {self._own(ids)}")

    def count(self, table, name=None):
        """How many rows a table has, or has of this name."""
        named = "" if name is None else f" AND name = '{name}'"
        return self._select(f"SELECT count(*) AS n FROM {table} WHERE {self._own({})}{named}")[0]["n"]

    def ids(self, table):
        """The ids of a table's rows."""
        return {row["id"] for row in self._select(f"SELECT id FROM {table} WHERE {self._own({})}")}

    @contextlib.contextmanager
    def held(self, tables):
        """Nobody else writes to these tables meanwhile (SQLite: to any)."""
        if self.is_sqlite:
            connection = sqlite3.connect(self._path(), timeout=20, isolation_level=None)
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            finally:
                connection.execute("ROLLBACK")
                connection.close()
            return
        names = ", ".join(tables)
        lock = f"BEGIN; LOCK TABLE {names} IN SHARE ROW EXCLUSIVE MODE;\n\\echo held\n"
        with subprocess.Popen(self._psql(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as session:
            session.stdin.write(lock)
            session.stdin.flush()
            if session.stdout.readline() != "held\n":
                raise RuntimeError(f"the tables {names} cannot be locked")
            yield
            session.communicate("ROLLBACK;\n")

    def _own(self, ids):
        wanted = {"organization_id": [self.organization], **ids}
        return " AND ".join(f"{column} IN ({self._listed(column, some)})" for column, some in wanted.items())

    def _listed(self, column, ids):
        start = "x'" if self.is_sqlite else "'\\x" if column in BYTES else "'"
        return ", ".join(f"{start}{plain_id(one)}'" for one in ids) or "NULL"

    def _select(self, query):
        if self.is_sqlite:
            connection = sqlite3.connect(f"file:{self._path()}?mode=ro", uri=True, timeout=20)
            connection.row_factory = sqlite3.Row
            with contextlib.closing(connection):
                rows = [dict(row) for row in connection.execute(query)]
        else:
            wrapped = f"SELECT coalesce(json_agg(t), '[]') FROM ({query}) t"
            done = subprocess.run([*self._psql(), "-c", wrapped], check=True, capture_output=True)
            rows = json.loads(done.stdout)
        return [{column: _value(column, value) for column, value in row.items()} for row in rows]

    def _path(self):
        return self.url.removeprefix("sqlite:")

    def _psql(self):
        return ["psql", "-XqAt", "-v", "ON_ERROR_STOP=1", self.url]


def _value(column, value):
    if isinstance(value, bytes):
        return value.hex()
    if column in FLAGS:
        return bool(value)
    if isinstance(value, str) and (column == "id" or column.endswith("_id")):
        return plain_id(value.removeprefix("\\x"))
    return value
