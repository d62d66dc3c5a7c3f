-- How often what is listed of an organization's datasets has changed but by new ones. Who remembers how many there were
-- sees by it that they are to be counted again.
CREATE TABLE dataset_lists (
    organization_id uuid   PRIMARY KEY REFERENCES organizations (id),
    version         bigint NOT NULL
);
