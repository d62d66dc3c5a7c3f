DROP INDEX evaluations_in_order;
DROP INDEX evaluations_of_case;
ALTER TABLE evaluations RENAME TO new_evaluations;
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
    trace_id        BLOB        NOT NULL,
    span_id         BLOB        NOT NULL,
    started_at      INTEGER     NOT NULL,
    finished_at     INTEGER     NOT NULL,
    created_at      INTEGER     NOT NULL DEFAULT (CAST(round(unixepoch('subsec') * 1000) * 1000 AS INTEGER)),
    UNIQUE (organization_id, id),
    UNIQUE (organization_id, run_id, trace_id, span_id),
    FOREIGN KEY (organization_id, run_id) REFERENCES runs (organization_id, id) ON DELETE CASCADE
) STRICT;
INSERT INTO evaluations (organization_id, id, number, run_id, case_id, name, inputs, output, expected, error, trace_id, span_id, started_at,
    finished_at, created_at)
SELECT organization_id, id, number, run_id, case_id, name, inputs, output, expected, error, trace_id, span_id, started_at,
    finished_at, created_at FROM new_evaluations WHERE trace_id IS NOT NULL;
DROP TABLE new_evaluations;
CREATE INDEX evaluations_of_run ON evaluations (organization_id, run_id, number);
DROP INDEX runs_of_dataset;
DROP INDEX runs_to_do;
DELETE FROM runs WHERE kind = 'benchmark';
ALTER TABLE runs DROP COLUMN started_at;
ALTER TABLE runs DROP COLUMN lease_until;
ALTER TABLE runs DROP COLUMN worker;
ALTER TABLE runs DROP COLUMN failure;
ALTER TABLE runs DROP COLUMN summary;
ALTER TABLE runs DROP COLUMN attempts;
ALTER TABLE runs DROP COLUMN completed;
ALTER TABLE runs DROP COLUMN total;
ALTER TABLE runs DROP COLUMN until_number;
ALTER TABLE runs DROP COLUMN bundle_id;
ALTER TABLE runs DROP COLUMN policy_version;
ALTER TABLE runs DROP COLUMN policy;
ALTER TABLE runs DROP COLUMN runner;
ALTER TABLE runs DROP COLUMN dataset_id;
