"""How fast 1,000 and 5,000 samples are added in one call: about 0.3 and 2 MB."""
import uuid

from rig import texts
from rig.gateway import DATASETS
from rig.load import load, median_of, rates_of
from rig.report import Goal, compare
from rig.stored import check_alike

CALLS = (1_000, 5_000)
"""Samples in one call."""
OURS = "dataset_id IN (SELECT id FROM datasets WHERE substr(name, 1, 12) {} 'samples_bulk')"
GOALS = {("postgres", 1_000): Goal("ratio", "≥", 0.7), ("sqlite", 1_000): Goal("ratio", "≥", 0.5)}


def measure(bench, database):
    return [calls_of(bench, database, samples) for samples in CALLS]


def calls_of(bench, database, samples):
    """As many samples in all, whatever one call brings."""
    calls = max(1, bench.sizes.bulk_calls * CALLS[0] // samples)
    with bench.gateway(database) as gateway, bench.place() as place:
        body = place / "samples.json"
        body.write_text(texts.compact({"samples": list(texts.samples(samples))}), encoding="utf-8")
        side = {"postgres": InsertSelect, "sqlite": Transaction}[database](bench, gateway.database, place, samples, calls)
        ours, theirs = [], []
        for number in range(bench.sizes.rounds):
            dataset = gateway.call("POST", DATASETS, {"name": f"samples_bulk {number}"})["id"]
            path = f"{DATASETS}/{dataset}/samples"
            # The first call prepares statements and opens connections; it is not counted.
            load(bench, gateway.address, path, 1, body=body, requests=1)
            ours.append(load(bench, gateway.address, path, 1, body=body, requests=calls))
            stored = gateway.call("GET", f"{DATASETS}/{dataset}")["sample_count"]
            if stored != samples * (calls + 1):
                raise RuntimeError(f"{stored} samples were stored")
            theirs.append(side.rate(number))
        check_alike(gateway.database.one_row("cases", OURS.format("=")), side.one_row())
        side.close()
        more = {"body_kb": body.stat().st_size // 1000, **median_of(ours, "p50_ms", "p99_ms")}
    rates = [rate * samples for rate in rates_of(ours)[0]]
    goal = GOALS.get((database, samples))
    return compare(f"{samples:,} samples a call", "samples/s", rates, theirs, side.name, goal, more)


class InsertSelect:
    """pgbench makes as many rows of the same size inside the server: the cost of storing alone."""

    name = "rows/s of INSERT … SELECT"

    def __init__(self, bench, database, _place, samples, _calls):
        self._database, self._seconds, self._samples = database, bench.sizes.seconds, samples

    def rate(self, number):
        tenant, dataset = self._database.tenant(), self._database.make_dataset(f"inserted {number}")
        return self._samples * self._database.pgbench(
            "INSERT INTO cases (organization_id, id, dataset_id, inputs, expected, metadata, origin) "
            f"SELECT '{tenant.organization}', gen_random_uuid(), '{dataset}', "
            """'{"input":"' || repeat('q ', 75) || g || '"}', """
            """'{"decision":"BLOCK","rule_hits":["jailbreak.dan_jailbreak_attempt"]}', """
            """'{"ticket":"' || repeat('t ', 20) || '"}', 'znyx' """
            f"FROM generate_series(1, {self._samples}) g;\n", 1, self._seconds)["rate"]

    def one_row(self):
        return self._database.one_row("cases", OURS.format("<>"))

    def close(self):
        pass


class Transaction:
    """Python's sqlite3 stores as many rows of the same size, ready made, in one transaction after the other."""

    name = "rows/s of executemany"

    def __init__(self, _bench, database, place, samples, calls):
        self._reference, self._batches = database.reference(place / "reference.db"), calls
        self._payloads = [texts.stored_sample(sample) for sample in texts.samples(samples)]

    def rate(self, number):
        organization = self._reference.tenant.organization.bytes
        dataset = self._reference.make_dataset(f"loaded {number}")
        took = 0.0
        for _ in range(self._batches):
            rows = [(organization, uuid.uuid4().bytes, dataset, *payload, "znyx") for payload in self._payloads]
            took += self._reference.load_seconds(texts.SAMPLE_COLUMNS, rows)
        return self._batches * len(self._payloads) / took

    def one_row(self):
        return self._reference.one_row("cases", "1 = 1")

    def close(self):
        self._reference.close()
