-- How far readers of other processes wait for a projection to come, and until when: whoever holds one that lets events gather
-- looks here meanwhile. One row for each such projection.
CREATE TABLE projection_readers (
    projection text        PRIMARY KEY,
    position   bigint      NOT NULL DEFAULT 0,
    until      timestamptz NOT NULL DEFAULT '-infinity'
);
