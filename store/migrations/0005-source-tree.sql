-- Containers of a Customer Forest: the DN of everything below one changes with it, without a word from the directory.
CREATE TABLE source_container (
  forest_id      smallint NOT NULL REFERENCES forest,
  guid           uuid     NOT NULL,
  naming_context text     NOT NULL,
  dn             text     NOT NULL,
  last_read      bigint   NOT NULL REFERENCES run,
  PRIMARY KEY (forest_id, guid)
);
CREATE INDEX source_container_by_dn ON source_container (forest_id, lower(dn));

-- Which organizational unit a configuration means: found once by its DN, then held by its objectGUID, so that renaming it changes nothing.
CREATE TABLE scope_unit (
  forest_id  smallint NOT NULL REFERENCES forest,
  configured text     NOT NULL,
  guid       uuid     NOT NULL,
  PRIMARY KEY (forest_id, configured)
);

-- When the naming context was last read whole.
ALTER TABLE watermark ADD COLUMN whole_at timestamptz NOT NULL DEFAULT now();
