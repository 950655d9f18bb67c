-- Going back to the rows of before is done by the same means as a rebuild: from where those stood, not from the beginning.
ALTER TABLE projection_rebuilds ADD back boolean NOT NULL DEFAULT false;
