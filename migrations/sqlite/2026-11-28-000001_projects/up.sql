CREATE TABLE projects (
    organization_id BLOB        NOT NULL REFERENCES organizations (id),
    id              BLOB        NOT NULL,
    number          INTEGER PRIMARY KEY AUTOINCREMENT,
    name            TEXT        NOT NULL,
    slug            TEXT        NOT NULL,
    created_at      INTEGER     NOT NULL DEFAULT (CAST(round(unixepoch('subsec') * 1000) * 1000 AS INTEGER)),
    UNIQUE (organization_id, id),
    UNIQUE (organization_id, slug)
) STRICT;

-- Where a project's policies take effect. It counts its bundles: publishing one begins with that.
CREATE TABLE environments (
    organization_id BLOB        NOT NULL,
    id              BLOB        NOT NULL,
    number          INTEGER PRIMARY KEY AUTOINCREMENT,
    project_id      BLOB        NOT NULL,
    name            TEXT        NOT NULL,
    bundles         INTEGER     NOT NULL DEFAULT 0,
    active_version  INTEGER,
    created_at      INTEGER     NOT NULL DEFAULT (CAST(round(unixepoch('subsec') * 1000) * 1000 AS INTEGER)),
    UNIQUE (organization_id, id),
    UNIQUE (organization_id, project_id, name),
    FOREIGN KEY (organization_id, project_id) REFERENCES projects (organization_id, id)
) STRICT;

-- Every organization has a project from the start, with the three environments.
INSERT INTO projects (organization_id, id, name, slug)
SELECT id, randomblob(16), 'Default', 'default' FROM organizations ORDER BY number;
INSERT INTO environments (organization_id, id, project_id, name)
SELECT p.organization_id, randomblob(16), p.id, e.name
FROM projects p CROSS JOIN (SELECT 1 AS place, 'dev' AS name UNION ALL SELECT 2, 'staging' UNION ALL SELECT 3, 'prod') AS e
ORDER BY p.number, e.place;

-- A key without a project is the whole organization's.
ALTER TABLE api_keys ADD COLUMN project_id BLOB;
ALTER TABLE api_keys ADD COLUMN environment_id BLOB;

-- When the key got its present value, if that is not its first.
ALTER TABLE api_keys ADD COLUMN rotated_at INTEGER;

-- One runtime key for each environment, and one for a project as a whole.
CREATE UNIQUE INDEX api_keys_of_environment
    ON api_keys (organization_id, project_id, (coalesce(environment_id, project_id)))
    WHERE kind = 'runtime' AND revoked_at IS NULL AND project_id IS NOT NULL;

-- A scope of policies. It counts their versions: writing one begins with that.
CREATE TABLE policy_scopes (
    organization_id BLOB        NOT NULL REFERENCES organizations (id),
    tenant          TEXT        NOT NULL,
    app             TEXT        NOT NULL,
    agent           TEXT        NOT NULL,
    env             TEXT        NOT NULL,
    version         INTEGER     NOT NULL,
    PRIMARY KEY (organization_id, tenant, app, agent, env)
) STRICT;

CREATE TABLE policies (
    organization_id BLOB        NOT NULL,
    tenant          TEXT        NOT NULL,
    app             TEXT        NOT NULL,
    agent           TEXT        NOT NULL,
    env             TEXT        NOT NULL,
    version         INTEGER     NOT NULL,
    policy          TEXT        NOT NULL,
    hash            TEXT        NOT NULL,
    change_reason   TEXT,
    created_by      TEXT,
    created_at      INTEGER     NOT NULL DEFAULT (CAST(round(unixepoch('subsec') * 1000) * 1000 AS INTEGER)),
    PRIMARY KEY (organization_id, tenant, app, agent, env, version),
    FOREIGN KEY (organization_id, tenant, app, agent, env)
        REFERENCES policy_scopes (organization_id, tenant, app, agent, env)
) STRICT;

CREATE INDEX policies_by_hash ON policies (organization_id, hash);

-- A policy as it is published to an environment's runtimes: policies, and overrides by scope.
CREATE TABLE bundles (
    organization_id BLOB        NOT NULL,
    id              BLOB        NOT NULL,
    environment_id  BLOB        NOT NULL,
    version         INTEGER     NOT NULL,
    policies        TEXT        NOT NULL,
    scope_policies  TEXT        NOT NULL,
    hash            TEXT        NOT NULL,
    published_by    TEXT,
    published_at    INTEGER     NOT NULL DEFAULT (CAST(round(unixepoch('subsec') * 1000) * 1000 AS INTEGER)),
    PRIMARY KEY (organization_id, id),
    UNIQUE (organization_id, environment_id, version),
    FOREIGN KEY (organization_id, environment_id) REFERENCES environments (organization_id, id)
) STRICT;

CREATE INDEX bundles_by_hash ON bundles (organization_id, hash);
