-- Lists over the datasets of one pipeline, and over their cases.
CREATE INDEX datasets_of_pipeline ON datasets (organization_id, pipeline_id, number);
