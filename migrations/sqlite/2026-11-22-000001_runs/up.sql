CREATE TABLE runs (
    organization_id BLOB        NOT NULL,
    id              BLOB        NOT NULL,
    number          INTEGER PRIMARY KEY AUTOINCREMENT,
    kind            TEXT        NOT NULL,
    pipeline_id     BLOB        NOT NULL,
    owner_id        BLOB,
    shared          INTEGER     NOT NULL,
    name            TEXT,
    status          TEXT        NOT NULL,
    metadata        TEXT,
    origin          TEXT        NOT NULL,
    finished_at     INTEGER,
    created_at      INTEGER     NOT NULL DEFAULT (CAST(round(unixepoch('subsec') * 1000) * 1000 AS INTEGER)),
    updated_at      INTEGER,
    UNIQUE (organization_id, id),
    FOREIGN KEY (organization_id, pipeline_id) REFERENCES pipelines (organization_id, id),
    FOREIGN KEY (organization_id, owner_id) REFERENCES users (organization_id, id)
) STRICT;

CREATE INDEX runs_of_pipeline ON runs (organization_id, kind, pipeline_id, number);

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

CREATE INDEX evaluations_of_run ON evaluations (organization_id, run_id, number);

-- Spans are kept whole and come in any order: what a child belongs to, its trace tells.
CREATE TABLE spans (
    organization_id BLOB        NOT NULL REFERENCES organizations (id),
    trace_id        BLOB        NOT NULL,
    span_id         BLOB        NOT NULL,
    parent_id       BLOB,
    name            TEXT        NOT NULL,
    start_ns        INTEGER      NOT NULL,
    end_ns          INTEGER      NOT NULL,
    failed          INTEGER     NOT NULL,
    marked          INTEGER     NOT NULL,
    pipeline_id     BLOB,
    run_id          BLOB,
    body            TEXT        NOT NULL,
    resource        TEXT        NOT NULL,
    scope           TEXT        NOT NULL,
    created_at      INTEGER     NOT NULL DEFAULT (CAST(round(unixepoch('subsec') * 1000) * 1000 AS INTEGER)),
    PRIMARY KEY (organization_id, trace_id, span_id)
) STRICT;
