-- The URL at which the naming context was last read; of the Managed Forest it is where all write, too.
ALTER TABLE watermark ADD COLUMN url text;

-- Pages that make new objects: at which controller, and until when. While the reads have not covered one, another controller
-- may know nothing of its objects, and would be given twins of them.
CREATE TABLE managed_write (
  run_id         bigint      NOT NULL REFERENCES run,
  step           text        NOT NULL,
  forest_id      smallint    NOT NULL REFERENCES forest,
  naming_context text        NOT NULL,
  url            text        NOT NULL,
  ended_at       timestamptz,
  PRIMARY KEY (run_id, step)
);
CREATE INDEX managed_write_by_context ON managed_write (forest_id, naming_context);
