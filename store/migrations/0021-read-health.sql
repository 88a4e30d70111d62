-- A whole read that is due earlier than by its age: the last one could not be believed.
ALTER TABLE watermark ADD COLUMN whole_due timestamptz;
-- The tombstone lifetime of the forest when it was last read.
ALTER TABLE watermark ADD COLUMN tombstone_days integer;

-- Objects that were last staged with a value of an attribute, a few for each attribute that is common in a naming
-- context. They are read back before each read: when none of them shows the attribute any more, the right to read it was
-- lost. With the attribute '', objects that are read back to see whether any can be read at all.
CREATE TABLE sentinel (
  forest_id      smallint NOT NULL REFERENCES forest,
  naming_context text     NOT NULL,
  attribute      text     NOT NULL,
  guid           uuid     NOT NULL,
  PRIMARY KEY (forest_id, naming_context, attribute, guid)
);

-- Attributes that objects no longer showed in the read under way, with what they last held, until the end of that read
-- tells whether they were cleared or became unreadable. Of references the value is a list of [target, DN].
CREATE TABLE vanished_value (
  forest_id smallint NOT NULL,
  guid      uuid     NOT NULL,
  attribute text     NOT NULL,
  value     jsonb    NOT NULL,
  PRIMARY KEY (forest_id, guid, attribute),
  FOREIGN KEY (forest_id, guid) REFERENCES source_object ON DELETE CASCADE
);

-- What is wrong with reading a forest as a whole, while it lasts.
CREATE TABLE forest_warning (
  forest_id      smallint    NOT NULL REFERENCES forest,
  naming_context text        NOT NULL,
  code           text        NOT NULL CHECK (code ~ '^FW[0-9]{3}$'),
  attribute      text        NOT NULL DEFAULT '',
  -- Numbers and names of settings, for the operator.
  details        jsonb       NOT NULL DEFAULT '{}',
  first_seen     timestamptz NOT NULL DEFAULT now(),
  last_seen      timestamptz NOT NULL DEFAULT now(),
  count          integer     NOT NULL DEFAULT 1,
  PRIMARY KEY (forest_id, naming_context, code, attribute)
);
