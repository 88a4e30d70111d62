-- What an operator should know of a managed forest, of one object or, without objectGUID, of the whole. It goes when it no longer holds.
CREATE TABLE managed_notice (
  forest_id  smallint    NOT NULL,
  -- conflict: two domain controllers took the same name, and one of the two objects was given another. moved: somebody gave it another
  -- name or place. short read: a complete read held so few objects that nothing it lacks counts as gone.
  code       text        NOT NULL CHECK (code IN ('conflict', 'moved', 'short read')),
  guid       uuid,
  details    text        NOT NULL,
  first_seen timestamptz NOT NULL DEFAULT now(),
  last_seen  timestamptz NOT NULL DEFAULT now(),
  UNIQUE NULLS NOT DISTINCT (forest_id, code, guid)
);
