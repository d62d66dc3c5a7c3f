DROP TABLE bundles;
DROP TABLE policies;
DROP TABLE policy_scopes;
DROP INDEX api_keys_of_environment;
ALTER TABLE api_keys DROP COLUMN rotated_at;
ALTER TABLE api_keys DROP COLUMN environment_id;
ALTER TABLE api_keys DROP COLUMN project_id;
DROP TABLE environments;
DROP TABLE projects;
