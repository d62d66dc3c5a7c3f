"""How many OpenTelemetry spans are stored in a second, in large bodies and in many small ones. All must be there when
the last answer is."""
from rig.gateway import HEADERS
from rig.load import Call, median_of, rates_of, send
from rig.otlp import report
from rig.report import Goal, compare, count
from rig.stored import Sql, check_alike, insert

SPANS, LARGE, SMALL = 100, 4, 64
"""Spans in a large body; connections for large bodies, and for those with one span."""
CLIENTS = 32
"""More connections make Postgres slower."""
COLUMNS = ("organization_id, trace_id, span_id, parent_id, name, start_ns, end_ns, failed, marked, pipeline_id, "
           "run_id, body, resource, scope")
NEW_TRACE = "decode(md5({}), 'hex')"


def measure(bench, database):
    large, small = ([], []), ([], [])
    with bench.gateway(database) as gateway, bench.place() as place:
        bodies = {spans: call(place, spans) for spans in (1, SPANS)}
        first = bench.sizes.otlp_bodies // 10 or 1
        stored(bench, gateway, bodies[SPANS], LARGE, first, SPANS)
        ours = one_row(gateway.database)
        reference = Reference(bench, gateway.database, place)
        for number in range(bench.sizes.rounds):
            reference.prepare(number)
            gateway.database.settle()
            large[1].append(reference.copied())
            gateway.database.settle()
            large[0].append(stored(bench, gateway, bodies[SPANS], LARGE, bench.sizes.otlp_bodies, SPANS))
            small[1].append(reference.inserted())
            small[0].append(stored(bench, gateway, bodies[1], SMALL, bench.sizes.otlp_spans, 1))
        reference.check(ours)
        size = (place / f"{SPANS}.pb").stat().st_size
    return list(points(large, small, size))


def points(large, small, size):
    rates = [[rate * SPANS for rate in rates_of(large[0])[0]], large[1]]
    more = {"body_kb": round(size / 1000, 1), **median_of(large[0], "p50_ms", "p99_ms")}
    yield compare(f"{SPANS} spans a body, {count(LARGE)}", "spans/s", *rates, "rows/s of \\copy",
                  Goal("ratio", "≥", 0.4), more)
    more = {**median_of(small[0], "p50_ms", "p99_ms"), "reference_p99_ms": median_of(small[1], "p99_ms")["p99_ms"]}
    yield compare(f"1 span a body, {count(SMALL)}", "spans/s", *rates_of(*small), f"tps of pgbench -c {CLIENTS}",
                  Goal("ratio", "≥", 0.5), more)


def call(place, spans):
    file = place / f"{spans}.pb"
    file.write_bytes(report(spans))
    return Call("/api/otel/v1/traces", file, {**HEADERS, "Content-Type": "application/x-protobuf"})


def stored(bench, gateway, body, conns, bodies, spans):
    """Sends bodies and counts what is committed right after the last answer."""
    before = total(gateway.database)
    figures = send(bench, gateway, body, conns, requests=bodies)
    added = total(gateway.database) - before
    if added != bodies * spans:
        raise RuntimeError(f"{bodies} bodies of {spans} spans were taken, and {added} spans are stored")
    return figures


def total(database):
    return int(database.sql("SELECT count(*) FROM spans")[0][0])


def one_row(database, more="true"):
    return database.one_row("spans", f"parent_id IS NOT NULL AND {more}")


class Reference:
    """The rows that the gateway made of the first bodies, with new trace ids."""

    def __init__(self, bench, database, place):
        self._bench, self._database, self._file = bench, database, place / "spans.tsv"
        self._rows = SPANS * bench.sizes.otlp_bodies
        database.sql(f"CREATE TABLE taken AS SELECT {COLUMNS} FROM spans LIMIT {SPANS}")

    def prepare(self, number):
        """Writes the file of a round."""
        trace = NEW_TRACE.format(f"trace_id::text || ' {number} ' || g")
        self._database.sql(f"\\copy (SELECT {COLUMNS.replace('trace_id', trace, 1)} FROM generate_series(1, "
                           f"{self._rows // SPANS}) g CROSS JOIN taken) to '{self._file}'")

    def copied(self):
        """Rows a second of \\copy."""
        return self._rows / self._database.copy_seconds("spans", COLUMNS.split(", "), self._file)

    def inserted(self):
        """Spans stored one by one."""
        row = self._database.one_row("taken", "parent_id IS NOT NULL")
        row |= {"trace_id": Sql(NEW_TRACE.format("random()::text || :client_id")), "name": "reference"}
        return self._database.pgbench(insert("spans", row) + ";\n", CLIENTS, self._bench.sizes.seconds)

    def check(self, ours):
        """Fails when the references' rows are others than the gateway's."""
        traces = f"SELECT {NEW_TRACE} FROM taken".format("trace_id::text || ' 0 1'")
        check_alike(ours, one_row(self._database, f"trace_id IN ({traces})"))
        check_alike(ours, one_row(self._database, "name = 'reference'"))
