-- In what the rows of a rebuild differed from those that served, of the same version and at the same position.
ALTER TABLE projection_rebuilds ADD difference text;
