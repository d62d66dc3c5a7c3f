DROP INDEX datasets_of_pipeline;
