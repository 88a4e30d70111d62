-- Values of a reference that came (after) and went (before), by objectGUID; the first of them, and how many more.
ALTER TABLE source_change ADD COLUMN is_reference boolean NOT NULL DEFAULT false;
