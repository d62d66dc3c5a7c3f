-- What a thing of ours is called elsewhere.
CREATE INDEX source_ids_by_id ON source_ids (organization_id, dialect, kind, id);

-- Calls that a vendor has carried out and the gateway has not yet, in their order.
CREATE TABLE misses (
    organization_id  BLOB        NOT NULL REFERENCES organizations (id),
    id               BLOB        NOT NULL,
    number           INTEGER PRIMARY KEY AUTOINCREMENT,
    dialect          TEXT        NOT NULL,
    key_id           BLOB        NOT NULL,
    method           TEXT        NOT NULL,
    target           TEXT        NOT NULL,
    route            TEXT        NOT NULL,
    content_type     TEXT,
    content_encoding TEXT,
    made_kind        TEXT,
    made_id          TEXT,
    bytes            INTEGER     NOT NULL,
    failed           INTEGER     NOT NULL DEFAULT 0,
    reason           TEXT        NOT NULL,
    tries            INTEGER     NOT NULL,
    due_at           INTEGER     NOT NULL,
    created_at       INTEGER     NOT NULL DEFAULT (CAST(round(unixepoch('subsec') * 1000) * 1000 AS INTEGER)),
    UNIQUE (organization_id, id)
) STRICT;

CREATE INDEX misses_in_order ON misses (organization_id, dialect, number) WHERE NOT failed;

-- Their bodies.
CREATE TABLE miss_pieces (
    organization_id BLOB    NOT NULL,
    miss_id         BLOB    NOT NULL,
    position        INTEGER NOT NULL,
    bytes           BLOB    NOT NULL,
    PRIMARY KEY (organization_id, miss_id, position),
    FOREIGN KEY (organization_id, miss_id) REFERENCES misses (organization_id, id) ON DELETE CASCADE
) STRICT;

-- How a vendor's answers differ from ours, counted.
CREATE TABLE differences (
    organization_id BLOB        NOT NULL REFERENCES organizations (id),
    dialect         TEXT        NOT NULL,
    route           TEXT        NOT NULL,
    pointer         TEXT        NOT NULL,
    kind            TEXT        NOT NULL,
    count           INTEGER     NOT NULL,
    ours            TEXT        NOT NULL,
    theirs          TEXT        NOT NULL,
    first_seen_at   INTEGER     NOT NULL,
    last_seen_at    INTEGER     NOT NULL,
    PRIMARY KEY (organization_id, dialect, route, pointer, kind)
) STRICT;
