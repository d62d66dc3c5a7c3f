-- What writes came to whose answer the client may never have seen, until it will not ask again.
CREATE TABLE attempts (
    organization_id BLOB        NOT NULL REFERENCES organizations (id),
    fingerprint     BLOB        NOT NULL,
    id              BLOB        NOT NULL,
    named           INTEGER     NOT NULL,
    content         BLOB,
    tries           INTEGER     NOT NULL,
    note            TEXT        NOT NULL,
    expires_at      INTEGER     NOT NULL,
    PRIMARY KEY (organization_id, fingerprint, id)
) STRICT;

-- A name stands for one write; a counted try may be one of several alike.
CREATE UNIQUE INDEX attempts_by_name ON attempts (organization_id, fingerprint) WHERE named;

CREATE INDEX attempts_by_expiry ON attempts (expires_at);
