CREATE TABLE organizations (
    id                  BLOB        NOT NULL UNIQUE,
    number              INTEGER PRIMARY KEY AUTOINCREMENT,
    slug                TEXT        NOT NULL UNIQUE,
    name                TEXT        NOT NULL,
    personal            INTEGER     NOT NULL,
    default_pipeline_id BLOB        NOT NULL,
    created_at          INTEGER NOT NULL DEFAULT (CAST(round(unixepoch('subsec') * 1000) * 1000 AS INTEGER)),
    updated_at          INTEGER
) STRICT;

CREATE TABLE users (
    organization_id BLOB        NOT NULL REFERENCES organizations (id),
    id              BLOB        NOT NULL,
    number          INTEGER PRIMARY KEY AUTOINCREMENT,
    email           TEXT        NOT NULL,
    role            TEXT        NOT NULL CHECK (role IN ('member', 'admin')),
    service         INTEGER     NOT NULL,
    created_at      INTEGER NOT NULL DEFAULT (CAST(round(unixepoch('subsec') * 1000) * 1000 AS INTEGER)),
    UNIQUE (organization_id, id),
    UNIQUE (organization_id, email)
) STRICT;

CREATE UNIQUE INDEX users_service ON users (organization_id) WHERE service;

CREATE TABLE api_keys (
    organization_id BLOB        NOT NULL,
    id              BLOB        NOT NULL,
    number          INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id         BLOB        NOT NULL,
    kind            TEXT        NOT NULL CHECK (kind IN ('runtime', 'ci', 'admin')),
    hash            BLOB        NOT NULL UNIQUE,
    prefix          TEXT        NOT NULL,
    expires_at      INTEGER,
    last_used_at    INTEGER,
    revoked_at      INTEGER,
    created_at      INTEGER NOT NULL DEFAULT (CAST(round(unixepoch('subsec') * 1000) * 1000 AS INTEGER)),
    UNIQUE (organization_id, id),
    FOREIGN KEY (organization_id, user_id) REFERENCES users (organization_id, id)
) STRICT;

CREATE TABLE pipelines (
    organization_id   BLOB        NOT NULL REFERENCES organizations (id),
    id                BLOB        NOT NULL,
    number            INTEGER PRIMARY KEY AUTOINCREMENT,
    slug              TEXT        NOT NULL,
    display_name      TEXT,
    folder_id         BLOB,
    golden_dataset_id BLOB,
    archived_at       INTEGER,
    created_at        INTEGER NOT NULL DEFAULT (CAST(round(unixepoch('subsec') * 1000) * 1000 AS INTEGER)),
    updated_at        INTEGER,
    UNIQUE (organization_id, id),
    UNIQUE (organization_id, slug)
) STRICT;

CREATE TABLE datasets (
    organization_id  BLOB        NOT NULL,
    id               BLOB        NOT NULL,
    number           INTEGER PRIMARY KEY AUTOINCREMENT,
    pipeline_id      BLOB        NOT NULL,
    owner_id         BLOB,
    author_email     TEXT        NOT NULL,
    shared           INTEGER     NOT NULL,
    name             TEXT        NOT NULL,
    name_key         TEXT,
    description      TEXT,
    category         TEXT,
    creator          TEXT,
    source           TEXT        NOT NULL,
    public           INTEGER     NOT NULL,
    origin           TEXT        NOT NULL,
    case_count       INTEGER      NOT NULL DEFAULT 0,
    prompts          INTEGER      NOT NULL DEFAULT 0,
    inputs           INTEGER      NOT NULL DEFAULT 0,
    contexts         INTEGER      NOT NULL DEFAULT 0,
    outputs          INTEGER      NOT NULL DEFAULT 0,
    golden_answers   INTEGER      NOT NULL DEFAULT 0,
    version          INTEGER      NOT NULL DEFAULT 0,
    loading          INTEGER     NOT NULL DEFAULT 0,
    hidden_at        INTEGER,
    archived_at      INTEGER,
    created_at       INTEGER NOT NULL DEFAULT (CAST(round(unixepoch('subsec') * 1000) * 1000 AS INTEGER)),
    updated_at       INTEGER,
    UNIQUE (organization_id, id),
    UNIQUE (organization_id, name_key),
    FOREIGN KEY (organization_id, pipeline_id) REFERENCES pipelines (organization_id, id),
    FOREIGN KEY (organization_id, owner_id) REFERENCES users (organization_id, id)
) STRICT;

-- A list page and the list's total are answered from this index alone.
CREATE INDEX datasets_listed ON datasets (organization_id, number, shared, owner_id, archived_at)
    WHERE hidden_at IS NULL;

CREATE TABLE dataset_facets (
    organization_id BLOB NOT NULL,
    dataset_id      BLOB NOT NULL,
    dialect         TEXT NOT NULL,
    body            TEXT NOT NULL,
    PRIMARY KEY (organization_id, dataset_id, dialect),
    FOREIGN KEY (organization_id, dataset_id) REFERENCES datasets (organization_id, id) ON DELETE CASCADE
) STRICT;

CREATE TABLE cases (
    organization_id BLOB        NOT NULL,
    id              BLOB        NOT NULL,
    number          INTEGER PRIMARY KEY AUTOINCREMENT,
    dataset_id      BLOB        NOT NULL,
    name            TEXT,
    stage           TEXT,
    inputs          TEXT        NOT NULL,
    output          TEXT,
    expected        TEXT,
    metadata        TEXT,
    origin          TEXT        NOT NULL,
    source_id       TEXT,
    facet           TEXT,
    created_at      INTEGER NOT NULL DEFAULT (CAST(round(unixepoch('subsec') * 1000) * 1000 AS INTEGER)),
    deleted_at      INTEGER,
    UNIQUE (organization_id, id),
    FOREIGN KEY (organization_id, dataset_id) REFERENCES datasets (organization_id, id)
) STRICT;

CREATE INDEX cases_in_order ON cases (organization_id, dataset_id, number);

CREATE TABLE source_ids (
    organization_id BLOB NOT NULL REFERENCES organizations (id),
    dialect         TEXT NOT NULL,
    kind            TEXT NOT NULL,
    source_id       TEXT NOT NULL,
    id              BLOB NOT NULL,
    PRIMARY KEY (organization_id, dialect, kind, source_id)
) STRICT;

CREATE TABLE metrics (
    id                INTEGER  NOT NULL PRIMARY KEY,
    short_name        TEXT    NOT NULL UNIQUE,
    category          TEXT    NOT NULL,
    default_threshold INTEGER  NOT NULL CHECK (default_threshold BETWEEN 0 AND 100),
    arguments         TEXT    NOT NULL,
    active            INTEGER NOT NULL DEFAULT 1
) STRICT;

-- The catalogue of metrics (Aegis contract §4.4). Datasets select by id: never renumber, only append.
INSERT INTO metrics (id, short_name, category, default_threshold, arguments) VALUES
    (1, 'ans_corr', 'general', 80, '[{"name": "max_n_statements", "types": ["int"], "required": false, "default": 50}]'),
    (2, 'json_equal', 'structural', 100, '[{"name": "ignore_order", "types": ["bool"], "required": false, "default": false}, {"name": "ignore_extra_keys", "types": ["bool"], "required": false, "default": false}]'),
    (3, 'alpha_perc', 'structural', 100, '[]'),
    (4, 'alphanum_perc', 'structural', 100, '[]'),
    (5, 'bleu', 'structural', 70, '[{"name": "smoothing", "types": ["bool"], "required": false, "default": true}, {"name": "case_sensitive", "types": ["bool"], "required": false, "default": false}]'),
    (6, 'char_ct_match', 'structural', 100, '[{"name": "min_count", "types": ["number"], "required": false}, {"name": "max_count", "types": ["number"], "required": false}, {"name": "include_whitespace", "types": ["bool"], "required": false, "default": true}, {"name": "include_punctuation", "types": ["bool"], "required": false, "default": true}, {"name": "include_digits", "types": ["bool"], "required": false, "default": true}, {"name": "custom_exclude_pattern", "types": ["string"], "required": false}, {"name": "only_uppercase", "types": ["bool"], "required": false, "default": false}]'),
    (7, 'exact_match', 'structural', 100, '[{"name": "case_sensitive", "types": ["bool"], "required": false, "default": true}, {"name": "strip_whitespace", "types": ["bool"], "required": false, "default": false}]'),
    (8, 'is_boolean', 'structural', 100, '[]'),
    (9, 'is_date', 'structural', 100, '[{"name": "require_datetime", "types": ["bool"], "required": false, "default": false}, {"name": "require_timezone", "types": ["bool"], "required": false, "default": false}, {"name": "allowed_formats", "types": ["string[]"], "required": false}, {"name": "strict_type", "types": ["bool"], "required": false, "default": true}]'),
    (10, 'is_numeric', 'structural', 100, '[]'),
    (11, 'is_string', 'structural', 100, '[{"name": "allow_empty", "types": ["bool"], "required": false, "default": false}, {"name": "allow_whitespace_only", "types": ["bool"], "required": false, "default": false}]'),
    (12, 'is_valid_json', 'structural', 100, '[]'),
    (13, 'is_valid_python', 'structural', 100, '[]'),
    (14, 'is_valid_sql', 'structural', 100, '[{"name": "dialect", "types": ["string"], "required": false, "default": "tsql"}]'),
    (15, 'is_valid_xml', 'structural', 100, '[]'),
    (16, 'json_schema_match', 'structural', 100, '[{"name": "schema", "types": ["object"], "required": false}, {"name": "validator", "types": ["string"], "required": false, "default": "Draft7Validator", "values": ["Draft7Validator", "Draft202012Validator"]}]'),
    (17, 'numeric_match', 'structural', 100, '[{"name": "tolerance", "types": ["number"], "required": false, "default": 0.0}, {"name": "relative_tolerance", "types": ["number"], "required": false, "default": 0.0}]'),
    (18, 'par_ct_match', 'structural', 100, '[{"name": "min_count", "types": ["number"], "required": false}, {"name": "max_count", "types": ["number"], "required": false}, {"name": "min_sentences_in_paragraph", "types": ["number"], "required": false, "default": 1}, {"name": "min_words_in_paragraph", "types": ["number"], "required": false, "default": 1}]'),
    (19, 'rouge', 'structural', 70, '[{"name": "rouge_type", "types": ["number", "string"], "required": false, "default": 2}, {"name": "use_stemmer", "types": ["bool"], "required": false, "default": false}, {"name": "case_sensitive", "types": ["bool"], "required": false, "default": false}]'),
    (20, 'sent_ct_match', 'structural', 100, '[{"name": "min_count", "types": ["number"], "required": false}, {"name": "max_count", "types": ["number"], "required": false}, {"name": "min_words_in_sentence", "types": ["number"], "required": false, "default": 1}]'),
    (21, 'text_readability', 'structural', 70, '[]'),
    (22, 'word_ct_match', 'structural', 100, '[{"name": "min_count", "types": ["number"], "required": false}, {"name": "max_count", "types": ["number"], "required": false}, {"name": "exclude_punctuation", "types": ["bool"], "required": false, "default": true}, {"name": "min_word_length", "types": ["number"], "required": false, "default": 1}, {"name": "case_sensitive", "types": ["bool"], "required": false, "default": false}, {"name": "custom_delimiters", "types": ["string"], "required": false}]'),
    (23, 'xml_equal', 'structural', 100, '[{"name": "ignore_order", "types": ["bool"], "required": false, "default": false}, {"name": "ignore_extra_attributes", "types": ["bool"], "required": false, "default": false}, {"name": "ignore_whitespace", "types": ["bool"], "required": false, "default": true}]'),
    (24, 'xml_schema_match', 'structural', 100, '[{"name": "schema", "types": ["string"], "required": false}]'),
    (25, 'ans_rel', 'general', 70, '[{"name": "max_n_statements", "types": ["int"], "required": false, "default": 50}]'),
    (26, 'content_consist', 'general', 80, '[{"name": "exact_output_match", "types": ["bool"], "required": false}, {"name": "n_reruns", "types": ["int"], "required": false}]'),
    (27, 'entity_faith', 'general', 80, '[{"name": "match_mode", "types": ["string"], "required": false, "default": "flexible", "values": ["exact", "strict", "flexible"]}]'),
    (28, 'factfulness', 'general', 70, '[{"name": "n_runs", "types": ["int"], "required": false, "default": 3, "exclusive_minimum": 0}, {"name": "idk_penalty_weight", "types": ["number"], "required": false, "default": 0.25, "minimum": 0, "maximum": 1}]'),
    (29, 'faith', 'general', 80, '[{"name": "max_n_claims", "types": ["int"], "required": false, "default": 50}]'),
    (30, 'summ', 'general', 80, '[{"name": "n_key_points", "types": ["int"], "required": false}, {"name": "max_n_claims", "types": ["int"], "required": false, "default": 50}]'),
    (31, 'ctx_faith', 'rag', 80, '[{"name": "max_n_claims", "types": ["int"], "required": false, "default": 50}]'),
    (32, 'ctx_rank_prec', 'rag', 80, '[{"name": "ranks", "types": ["number[]"], "required": false}]'),
    (33, 'ctx_recall', 'rag', 80, '[]'),
    (34, 'ctx_rel', 'rag', 80, '[{"name": "max_n_statements", "types": ["int"], "required": false, "default": 50}]'),
    (35, 'ctx_suff', 'rag', 80, '[]'),
    (36, 'ctx_waste', 'rag', 80, '[]'),
    (37, 'content_gen_faith', 'content_generation', 80, '[{"name": "max_n_claims", "types": ["int"], "required": false}]'),
    (38, 'format_align', 'content_generation', 80, '[{"name": "instructions", "types": ["string[]"], "required": false}]'),
    (39, 'format_consist', 'content_generation', 80, '[]'),
    (40, 'bias', 'safety', 100, '[]'),
    (41, 'harmfulness', 'safety', 100, '[]'),
    (42, 'role_viol', 'safety', 100, '[{"name": "expected_role", "types": ["string"], "required": false}]'),
    (43, 'toxic', 'safety', 100, '[{"name": "exclude_citations", "types": ["bool"], "required": false, "default": false}]'),
    (44, 'ev_obf', 'security', 100, '[{"name": "field_to_evaluate", "types": ["string"], "required": false, "default": "input", "values": ["input", "prompt", "output", "context"]}]'),
    (45, 'instr_integ_subv_att', 'security', 100, '[]'),
    (46, 'pii_phi', 'security', 100, '[]'),
    (47, 'pii_phi_exfil_att', 'security', 100, '[]'),
    (48, 'role_hijack', 'security', 100, '[]'),
    (49, 'sys_data_exfil_att', 'security', 100, '[]'),
    (50, 'sys_data_leak', 'security', 100, '[]');
