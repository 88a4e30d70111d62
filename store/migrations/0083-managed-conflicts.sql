-- The name says that two domain controllers took the same one, and this object lost it: it is never joined nor written.
ALTER TABLE managed_object ADD COLUMN conflict boolean NOT NULL DEFAULT false;
DROP INDEX managed_object_absent;
-- What is left alone, and why: no complete read has said the last word of it, or its name is lost to another.
CREATE INDEX managed_object_untouchable ON managed_object (forest_id, guid) WHERE absent_run IS NOT NULL OR conflict;
