DROP INDEX datasets_hidden;
DROP INDEX datasets_listed;
CREATE INDEX datasets_listed ON datasets (organization_id, number, shared, owner_id, archived_at)
    WHERE hidden_at IS NULL;
DROP INDEX datasets_of_pipeline;
