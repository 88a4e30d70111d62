-- A customer's validated configuration. Numbered and immutable: a cycle and its planned changes name theirs.
CREATE TABLE configuration_version (
  customer   text        NOT NULL,
  number     integer     NOT NULL CHECK (number > 0),
  document   jsonb       NOT NULL,
  applied_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (customer, number)
);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'a configuration version is immutable';
END $$;

CREATE TRIGGER configuration_version_is_immutable
  BEFORE UPDATE OR DELETE ON configuration_version
  FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- A domain belongs to one customer only.
CREATE TABLE owned_domain (
  domain   text PRIMARY KEY,
  customer text NOT NULL
);

-- A forest, of a customer or managed (then without customer). The short id is what the connector spaces carry.
CREATE TABLE forest (
  id       smallint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  side     text NOT NULL CHECK (side IN ('source', 'managed')),
  customer text NOT NULL DEFAULT '',
  name     text NOT NULL,
  -- Configuration and rules that every object of a source forest was last evaluated with.
  evaluated_with text,
  CHECK ((side = 'managed') = (customer = '')),
  UNIQUE (side, customer, name)
);

CREATE TABLE run (
  id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  customer      text        NOT NULL,
  forest_id     smallint    NOT NULL REFERENCES forest,
  profile       text        NOT NULL CHECK (profile IN ('full', 'delta')),
  configuration integer     NOT NULL,
  workflow_id   text        NOT NULL,
  workflow_run  text        NOT NULL,
  lock_counter  bigint      NOT NULL,
  started_at    timestamptz NOT NULL DEFAULT now(),
  ended_at      timestamptz,
  outcome       text        CHECK (outcome IN ('completed', 'failed', 'cancelled')),
  counts        jsonb       NOT NULL DEFAULT '{}',
  FOREIGN KEY (customer, configuration) REFERENCES configuration_version,
  UNIQUE (workflow_id, workflow_run)
);
CREATE INDEX run_by_forest ON run (forest_id, id DESC);

-- Who may write for a forest. The counter rises with each taking, so that a writer that lost the lock is told from the one that has it.
CREATE TABLE forest_lock (
  forest_id    smallint PRIMARY KEY REFERENCES forest,
  counter      bigint NOT NULL,
  workflow_id  text,
  workflow_run text,
  taken_at     timestamptz,
  CHECK ((workflow_id IS NULL) = (workflow_run IS NULL))
);

-- Up to where a naming context has been read; written in the transaction that stages what it covers.
CREATE TABLE watermark (
  forest_id      smallint    NOT NULL REFERENCES forest,
  naming_context text        NOT NULL,
  controller     text        NOT NULL,
  invocation_id  uuid        NOT NULL,
  highest_usn    bigint      NOT NULL,
  cookie         bytea,
  read_at        timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (forest_id, naming_context)
);
