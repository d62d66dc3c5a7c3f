DROP INDEX runs_arriving;
DELETE FROM runs WHERE kind = 'arriving';
