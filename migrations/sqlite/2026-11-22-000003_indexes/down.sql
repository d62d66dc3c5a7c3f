DROP INDEX datasets_of_pipeline;
DROP INDEX cases_by_number;
