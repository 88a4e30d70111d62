-- A list of old and new source objects that an operator has given: checked line by line, shown as a plan, approved as one list.
CREATE TABLE migration_map (
  id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  customer   text        NOT NULL,
  given_at   timestamptz NOT NULL DEFAULT now(),
  state      text        NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'approved', 'rejected')),
  -- Of the pairs that were right when it was last checked.
  hash       text,
  operator   text,
  decided_at timestamptz,
  CHECK ((state = 'open') = (operator IS NULL))
);

CREATE TABLE migration_map_line (
  map_id      bigint   NOT NULL REFERENCES migration_map ON DELETE CASCADE,
  line        integer  NOT NULL,
  old         text     NOT NULL,
  new         text     NOT NULL,
  -- What the last check found: the pair, or what is wrong with it.
  forest_id   smallint,
  guid        uuid,
  identity_id uuid,
  fault       text,
  PRIMARY KEY (map_id, line)
);
