-- Collections hold datasets and runs; what is in one follows its visibility.
CREATE TABLE collections (
    organization_id BLOB        NOT NULL,
    id              BLOB        NOT NULL,
    number          INTEGER PRIMARY KEY AUTOINCREMENT,
    owner_id        BLOB,
    author_email    TEXT        NOT NULL,
    shared          INTEGER     NOT NULL,
    name            TEXT        NOT NULL,
    name_key        TEXT,
    origin          TEXT        NOT NULL,
    created_at      INTEGER     NOT NULL DEFAULT (CAST(round(unixepoch('subsec') * 1000) * 1000 AS INTEGER)),
    updated_at      INTEGER,
    UNIQUE (organization_id, id),
    UNIQUE (organization_id, name_key),
    FOREIGN KEY (organization_id) REFERENCES organizations (id),
    FOREIGN KEY (organization_id, owner_id) REFERENCES users (organization_id, id)
) STRICT;

-- A list page and its total are answered from this index.
CREATE INDEX collections_listed ON collections (organization_id, number, shared, owner_id);

ALTER TABLE datasets ADD COLUMN collection_id BLOB;
CREATE INDEX datasets_of_collection ON datasets (organization_id, collection_id, number)
    WHERE collection_id IS NOT NULL;

-- The first 36 characters of a name key say whose name it is. What is shared has a name of its own, whoever's it is.
CREATE UNIQUE INDEX datasets_shared_names ON datasets (organization_id, substr(name_key, 37)) WHERE shared;
CREATE UNIQUE INDEX collections_shared_names ON collections (organization_id, substr(name_key, 37)) WHERE shared;

-- Runs that score recorded outputs: their configuration is raw JSON, their names are unique where a key says so.
ALTER TABLE runs ADD COLUMN collection_id BLOB;
ALTER TABLE runs ADD COLUMN name_key TEXT;
ALTER TABLE runs ADD COLUMN threshold INTEGER;
ALTER TABLE runs ADD COLUMN settings TEXT;
CREATE UNIQUE INDEX runs_by_name ON runs (organization_id, name_key);
CREATE INDEX runs_of_collection ON runs (organization_id, collection_id, number)
    WHERE collection_id IS NOT NULL;

-- Deleted runs whose rows are still to be removed: few among many.
CREATE INDEX runs_discarded ON runs (organization_id, id) WHERE kind = 'discarded';

-- What such a run scores: a snapshot of each row, once for all metrics that look at it. The part says which of
-- the run's lists of metrics do.
CREATE TABLE run_rows (
    organization_id BLOB   NOT NULL,
    run_id          BLOB   NOT NULL,
    position        INTEGER NOT NULL,
    part            INTEGER NOT NULL,
    case_id         BLOB,
    stage           TEXT,
    inputs          TEXT   NOT NULL,
    output          TEXT,
    expected        TEXT,
    metadata        TEXT,
    PRIMARY KEY (organization_id, run_id, position),
    FOREIGN KEY (organization_id, run_id) REFERENCES runs (organization_id, id) ON DELETE CASCADE
) STRICT;

ALTER TABLE evaluations ADD COLUMN row_position INTEGER;
ALTER TABLE evaluations ADD COLUMN threshold INTEGER;
ALTER TABLE evaluations ADD COLUMN model TEXT;
ALTER TABLE evaluations ADD COLUMN arguments TEXT;
ALTER TABLE evaluations ADD COLUMN explanation TEXT;
ALTER TABLE evaluations ADD COLUMN cost INTEGER;

-- What the evaluations of an organization have cost, also those that are deleted by now.
CREATE TABLE spendings (
    organization_id BLOB NOT NULL PRIMARY KEY REFERENCES organizations (id),
    cost            INTEGER NOT NULL
) STRICT;

-- What a model said once need not be paid twice: by a digest of metric, arguments, model and row.
CREATE TABLE judgements (
    organization_id BLOB        NOT NULL REFERENCES organizations (id),
    digest          BLOB       NOT NULL,
    score           REAL NOT NULL,
    explanation     TEXT        NOT NULL,
    details         TEXT,
    created_at      INTEGER     NOT NULL DEFAULT (CAST(round(unixepoch('subsec') * 1000) * 1000 AS INTEGER)),
    PRIMARY KEY (organization_id, digest)
) STRICT;

CREATE INDEX judgements_by_age ON judgements (created_at);

ALTER TABLE metrics ADD COLUMN name TEXT NOT NULL DEFAULT '';
UPDATE metrics SET name = CASE id
    WHEN 1 THEN 'Answer Correctness'
    WHEN 2 THEN 'JSON Equality'
    WHEN 3 THEN 'Alphabetic Percentage'
    WHEN 4 THEN 'Alphanumeric Percentage'
    WHEN 5 THEN 'BLEU'
    WHEN 6 THEN 'Character Count Match'
    WHEN 7 THEN 'Exact Match'
    WHEN 8 THEN 'Is Boolean'
    WHEN 9 THEN 'Is Date'
    WHEN 10 THEN 'Is Numeric'
    WHEN 11 THEN 'Is String'
    WHEN 12 THEN 'Is Valid JSON'
    WHEN 13 THEN 'Is Valid Python'
    WHEN 14 THEN 'Is Valid SQL'
    WHEN 15 THEN 'Is Valid XML'
    WHEN 16 THEN 'JSON Schema Match'
    WHEN 17 THEN 'Numeric Match'
    WHEN 18 THEN 'Paragraph Count Match'
    WHEN 19 THEN 'ROUGE'
    WHEN 20 THEN 'Sentence Count Match'
    WHEN 21 THEN 'Text Readability'
    WHEN 22 THEN 'Word Count Match'
    WHEN 23 THEN 'XML Equality'
    WHEN 24 THEN 'XML Schema Match'
    WHEN 25 THEN 'Answer Relevancy'
    WHEN 26 THEN 'Content Consistency'
    WHEN 27 THEN 'Entity Faithfulness'
    WHEN 28 THEN 'Factfulness'
    WHEN 29 THEN 'Faithfulness'
    WHEN 30 THEN 'Summarization'
    WHEN 31 THEN 'Context Faithfulness'
    WHEN 32 THEN 'Context Ranking Precision'
    WHEN 33 THEN 'Context Recall'
    WHEN 34 THEN 'Context Relevancy'
    WHEN 35 THEN 'Context Sufficiency'
    WHEN 36 THEN 'Context Waste'
    WHEN 37 THEN 'Content Generation Faithfulness'
    WHEN 38 THEN 'Format Alignment'
    WHEN 39 THEN 'Format Consistency'
    WHEN 40 THEN 'Bias'
    WHEN 41 THEN 'Harmfulness'
    WHEN 42 THEN 'Role Violation'
    WHEN 43 THEN 'Toxicity'
    WHEN 44 THEN 'Evasion Obfuscation'
    WHEN 45 THEN 'Instruction Integrity Subversion Attempt'
    WHEN 46 THEN 'PII/PHI Leakage'
    WHEN 47 THEN 'PII/PHI Exfiltration Attempt'
    WHEN 48 THEN 'Role Hijack'
    WHEN 49 THEN 'System Data Exfiltration Attempt'
    WHEN 50 THEN 'System Data Leakage'
    ELSE name END;

-- What arguments may be, where the catalogue did not say it.
UPDATE metrics SET arguments = '[{"name": "exact_output_match", "types": ["bool"], "required": false, "default": false}, {"name": "n_reruns", "types": ["int"], "required": false, "default": 3, "minimum": 1, "maximum": 10}]' WHERE id = 26;
UPDATE metrics SET arguments = '[{"name": "n_runs", "types": ["int"], "required": false, "default": 3, "exclusive_minimum": 0, "maximum": 20}, {"name": "idk_penalty_weight", "types": ["number"], "required": false, "default": 0.25, "minimum": 0, "maximum": 1}]' WHERE id = 28;
UPDATE metrics SET arguments = '[{"name": "max_n_statements", "types": ["int"], "required": false, "default": 50, "minimum": 1, "maximum": 500}]' WHERE id IN (1, 25, 34);
UPDATE metrics SET arguments = '[{"name": "max_n_claims", "types": ["int"], "required": false, "default": 50, "minimum": 1, "maximum": 500}]' WHERE id IN (29, 31, 37);
UPDATE metrics SET arguments = '[{"name": "n_key_points", "types": ["int"], "required": false, "minimum": 1, "maximum": 500}, {"name": "max_n_claims", "types": ["int"], "required": false, "default": 50, "minimum": 1, "maximum": 500}]' WHERE id = 30;
UPDATE metrics SET arguments = '[{"name": "tolerance", "types": ["number"], "required": false, "default": 0.0, "minimum": 0}, {"name": "relative_tolerance", "types": ["number"], "required": false, "default": 0.0, "minimum": 0}]' WHERE id = 17;
