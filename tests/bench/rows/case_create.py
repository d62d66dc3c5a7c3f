"""How many test cases are added one by one to a single dataset, whose row counts them."""
from rig import texts
from rig.load import Call, median_of, rates_of, send
from rig.report import Goal, compare, count
from rig.stored import Sql, check_alike, insert

CONNECTIONS = 32
INPUTS, EXPECTED = ({key: texts.Texts(3).piece(length)} for key, length in (("question", 150), ("answer", 80)))


def measure(bench, database):
    ours, theirs = [], []
    with bench.gateway(database) as gateway:
        dataset = gateway.call("POST", "/api/v4/datasets", {"name": "shared", "description": None})["id"]
        body = {"datasetId": dataset, "name": "case {{id}}", "inputs": INPUTS, "expectedOutputs": EXPECTED}
        call = Call("/api/v4/test-cases", texts.compact(body))
        script = reference(gateway.database)
        for _ in range(bench.sizes.rounds):
            theirs.append(gateway.database.pgbench(script, CONNECTIONS, bench.sizes.seconds))
            ours.append(send(bench, gateway, call, CONNECTIONS))
            bench.saw_rate(CONNECTIONS, ours[-1]["rate"])
        check_alike(*(gateway.database.one_row("cases", f"name LIKE '{name} %'") for name in ("case", "reference")))
    more = {**median_of(ours, "p50_ms", "p99_ms"), "reference_p99_ms": median_of(theirs, "p99_ms")["p99_ms"]}
    return [compare(f"{count(CONNECTIONS)}, one dataset", "creates/s", *rates_of(ours, theirs),
                    f"tps of pgbench -c {CONNECTIONS}, a dataset for each client", Goal("ratio", "≥", 0.5), more)]


def reference(database):
    """The same rows, each client's in a dataset of its own: not even the lock of a foreign key is shared."""
    tenant = database.tenant()
    own = Sql("CAST(lpad(to_hex(CAST({} AS bigint)), 32, '0') AS uuid)")
    for client in range(CONNECTIONS):
        database.make_dataset(f"of client {client}", Sql(own.format(client)))
    row = {"organization_id": tenant.organization, "id": Sql("gen_random_uuid()"),
           "dataset_id": Sql(own.format(":client_id")), "name": Sql("'reference ' || :number"),
           "inputs": texts.compact(INPUTS), "expected": texts.compact(EXPECTED), "origin": "gentrace"}
    made = insert("cases", row)
    return f"\\set number random(1, 9000000000000000)\n{made} RETURNING number, created_at;\n"
