"""OpenTelemetry's own exporters against a gateway: protobuf from Python, plain, packed and mislabelled, and JSON in
chunks from Node. Every span that was sent is stored whole, and the exporters have nothing to say."""
import contextlib

from judge.checks import Tally, options
from judge.database import Database
from judge.network import Network, losing
from judge.otlp import check_spans, sent_spans, stored_spans
from judge.programs import run

PYTHON, NODE = "programs/exporter.py", "exporters.mjs"
SHAPES = {PYTHON: 18, NODE: 16}
"""How many spans show every shape."""
CROWD = 200
COMPRESSION = "OTEL_EXPORTER_OTLP_COMPRESSION"
REFUSED = {"no-such-pipeline": "(2)", "0195a1b2-0000-7000-8000-000000000000": "(1)"}
"""What the spans that are refused name, and how it is counted."""


def ways():
    """How spans are sent: a name, the program with its arguments, its environment."""
    for coding in ("none", "gzip", "deflate"):
        for label in ([], ["--mislabelled"]):
            name = " ".join(["Python", coding, *label])
            yield name, [PYTHON, *label], {} if coding == "none" else {COMPRESSION: coding}
    for coding in ([], ["--gzip"]):
        yield " ".join(["Node", *coding]), [NODE, *coding], {}


def send(tally, gateway, database, what, program, arguments, count, **more):
    """Sends as many spans as this; all of them are stored and nothing is printed."""
    outcome = run(program, *arguments, **{"url": gateway.url, "key": gateway.key, **more})
    tally.take(what, outcome.told)
    sent = sent_spans(outcome.told.get("reports", []))
    tally.equal(f"{what}: spans sent", len(sent), count)
    results = outcome.told.get("results")
    tally.that(f"{what}: exporters succeed", results and all(results), repr(results))
    tally.equal(f"{what}: printed", outcome.stderr, "")
    check_spans(tally, what, database, sent)


def check_mixed(tally, gateway, database, what, program, arguments, **more):
    """Whether the others of a batch are stored when some are refused."""
    outcome = run(program, *arguments, "--send", "mixed", url=gateway.url, key=gateway.key, **more)
    tally.take(what, outcome.told)
    sent = sent_spans(outcome.told.get("reports", []))
    refused = {key for key, whole in sent.items() if "refused" in whole["span"]["name"]}
    tally.equal(f"{what}: spans sent and refused", (len(sent), len(refused)), (5, 3))
    tally.equal(f"{what}: results", outcome.told.get("results"), [True])
    check_spans(tally, what, database, {key: whole for key, whole in sent.items() if key not in refused})
    tally.equal(f"{what}: refused and stored", list(stored_spans(database, refused)), [])
    if program == NODE:
        for name, count in REFUSED.items():
            told = f"'{name}' not found {count}"
            tally.that(f"{what}: {told} is printed", told in outcome.stderr, outcome.stderr)
        tally.that(f"{what}: the count is printed", '"rejectedSpans":"3"' in outcome.stderr, outcome.stderr)
    else:
        tally.equal(f"{what}: printed", outcome.stderr, "")


def check_unauthorized(tally, gateway, database, what, program):
    """Whether an exporter with an unknown key is told so, and nothing is stored."""
    outcome = run(program, "--send", "mixed", url=gateway.url, key="unknown")
    tally.take(what, outcome.told)
    tally.equal(f"{what}: results", outcome.told.get("results"), [False])
    tally.that(f"{what}: 401 is printed", "401" in outcome.stderr and "Unauthorized" in outcome.stderr, outcome.stderr)
    sent = sent_spans(outcome.told.get("reports", []))
    tally.equal(f"{what}: spans sent and stored", (len(sent), len(stored_spans(database, sent))), (5, 0))


def check_lost_answers(tally, gateway, database):
    """Whether a report that is sent again, for its first answer was lost, stores nothing twice."""
    with contextlib.ExitStack() as stack:
        network = stack.enter_context(Network(gateway.url, losing(1)))
        before = database.count("spans")
        what = "Python, first answers lost"
        send(tally, gateway, database, what, PYTHON, ["--send", "shapes"], SHAPES[PYTHON], url=network.url)
        reports = network.reports()
        bodies = {report.body for report in reports}
        tally.equal(f"{what}: reports", (len(bodies), len(reports)), (10, 20))
        tally.equal(f"{what}: spans stored", database.count("spans") - before, SHAPES[PYTHON])


def main():
    """Judges the gateway of the arguments."""
    gateway = options(__doc__)
    tally = Tally()
    database = Database(gateway.database, gateway.org)
    for name, (program, *arguments), environment in ways():
        send(tally, gateway, database, name, program, [*arguments, "--send", "shapes"], SHAPES[program], **environment)
    for name, (program, *arguments) in (("Python", [PYTHON]), ("Node", [NODE])):
        what = f"{name}, 200 spans of 50 clients"
        send(tally, gateway, database, what, program, [*arguments, "--send", "crowd"], CROWD)
        check_mixed(tally, gateway, database, f"{name}, some refused", program, arguments)
        check_unauthorized(tally, gateway, database, f"{name}, an unknown key", program)
    check_lost_answers(tally, gateway, database)
    tally.close()


if __name__ == "__main__":
    main()
