"""SQLite files: the gateway's own, and copies of it on which the references are measured with Python's sqlite3."""
import sqlite3
import time
import uuid
from contextlib import closing


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
        for setting in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "temp_store = MEMORY",
                        "mmap_size = 268435456", "journal_size_limit = 67108864"):
            self.connection.execute("PRAGMA " + setting)
        self.organization, self.pipeline, self.owner, self.email = self.connection.execute(
            "SELECT o.id, o.default_pipeline_id, u.id, u.email FROM organizations o "
            "JOIN users u ON u.organization_id = o.id AND u.service WHERE o.slug = 'default'").fetchone()

    def close(self):
        self.connection.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def make_dataset(self, name):
        """Stores a dataset, committed; its id."""
        dataset = uuid.uuid4().bytes
        # The time is given, because the default wants a newer SQLite than Python may have.
        self.connection.execute(
            "INSERT INTO datasets (organization_id, id, pipeline_id, owner_id, author_email, shared, name, name_key, "
            "description, category, creator, source, public, origin, created_at) "
            "VALUES (?, ?, ?, ?, ?, 1, ?, NULL, 'load test', 'support', NULL, 'customer', 0, 'znyx', ?)",
            (self.organization, dataset, self.pipeline, self.owner, self.email, name, time.time_ns() // 1000))
        return dataset

    def create_rate(self, seconds):
        """Datasets stored one after the other, each in a transaction of its own: rate and latencies."""
        latencies, began = [], time.perf_counter()
        while (before := time.perf_counter()) - began < seconds:
            self.make_dataset(f"reference-{len(latencies)}")
            latencies.append((time.perf_counter() - before) * 1000)
        took = time.perf_counter() - began
        latencies.sort()
        return {"rate": len(latencies) / took, "p50_ms": latencies[len(latencies) // 2],
                "p99_ms": latencies[int(len(latencies) * 0.99)]}

    def load_seconds(self, columns, rows):
        """How long prepared rows of cases take in one transaction. Times are not among the columns."""
        now = time.time_ns() // 1000
        names, marks = ", ".join((*columns, "created_at")), ", ".join("?" * (len(columns) + 1))
        began = time.perf_counter()
        self.connection.execute("BEGIN IMMEDIATE")
        self.connection.executemany(f"INSERT INTO cases ({names}) VALUES ({marks})", ((*row, now) for row in rows))
        self.connection.execute("COMMIT")
        return time.perf_counter() - began
