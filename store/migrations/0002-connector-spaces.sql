-- One object of a Customer Forest as last read. A delete is a mark, never a row delete.
CREATE TABLE source_object (
  forest_id      smallint    NOT NULL REFERENCES forest,
  guid           uuid        NOT NULL,
  naming_context text        NOT NULL,
  kind           text        NOT NULL CHECK (kind IN ('user', 'contact', 'group')),
  dn             text        NOT NULL,
  parent_guid    uuid,
  attributes     jsonb       NOT NULL,
  -- Attributes whose value does not fit their syntax; their real value is not known.
  malformed      text[]      NOT NULL DEFAULT '{}',
  hash           bytea       NOT NULL,
  links_hash     bytea       NOT NULL,
  created_at     text        NOT NULL DEFAULT '',
  first_seen     timestamptz NOT NULL DEFAULT now(),
  last_seen      timestamptz NOT NULL DEFAULT now(),
  last_read      bigint      NOT NULL REFERENCES run,
  -- Complete reads in a row that did not hold the object.
  absent_reads   integer     NOT NULL DEFAULT 0,
  tombstone_at   timestamptz,
  -- Changed since the rules last looked at it.
  dirty          boolean     NOT NULL DEFAULT true,
  PRIMARY KEY (forest_id, guid)
);
CREATE INDEX source_object_dirty ON source_object (forest_id, guid) WHERE dirty;
CREATE INDEX source_object_by_read ON source_object (forest_id, naming_context, last_read);

-- One link value. A target without GUID is kept by its DN.
CREATE TABLE source_link (
  forest_id smallint NOT NULL,
  holder    uuid     NOT NULL,
  attribute text     NOT NULL,
  target    uuid,
  target_dn text     NOT NULL DEFAULT '',
  CHECK ((target IS NULL) = (target_dn <> '')),
  UNIQUE NULLS NOT DISTINCT (forest_id, holder, attribute, target, target_dn),
  FOREIGN KEY (forest_id, holder) REFERENCES source_object ON DELETE CASCADE
);
CREATE INDEX source_link_by_target ON source_link (forest_id, target);

-- One object of the Managed Forest as last confirmed.
CREATE TABLE managed_object (
  forest_id  smallint    NOT NULL REFERENCES forest,
  guid       uuid        NOT NULL,
  kind       text        NOT NULL CHECK (kind IN ('user', 'contact', 'group')),
  dn         text        NOT NULL,
  anchor     text,
  sam        text,
  attributes jsonb       NOT NULL,
  last_seen  timestamptz NOT NULL DEFAULT now(),
  -- The complete read that last held it.
  last_read  bigint      NOT NULL DEFAULT 0,
  deleted_at timestamptz,
  PRIMARY KEY (forest_id, guid)
);
CREATE INDEX managed_object_by_anchor ON managed_object (forest_id, anchor) WHERE deleted_at IS NULL;
CREATE INDEX managed_object_by_sam ON managed_object (forest_id, lower(sam)) WHERE deleted_at IS NULL;
CREATE INDEX managed_object_by_dn ON managed_object (forest_id, lower(dn)) WHERE deleted_at IS NULL;
CREATE SEQUENCE managed_read;

CREATE TABLE managed_link (
  forest_id smallint NOT NULL,
  holder    uuid     NOT NULL,
  attribute text     NOT NULL,
  target    uuid     NOT NULL,
  PRIMARY KEY (forest_id, holder, attribute, target),
  FOREIGN KEY (forest_id, holder) REFERENCES managed_object ON DELETE CASCADE
);
CREATE INDEX managed_link_by_target ON managed_link (forest_id, target);
