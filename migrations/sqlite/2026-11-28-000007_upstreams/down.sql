DROP TABLE differences;
DROP TABLE miss_pieces;
DROP TABLE misses;
DROP INDEX source_ids_by_id;
