-- What the reads up to here asked for. A read that asks for more can not go on from there: it would never be told what the
-- objects that do not change hold of it.
ALTER TABLE watermark ADD COLUMN asked text NOT NULL DEFAULT '';
