"""SQLite files: the gateway's own, and copies of it on which the references are measured with Python's sqlite3."""
import sqlite3
import time
import uuid
from contextlib import closing
from itertools import islice

from rig.dialects import ZNYX
from rig.stored import TENANT, Sql, Tenant, insert, literal

PIECE = 100_000
"""Rows in one transaction of a fill."""
SETTINGS = ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "temp_store = MEMORY",
            "cache_size = -4096", "journal_size_limit = 67108864")
"""What the gateway tells its connections."""
TIMELESS = ("dataset_facets",)
"""Tables whose rows have no time."""
sqlite3.register_adapter(uuid.UUID, lambda key: key.bytes)


class SqliteFile:
    """The database of one gateway."""

    kind = "sqlite"

    def __init__(self, path):
        self.path, self.url = path, f"sqlite:{path}"

    def settle(self):
        """There is nothing that runs later."""

    def reading(self):
        """A connection to the gateway's own file, for reading beside it; it closes at the end of a `with`."""
        return closing(sqlite3.connect(f"file:{self.path}?mode=ro", uri=True))

    def tenant(self):
        with self.reading() as connection:
            return tenant_of(connection)

    def one_row(self, table, condition):
        """A row that meets the condition, by column."""
        with self.reading() as connection:
            return one_row(connection, table, condition)

    def fill(self, table, columns, rows):
        """Stores many rows at once. Times are not among the columns; the database gives numbers."""
        timed = {} if table in TIMELESS else {"created_at": time.time_ns() // 1000}
        columns, rows = (*columns, *timed), ((*row, *timed.values()) for row in rows)
        with closing(sqlite3.connect(self.path, isolation_level=None)) as connection:
            statement = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"
            while piece := list(islice(rows, PIECE)):
                connection.execute("BEGIN IMMEDIATE")
                connection.executemany(statement, piece)
                connection.execute("COMMIT")

    def reference(self, path):
        """A copy with the same schema, the same indexes and the same few rows, and a connection to it."""
        source = sqlite3.connect(self.path)
        try:
            source.execute("VACUUM INTO ?", (str(path),))
        finally:
            source.close()
        return Reference(path)


class Reference:
    """One connection with the durability that the gateway has: WAL, synchronous=FULL, foreign keys checked."""

    def __init__(self, path):
        # Without an isolation level the module begins no transaction of its own.
        self.connection = sqlite3.connect(path, isolation_level=None)
        for setting in SETTINGS:
            self.connection.execute("PRAGMA " + setting)
        self.tenant = tenant_of(self.connection)

    def close(self):
        self.connection.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def one_row(self, table, condition):
        """A row that meets the condition, by column."""
        return one_row(self.connection, table, condition)

    def make_dataset(self, name, dialect=ZNYX):
        """Stores a dataset as a dialect makes it, committed; its id."""
        return self._make(self._statements(dialect), name)

    def create_rate(self, seconds, dialect):
        """Datasets stored one after the other, each in a transaction of its own: rate and latencies."""
        run, statements = uuid.uuid4().hex[:8], self._statements(dialect)
        latencies, began = [], time.perf_counter()
        while (before := time.perf_counter()) - began < seconds:
            self._make(statements, f"reference {run} {len(latencies)}")
            latencies.append((time.perf_counter() - before) * 1000)
        took = time.perf_counter() - began
        latencies.sort()
        return {"rate": len(latencies) / took, "p50_ms": latencies[len(latencies) // 2],
                "p99_ms": latencies[int(len(latencies) * 0.99)]}

    def _statements(self, dialect):
        """What stores a dataset. The time is given, because the default wants a newer SQLite than Python may have."""
        dataset = Sql(":dataset")
        rows = [("datasets", dialect.dataset(self.tenant, dataset, Sql(":name"))),
                *dialect.beside(self.tenant, dataset, Sql(":case"))]
        return [insert(table, row if table in TIMELESS else {**row, "created_at": Sql(":now")}, _literal)
                for table, row in rows]

    def _make(self, statements, name):
        values = {"dataset": uuid.uuid4().bytes, "name": name, "case": uuid.uuid4().bytes,
                  "now": time.time_ns() // 1000}
        if len(statements) > 1:
            self.connection.execute("BEGIN IMMEDIATE")
        for statement in statements:
            self.connection.execute(statement, values)
        if len(statements) > 1:
            self.connection.execute("COMMIT")
        return values["dataset"]

    def load_seconds(self, columns, rows):
        """How long prepared rows of cases take in one transaction. Times are not among the columns."""
        now = time.time_ns() // 1000
        names, marks = ", ".join((*columns, "created_at")), ", ".join("?" * (len(columns) + 1))
        began = time.perf_counter()
        self.connection.execute("BEGIN IMMEDIATE")
        self.connection.executemany(f"INSERT INTO cases ({names}) VALUES ({marks})", ((*row, now) for row in rows))
        self.connection.execute("COMMIT")
        return time.perf_counter() - began


def tenant_of(connection):
    *keys, email = connection.execute(TENANT).fetchone()
    return Tenant(*(uuid.UUID(bytes=key) for key in keys), email)


def one_row(connection, table, condition):
    cursor = connection.execute(f"SELECT * FROM {table} WHERE {condition} LIMIT 1")
    return dict(zip((column for column, *_ in cursor.description), cursor.fetchone()))


def _literal(value):
    return f"x'{value.hex}'" if isinstance(value, uuid.UUID) else literal(value)
