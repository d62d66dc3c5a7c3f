DROP TABLE dataset_lists;
