-- What runs have that the gateway or a runtime works on, by lease.
ALTER TABLE runs ADD COLUMN dataset_id BLOB;
ALTER TABLE runs ADD COLUMN runner TEXT;
ALTER TABLE runs ADD COLUMN policy TEXT;
ALTER TABLE runs ADD COLUMN policy_version TEXT;
ALTER TABLE runs ADD COLUMN bundle_id TEXT;
ALTER TABLE runs ADD COLUMN until_number INTEGER;
ALTER TABLE runs ADD COLUMN total INTEGER NOT NULL DEFAULT 0;
ALTER TABLE runs ADD COLUMN completed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE runs ADD COLUMN attempts INTEGER NOT NULL DEFAULT 0;
ALTER TABLE runs ADD COLUMN summary TEXT;
ALTER TABLE runs ADD COLUMN failure TEXT;
ALTER TABLE runs ADD COLUMN worker BLOB;
ALTER TABLE runs ADD COLUMN lease_until INTEGER;
ALTER TABLE runs ADD COLUMN started_at INTEGER;

-- What is still to be worked on: few among many. A gateway asks for all organizations.
CREATE INDEX runs_to_do ON runs (runner, organization_id, number)
    WHERE runner IS NOT NULL AND finished_at IS NULL;

CREATE INDEX runs_of_dataset ON runs (organization_id, kind, dataset_id, number);

-- An evaluation is of a span in a trace, or of a case by a scorer. SQLite cannot take NOT NULL off a column.
ALTER TABLE evaluations RENAME TO old_evaluations;
DROP INDEX evaluations_of_run;
CREATE TABLE evaluations (
    organization_id BLOB        NOT NULL,
    id              BLOB        NOT NULL,
    number          INTEGER PRIMARY KEY AUTOINCREMENT,
    run_id          BLOB        NOT NULL,
    case_id         BLOB,
    name            TEXT        NOT NULL,
    inputs          TEXT,
    output          TEXT,
    expected        TEXT,
    error           TEXT,
    trace_id        BLOB,
    span_id         BLOB,
    started_at      INTEGER     NOT NULL,
    finished_at     INTEGER     NOT NULL,
    created_at      INTEGER     NOT NULL DEFAULT (CAST(round(unixepoch('subsec') * 1000) * 1000 AS INTEGER)),
    scorer          TEXT,
    position        INTEGER,
    stage           TEXT,
    metadata        TEXT,
    decision        TEXT,
    rule_hits       TEXT,
    score           REAL,
    passed          INTEGER,
    latency_ms      INTEGER,
    details         TEXT,
    UNIQUE (organization_id, id),
    UNIQUE (organization_id, run_id, trace_id, span_id),
    FOREIGN KEY (organization_id, run_id) REFERENCES runs (organization_id, id) ON DELETE CASCADE
) STRICT;
INSERT INTO evaluations (organization_id, id, number, run_id, case_id, name, inputs, output, expected, error, trace_id, span_id, started_at,
    finished_at, created_at)
SELECT organization_id, id, number, run_id, case_id, name, inputs, output, expected, error, trace_id, span_id, started_at,
    finished_at, created_at FROM old_evaluations;
DROP TABLE old_evaluations;
CREATE INDEX evaluations_of_run ON evaluations (organization_id, run_id, number);

-- However often a case is reported, it counts once for each scorer.
CREATE UNIQUE INDEX evaluations_of_case ON evaluations (organization_id, run_id, case_id, scorer)
    WHERE scorer IS NOT NULL;

-- The rows of a run in the order of its dataset.
CREATE INDEX evaluations_in_order ON evaluations (organization_id, run_id, position)
    WHERE position IS NOT NULL;
