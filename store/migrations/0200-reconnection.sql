-- What source objects are known by, as they last showed it in scope, so that a new one can be found to be the same person.
CREATE TABLE source_key (
  forest_id smallint NOT NULL,
  guid      uuid     NOT NULL,
  rule      text     NOT NULL,
  value     text     NOT NULL,
  PRIMARY KEY (forest_id, guid, rule, value),
  FOREIGN KEY (forest_id, guid) REFERENCES source_object ON DELETE CASCADE
);
CREATE INDEX source_key_by_value ON source_key (rule, value);
-- A mailbox is known by its legacyExchangeDN, too.
CREATE INDEX service_by_legacy_dn ON service (left(lower(facts ->> 'legacyExchangeDn'), 256)) WHERE facts ? 'legacyExchangeDn';

-- Identities that evidence finds for a new source object. While there are some, nothing is created for it, and it claims no address.
CREATE TABLE reconnection_candidate (
  forest_id   smallint NOT NULL,
  guid        uuid     NOT NULL,
  identity_id uuid     NOT NULL REFERENCES identity,
  rule        text     NOT NULL,
  mode        text     NOT NULL CHECK (mode IN ('auto', 'review')),
  position    smallint NOT NULL,
  PRIMARY KEY (forest_id, guid, identity_id, rule),
  FOREIGN KEY (forest_id, guid) REFERENCES source_object ON DELETE CASCADE
);
CREATE INDEX reconnection_candidate_by_identity ON reconnection_candidate (identity_id);

-- A reconnection of an identity to a new source object: asked about, decided, made, confirmed, undone. Never deleted once it is decided.
CREATE TABLE reconnection (
  id            bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  -- The new source object.
  forest_id     smallint    NOT NULL,
  guid          uuid        NOT NULL,
  -- open: waits for an operator, or for the old source object to go. approved: the next cycle makes it. linked: the identity has
  -- the new source object, and its services follow. reconnected: confirmed by reading.
  state         text        NOT NULL CHECK (state IN ('open', 'approved', 'linked', 'reconnected', 'undone')),
  -- Which error its object shows while it is open.
  code          text,
  -- [{"identity", "managed", "forest", "guid", "dn", "rules", "gone"}], when it was asked or decided.
  candidates    jsonb       NOT NULL,
  -- Operators that have approved it: [{"operator", "identity", "at"}].
  approvals     jsonb       NOT NULL DEFAULT '[]',
  identity_id   uuid REFERENCES identity,
  rule          text,
  -- An operator, or the rule that decided by itself.
  decided_by    text,
  decided_at    timestamptz,
  opened_at     timestamptz NOT NULL DEFAULT now(),
  -- The source object that the identity had, and what was there before and after.
  former_forest smallint,
  former_guid   uuid,
  before        jsonb,
  after         jsonb,
  run_id        bigint REFERENCES run,
  ended_at      timestamptz,
  undone_by     text,
  -- Its workflow knows how things stand.
  told          boolean     NOT NULL DEFAULT false,
  FOREIGN KEY (forest_id, guid) REFERENCES source_object ON DELETE CASCADE,
  CHECK (state IN ('open', 'undone') OR (identity_id IS NOT NULL AND decided_by IS NOT NULL)),
  CHECK (state NOT IN ('linked', 'reconnected') OR (former_guid IS NOT NULL AND former_forest IS NOT NULL))
);
CREATE UNIQUE INDEX reconnection_by_object ON reconnection (forest_id, guid) WHERE state <> 'undone';
CREATE INDEX reconnection_by_former ON reconnection (former_forest, former_guid) WHERE state IN ('linked', 'reconnected');
CREATE INDEX reconnection_by_identity ON reconnection (identity_id);
CREATE INDEX reconnection_untold ON reconnection (forest_id, id) WHERE NOT told;
CREATE INDEX reconnection_linked ON reconnection (identity_id) WHERE state = 'linked';

-- What an operator has said no to: not asked again.
CREATE TABLE reconnection_rejection (
  forest_id   smallint    NOT NULL,
  guid        uuid        NOT NULL,
  identity_id uuid        NOT NULL REFERENCES identity,
  operator    text        NOT NULL,
  at          timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (forest_id, guid, identity_id),
  FOREIGN KEY (forest_id, guid) REFERENCES source_object ON DELETE CASCADE
);

-- Which finders there are is the code's to say: each new one would change this constraint again.
ALTER TABLE object_error
  DROP CONSTRAINT object_error_finder_check,
  ADD CONSTRAINT object_error_finder_check CHECK (finder ~ '^[a-z]{2,20}$');
