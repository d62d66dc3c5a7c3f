DROP TABLE spans;
DROP TABLE evaluations;
DROP TABLE runs;
