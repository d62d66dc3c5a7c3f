"""How fast a CSV file is taken, HTTP and the answer that lists every record included."""
import statistics
import uuid

from rig import texts
from rig.report import Goal, compare
from rig.upload import upload


def measure(bench, database):
    rows = list(texts.rows(bench.sizes.csv_rows))
    file = texts.csv_bytes(rows)
    with bench.gateway(database) as gateway, bench.place() as place:
        side = {"postgres": Copy, "sqlite": Transaction}[database]
        reference = side(gateway.database, place, [texts.stored(row) for row in rows])
        ours, theirs, heads = [], [], []
        for number in range(bench.sizes.rounds):
            gateway.database.settle()
            done = upload(gateway.address, f"upload_rate {number}", in_pieces(file), len(file))
            if done.records != len(rows):
                raise RuntimeError(f"{len(rows)} rows were sent, the answer lists {done.records} records")
            ours.append(len(rows) / done.seconds)
            heads.append(len(rows) / done.seconds_to_head)
            reference.prepare(number)
            gateway.database.settle()
            theirs.append(len(rows) / reference.seconds())
        reference.close()
    more = {"file_mb": round(len(file) / 1e6, 1), "rows_per_s_until_stored": round(statistics.median(heads))}
    return [compare(f"CSV of {len(rows):,} rows", "rows/s", ours, theirs, side.name, side.goal, more)]


def in_pieces(file, size=1 << 18):
    """The file as a client would read it from a disk."""
    return (file[start:start + size] for start in range(0, len(file), size))


class Copy:
    """psql copies the same rows into the same table, whose indexes have grown as much."""

    name, goal = "rows/s of \\copy", Goal("ratio", "≥", 0.5)

    def __init__(self, database, place, stored):
        self._database, self._file, self._stored = database, place / "rows.tsv", stored

    def prepare(self, number):
        dataset = self._database.make_dataset(f"copied {number}")
        organization = self._database.tenant()["organization"]
        with open(self._file, "w", encoding="utf-8") as file:
            file.writelines(texts.copy_lines(self._stored, organization, dataset, number))

    def seconds(self):
        return self._database.copy_seconds(texts.CASE_COLUMNS, self._file)

    def close(self):
        pass


class Transaction:
    """Python's sqlite3 stores the same rows, ready made, in one transaction in a copy of the database."""

    name, goal = "rows/s of executemany", None

    def __init__(self, database, place, stored):
        self._reference, self._stored, self._rows = database.reference(place / "reference.db"), stored, None

    def prepare(self, number):
        reference = self._reference
        dataset = reference.make_dataset(f"loaded {number}")
        ids = (uuid.UUID(texts.case_id(number, index)).bytes for index in range(len(self._stored)))
        self._rows = [(reference.organization, case, dataset, *fields, "aegis")
                      for case, fields in zip(ids, self._stored)]

    def seconds(self):
        return self._reference.load_seconds(texts.CASE_COLUMNS, self._rows)

    def close(self):
        self._reference.close()
