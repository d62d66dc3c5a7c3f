-- What runs have that the gateway or a runtime works on, by lease.
ALTER TABLE runs ADD COLUMN dataset_id uuid;
ALTER TABLE runs ADD COLUMN runner text;
ALTER TABLE runs ADD COLUMN policy text;
ALTER TABLE runs ADD COLUMN policy_version text;
ALTER TABLE runs ADD COLUMN bundle_id text;
ALTER TABLE runs ADD COLUMN until_number bigint;
ALTER TABLE runs ADD COLUMN total bigint NOT NULL DEFAULT 0;
ALTER TABLE runs ADD COLUMN completed bigint NOT NULL DEFAULT 0;
ALTER TABLE runs ADD COLUMN attempts bigint NOT NULL DEFAULT 0;
ALTER TABLE runs ADD COLUMN summary text;
ALTER TABLE runs ADD COLUMN failure text;
ALTER TABLE runs ADD COLUMN worker uuid;
ALTER TABLE runs ADD COLUMN lease_until timestamptz;
ALTER TABLE runs ADD COLUMN started_at timestamptz;

-- What is still to be worked on: few among many. A gateway asks for all organizations.
CREATE INDEX runs_to_do ON runs (runner, organization_id, number)
    WHERE runner IS NOT NULL AND finished_at IS NULL;

CREATE INDEX runs_of_dataset ON runs (organization_id, kind, dataset_id, number);

-- An evaluation is of a span in a trace, or of a case by a scorer.
ALTER TABLE evaluations ALTER COLUMN trace_id DROP NOT NULL;
ALTER TABLE evaluations ALTER COLUMN span_id DROP NOT NULL;
ALTER TABLE evaluations ADD COLUMN scorer text;
ALTER TABLE evaluations ADD COLUMN position bigint;
ALTER TABLE evaluations ADD COLUMN stage text;
ALTER TABLE evaluations ADD COLUMN metadata text;
ALTER TABLE evaluations ADD COLUMN decision text;
ALTER TABLE evaluations ADD COLUMN rule_hits text;
ALTER TABLE evaluations ADD COLUMN score double precision;
ALTER TABLE evaluations ADD COLUMN passed boolean;
ALTER TABLE evaluations ADD COLUMN latency_ms bigint;
ALTER TABLE evaluations ADD COLUMN details text;

-- However often a case is reported, it counts once for each scorer.
CREATE UNIQUE INDEX evaluations_of_case ON evaluations (organization_id, run_id, case_id, scorer)
    WHERE scorer IS NOT NULL;

-- The rows of a run in the order of its dataset.
CREATE INDEX evaluations_in_order ON evaluations (organization_id, run_id, position)
    WHERE position IS NOT NULL;
