-- A rebuild that folds whole streams has no position until all are folded: the share of the events that it has folded, as the
-- position that is the same share of its target.
ALTER TABLE projection_rebuilds ADD folded bigint NOT NULL DEFAULT 0;
