-- Processes that run projections, and when each was last heard of: so that they share them out.
CREATE TABLE projection_nodes (
    node    uuid        PRIMARY KEY,
    seen_at timestamptz NOT NULL DEFAULT now()
);
