"""A customer's programs, and what must be in the database when they have ended."""
import json
import secrets
import threading
from dataclasses import dataclass, field

from judge.database import plain_id
from judge.otlp import check_spans, sent_spans
from judge.programs import Outcome, check_stderr, run

TABLES = ("pipelines", "datasets", "cases", "runs")


@dataclass
class Leg:
    """One program of a journey. `url` is what it takes for the gateway."""

    name: str
    program: str
    arguments: list[str]
    url: str
    outcome: Outcome | None = field(default=None, init=False)

    @classmethod
    def of(cls, program, form, url, *flags):
        """A program in one of the client's forms. All that it makes has a name of its own."""
        arguments = ["--form", form, "--label", f"t{secrets.token_hex(4)}-{form}", *flags]
        name = " ".join([program, form, *flags])
        return cls(name, f"programs/{program}.py", arguments, url)

    def travel(self, key):
        """Runs the program."""
        self.outcome = run(self.program, *self.arguments, url=self.url, key=key)

    @property
    def told(self):
        return self.outcome.told


def travel(tally, database, key, legs):
    """Runs programs side by side. Each call made one object, and nothing unexpected was printed."""
    before = {table: database.ids(table) for table in TABLES}
    threads = [threading.Thread(target=leg.travel, args=(key,)) for leg in legs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for leg in legs:
        tally.take(leg.name, leg.told)
        links = [link["url"] for link in leg.told.get("links", []) if link["printed"]]
        check_stderr(tally, leg.name, leg.outcome, links)
    for table in TABLES:
        check_made(tally, table, before[table], database, legs)


def check_made(tally, table, before, database, legs):
    """Whether a table has exactly one more row for each object that a call gave back."""
    made = [plain_id(one) for leg in legs for one in leg.told.get("made", {}).get(table, [])]
    new = database.ids(table) - before
    tally.equal(f"{table}: ids given back twice", sorted(one for one in set(made) if made.count(one) > 1), [])
    tally.equal(f"{table}: given back and not stored", sorted(set(made) - new), [])
    tally.equal(f"{table}: stored and not given back", sorted(new - set(made)), [])
    tally.equal(f"{table}: stored", len(new), len(made))


def check_traces(tally, database, leg):
    """Whether all that a program traced is stored: every span whole, every test span as an evaluation of its run."""
    sent = sent_spans(leg.told.get("reports", []))
    tally.that(f"{leg.name}: spans sent", len(sent) > 30, f"saw {len(sent)}")
    check_spans(tally, leg.name, database, sent)
    if not sent:
        return
    for run_id in leg.told["made"]["runs"]:
        expected = [one[1:] for one in leg.told["evaluations"] if one[0] == run_id]
        check_run(tally, f"{leg.name}: experiment {run_id}", database, run_id, expected)


def check_run(tally, what, database, run_id, expected):
    """Whether an experiment is finished and has these evaluations, each of one of its test spans."""
    statuses = [row["status"] for row in database.rows("runs", id=[run_id])]
    tally.equal(f"{what}: its status", statuses, ["completed"])
    seen = []
    for row in database.rows("evaluations", run_id=[run_id]):
        inputs, output, wanted = (json.loads(row[column] or "null") for column in ("inputs", "output", "expected"))
        seen.append([row["name"], inputs, output, row["error"], row["case_id"], wanted])
    plain = [[*one[:4], one[4] and plain_id(one[4]), one[5]] for one in expected]
    tally.equal(f"{what}: its evaluations", sorted(seen, key=repr), sorted(plain, key=repr))
    spans = sorted(span["name"] for span in database.rows("spans", run_id=[run_id]))
    tally.equal(f"{what}: its test spans", spans, sorted(one[0] for one in expected))
