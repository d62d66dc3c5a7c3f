-- What writes came to whose answer the client may never have seen, until it will not ask again.
CREATE TABLE attempts (
    organization_id uuid        NOT NULL REFERENCES organizations (id),
    fingerprint     uuid        NOT NULL,
    id              uuid        NOT NULL,
    named           boolean     NOT NULL,
    content         uuid,
    tries           integer     NOT NULL,
    note            text        NOT NULL,
    expires_at      timestamptz NOT NULL,
    PRIMARY KEY (organization_id, fingerprint, id)
);

-- A name stands for one write; a counted try may be one of several alike.
CREATE UNIQUE INDEX attempts_by_name ON attempts (organization_id, fingerprint) WHERE named;

CREATE INDEX attempts_by_expiry ON attempts (expires_at);
