-- Runs that come from elsewhere and are not whole yet: few among many.
CREATE INDEX runs_arriving ON runs (organization_id, id) WHERE kind = 'arriving';
