"""How fast a CSV file is taken, HTTP and the answer that lists every record included."""
import statistics

from rig import texts
from rig.report import Goal, compare
from rig.stored import check_alike
from rig.sqlite_import import Importer
from rig.upload import upload

OURS = "dataset_id IN (SELECT id FROM datasets WHERE name {} 'upload_rate %')"


def measure(bench, database):
    rows = list(texts.rows(bench.sizes.csv_rows))
    file = texts.csv_bytes(rows)
    with bench.gateway(database) as gateway, bench.place() as place:
        side = {"postgres": Copy, "sqlite": Import}[database]
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
        check_alike(gateway.database.one_row("cases", OURS.format("LIKE")), reference.one_row())
        reference.close()
    more = {"file_mb": round(len(file) / 1e6, 1), "rows_per_s_until_stored": round(statistics.median(heads))}
    return [compare(f"CSV of {len(rows):,} rows", "rows/s", ours, theirs, side.name, Goal("ratio", "≥", 0.75), more)]


def in_pieces(file, size=1 << 18):
    """The file as a client would read it from a disk."""
    return (file[start:start + size] for start in range(0, len(file), size))


class Copy:
    """psql copies the same rows into the same table, whose indexes have grown as much."""

    name = "rows/s of \\copy"

    def __init__(self, database, place, stored):
        self._database, self._file, self._stored = database, place / "rows.tsv", stored

    def prepare(self, number):
        dataset = self._database.make_dataset(f"copied {number}")
        organization = self._database.tenant().organization
        with open(self._file, "w", encoding="utf-8") as file:
            file.writelines(texts.copy_lines(self._stored, organization, dataset, number))

    def seconds(self):
        return self._database.copy_seconds("cases", texts.CASE_COLUMNS, self._file)

    def one_row(self):
        return self._database.one_row("cases", OURS.format("NOT LIKE"))

    def close(self):
        pass


class Import:
    """The program sqlite3 imports the same rows into a copy of the database."""

    name = "rows/s of sqlite3's .import"

    def __init__(self, database, place, stored):
        self._importer = Importer(database, place / "reference.db")
        self._file, self._stored = place / "rows.csv", stored

    def prepare(self, number):
        self._importer.write(self._file, self._stored, number)

    def seconds(self):
        return self._importer.seconds(self._file, len(self._stored))

    def one_row(self):
        return self._importer.one_row()

    def close(self):
        self._importer.close()
