"""The reference of uploads on SQLite: its own program's `.import`."""
import csv
import time

from rig.processes import need, run
from rig.sqlite import SETTINGS, Reference

ORGANIZATION, DATASET = "the organization", "dataset {:08}"
"""Keys of 16 characters, which take as much room as the gateway's 16 bytes."""
CASE = "{:04}case{:08}"


class Importer:
    """A copy of a gateway's database, into whose table `cases` the program sqlite3 can import.

    What `.import` reads is text; the gateway's keys are bytes, and its STRICT tables take no text for them. So the
    copy's tables are not strict, and their keys are texts of the same length: the same columns, the same indexes, the
    same foreign key, as many bytes. What is NULL in the gateway's rows is an empty text, which takes no room either.
    """

    def __init__(self, database, path):
        need("sqlite3")
        self._path, self._imported = path, 0
        with database.reference(path) as reference:
            reference.connection.execute("PRAGMA writable_schema = ON")
            reference.connection.execute("UPDATE sqlite_schema SET sql = replace(sql, ') STRICT', ')') "
                                         "WHERE name IN ('datasets', 'cases')")
            reference.connection.execute("PRAGMA writable_schema = RESET")
        # It stays open: sqlite3 would otherwise be the last to leave, and write the whole log back into the file.
        self._open = Reference(path)
        columns = self._open.connection.execute("SELECT name FROM pragma_table_info('cases') ORDER BY cid")
        self._columns = [name for name, in columns]

    def write(self, file, stored, batch):
        """A CSV file of rows as they are stored, for a dataset of its own."""
        dataset, now = DATASET.format(batch), time.time_ns() // 1000
        self._make_dataset(dataset)
        with open(file, "w", encoding="utf-8", newline="") as text:
            writer = csv.writer(text)
            for number, (inputs, output, expected) in enumerate(stored):
                row = {"organization_id": ORGANIZATION, "id": CASE.format(batch, number), "dataset_id": dataset,
                       "number": self._imported + number + 1, "inputs": inputs, "output": output, "expected": expected,
                       "origin": "aegis", "created_at": now}
                writer.writerow([row.get(column, "") for column in self._columns])

    def _make_dataset(self, dataset):
        """The row that the foreign key of the cases wants. Its own foreign keys would want bytes."""
        connection = self._open.connection
        connection.execute("PRAGMA foreign_keys = OFF")
        connection.execute("INSERT INTO datasets (organization_id, id, pipeline_id, author_email, shared, name, source, "
                           "public, origin, created_at) VALUES (?, ?, '', '', 0, ?, 'customer', 0, 'aegis', 0)",
                           (ORGANIZATION, dataset, dataset))
        connection.execute("PRAGMA foreign_keys = ON")

    def seconds(self, file, rows):
        """How long the program takes, from its start to its end. It imports in one transaction."""
        settings = "".join(f"PRAGMA {setting};" for setting in SETTINGS)
        began = time.perf_counter()
        run(["sqlite3", "-bail", self._path, settings, f".import --csv '{file}' cases"])
        took = time.perf_counter() - began
        self._imported += rows
        there = self._open.connection.execute("SELECT count(*) FROM cases").fetchone()[0]
        if there != self._imported:
            raise RuntimeError(f"{self._imported} rows were imported, {there} are there")
        return took

    def one_row(self):
        """One of them, by column; what is empty is none."""
        row = self._open.one_row("cases", "1 = 1")
        return {column: None if value == "" else value for column, value in row.items()}

    def close(self):
        self._open.close()
