-- What guardrails decided about single texts. What a runtime passes on from its callers is kept as the JSON string
-- that it came as; lists find it by a digest of fixed size (…_key), because an index has no room for any length.
CREATE TABLE guardrail_traces (
    organization_id  BLOB        NOT NULL REFERENCES organizations (id),
    id               BLOB        NOT NULL,
    number           INTEGER PRIMARY KEY AUTOINCREMENT,
    project_id       BLOB,
    environment_id   BLOB,
    request_id       TEXT        NOT NULL,
    trace_id         TEXT,
    trace_key        BLOB,
    session_id       TEXT,
    session_key      BLOB,
    span_id          TEXT,
    context          TEXT        NOT NULL,
    decision         TEXT        NOT NULL,
    decision_key     BLOB        NOT NULL,
    risk_score       INTEGER,
    policy_version   TEXT,
    policy_hash      TEXT,
    latency_ms       INTEGER,
    rule_hit_ids     TEXT,
    tenant_id        TEXT,
    app_id           TEXT,
    agent_id         TEXT,
    env              TEXT,
    env_key          BLOB,
    created_at       INTEGER     NOT NULL,
    input_text       TEXT,
    detector_results TEXT,
    quality_scores   TEXT,
    metadata         TEXT,
    UNIQUE (organization_id, id)
) STRICT;

-- A list and its total are answered from the first of these alone, or from a narrower one.
CREATE INDEX guardrail_traces_listed ON guardrail_traces
    (organization_id, created_at, id, decision_key, env_key, project_id, environment_id);
CREATE INDEX guardrail_traces_by_decision ON guardrail_traces (organization_id, decision_key, created_at, id);
CREATE INDEX guardrail_traces_of_session ON guardrail_traces (organization_id, session_key, created_at, id)
    WHERE session_key IS NOT NULL;
CREATE INDEX guardrail_traces_of_trace ON guardrail_traces (organization_id, trace_key, created_at, id)
    WHERE trace_key IS NOT NULL;

-- Which detectors fired, by the digests of their names.
CREATE TABLE fired_detectors (
    organization_id    BLOB NOT NULL,
    detector_key       BLOB NOT NULL,
    guardrail_trace_id BLOB NOT NULL,
    PRIMARY KEY (organization_id, detector_key, guardrail_trace_id),
    FOREIGN KEY (organization_id, guardrail_trace_id) REFERENCES guardrail_traces (organization_id, id)
) STRICT, WITHOUT ROWID;

-- What people say of traces.
CREATE TABLE annotations (
    organization_id    BLOB        NOT NULL,
    id                 BLOB        NOT NULL,
    number             INTEGER PRIMARY KEY AUTOINCREMENT,
    guardrail_trace_id BLOB        NOT NULL,
    label              TEXT        NOT NULL,
    detector           TEXT,
    notes              TEXT,
    author             TEXT,
    created_at         INTEGER     NOT NULL DEFAULT (CAST(round(unixepoch('subsec') * 1000) * 1000 AS INTEGER)),
    UNIQUE (organization_id, id),
    FOREIGN KEY (organization_id, guardrail_trace_id) REFERENCES guardrail_traces (organization_id, id)
) STRICT;

-- Lists over all annotations of an organization. Postgres has this index for a constraint.
CREATE INDEX annotations_by_number ON annotations (organization_id, number);
CREATE INDEX annotations_by_label ON annotations (organization_id, label, number);
CREATE INDEX annotations_of_trace ON annotations (organization_id, guardrail_trace_id, number);
