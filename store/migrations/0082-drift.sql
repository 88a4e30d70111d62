-- What somebody else changed of a managed object in what flow owns, noted when it is read: until then the object showed what was
-- wanted. It is there until the object shows it again, or something else is wanted.
CREATE TABLE drift (
  forest_id  smallint    NOT NULL,
  guid       uuid        NOT NULL,
  attribute  text        NOT NULL,
  -- Of a reference: what came or went.
  target     uuid,
  -- What was wanted then: values, or whether the target is one.
  wanted     jsonb       NOT NULL,
  seen_at    timestamptz NOT NULL DEFAULT now(),
  -- The object's whenChanged: when the newest change of it was made.
  changed_at timestamptz,
  UNIQUE NULLS NOT DISTINCT (forest_id, guid, attribute, target)
);

-- Where an object was when it was first found elsewhere.
ALTER TABLE managed_notice ADD COLUMN was text;
