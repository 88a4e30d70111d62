-- What reads found changed in a source object that was staged already: one row per attribute, in the transaction that stages it.
-- The values are the customer's own and may be personal. Retention goes by "at".
CREATE TABLE source_change (
  forest_id smallint    NOT NULL,
  guid      uuid        NOT NULL,
  at        timestamptz NOT NULL DEFAULT now(),
  -- The cycle that read it; not known for the disappearance of an object that came back.
  run_id    bigint,
  attribute text        NOT NULL,
  -- Lists of values as in source_object.attributes; null where the attribute was or is absent.
  before    jsonb,
  after     jsonb
);
CREATE INDEX source_change_by_object ON source_change (forest_id, guid, at);
CREATE INDEX source_change_by_time ON source_change USING brin (at);
ALTER TABLE source_change ALTER COLUMN before SET STATISTICS 0, ALTER COLUMN after SET STATISTICS 0;
