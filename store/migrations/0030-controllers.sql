-- What was read, as a vector of USNs by the invocationId of where they were given out (MS-DRSR 5.166): another domain
-- controller that holds all of it can be read on from here. Null where it is not known.
ALTER TABLE watermark ADD COLUMN seen jsonb;

-- Up to where each controller was last read, for the day on which it is turned to again.
CREATE TABLE controller_watermark (
  forest_id      smallint    NOT NULL REFERENCES forest,
  naming_context text        NOT NULL,
  invocation_id  uuid        NOT NULL,
  controller     text        NOT NULL,
  highest_usn    bigint      NOT NULL,
  cookie         bytea,
  read_at        timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (forest_id, naming_context, invocation_id)
);

-- The domains that a configuration names, and how it stands with reading them.
CREATE TABLE source_domain (
  forest_id      smallint    NOT NULL REFERENCES forest,
  naming_context text        NOT NULL,
  -- Up to date at that time; null until the first complete read.
  read_at        timestamptz,
  -- Could not be read since; null while it can.
  stale_since    timestamptz,
  problem        text,
  PRIMARY KEY (forest_id, naming_context),
  CHECK ((stale_since IS NULL) = (problem IS NULL))
);
