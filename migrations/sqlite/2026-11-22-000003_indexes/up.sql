-- Lists over all cases of an organization. Postgres has this index for a constraint.
CREATE INDEX cases_by_number ON cases (organization_id, number);

-- Lists over the datasets of one pipeline, and over their cases.
CREATE INDEX datasets_of_pipeline ON datasets (organization_id, pipeline_id, number);
