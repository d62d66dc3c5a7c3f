-- Lists over the datasets of one pipeline, and over their cases.
CREATE INDEX datasets_of_pipeline ON datasets (organization_id, pipeline_id, number);

-- A list page and the list's total are answered from this index alone. SQLite reads hidden_at from it
-- although it knows its value there, which the first index of this name did not have.
DROP INDEX datasets_listed;
CREATE INDEX datasets_listed ON datasets (organization_id, number, shared, owner_id, archived_at, hidden_at)
    WHERE hidden_at IS NULL;

-- Tombstones, and loads that have not ended.
CREATE INDEX datasets_hidden ON datasets (organization_id, id) WHERE hidden_at IS NOT NULL;
