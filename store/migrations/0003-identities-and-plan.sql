-- What a source object and a managed object have in common for life.
CREATE TABLE identity (
  id            uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
  customer      text        NOT NULL,
  source_forest smallint    NOT NULL REFERENCES forest,
  source_guid   uuid        NOT NULL,
  managed_forest smallint   NOT NULL REFERENCES forest,
  managed_guid  uuid,
  kind          text        NOT NULL CHECK (kind IN ('user', 'contact', 'group')),
  -- Decided once and then kept.
  cn            text        NOT NULL,
  sam           text,
  -- connected: a live source in scope. disconnected: none; nothing flows.
  state         text        NOT NULL DEFAULT 'connected' CHECK (state IN ('connected', 'disconnected')),
  -- Values that we wrote of attributes that are owned by value.
  written       jsonb       NOT NULL DEFAULT '{}',
  -- Something changed since the identity was last planned: its wanted image or the managed one.
  plan_dirty    boolean     NOT NULL DEFAULT true,
  links_dirty   boolean     NOT NULL DEFAULT true,
  created_at    timestamptz NOT NULL DEFAULT now(),
  UNIQUE (source_forest, source_guid),
  UNIQUE (managed_forest, managed_guid)
);
CREATE UNIQUE INDEX identity_sam ON identity (managed_forest, lower(sam));
CREATE UNIQUE INDEX identity_cn ON identity (customer, managed_forest, lower(cn));
CREATE INDEX identity_plan_dirty ON identity (source_forest, id) WHERE plan_dirty;
CREATE INDEX identity_links_dirty ON identity (source_forest, id) WHERE links_dirty;

-- What the rules last decided about a source object.
CREATE TABLE evaluation (
  forest_id     smallint NOT NULL,
  guid          uuid     NOT NULL,
  in_scope      boolean  NOT NULL,
  scope_rule    text     NOT NULL,
  wanted        jsonb    NOT NULL,
  service       jsonb    NOT NULL,
  configuration integer  NOT NULL,
  run_id        bigint   NOT NULL REFERENCES run,
  -- Decided or contested anew since its identity was last looked at.
  unsettled     boolean  NOT NULL DEFAULT true,
  PRIMARY KEY (forest_id, guid),
  FOREIGN KEY (forest_id, guid) REFERENCES source_object ON DELETE CASCADE
);
CREATE INDEX evaluation_unsettled ON evaluation (forest_id, guid) WHERE unsettled;
CREATE INDEX evaluation_by_run ON evaluation (run_id);

-- Names and addresses that objects in scope want, and who holds them: one holder in a managed forest.
CREATE TABLE wanted_claim (
  managed_forest smallint NOT NULL REFERENCES forest,
  kind           text     NOT NULL CHECK (kind IN ('address', 'nickname')),
  value          text     NOT NULL,
  forest_id      smallint NOT NULL,
  guid           uuid     NOT NULL,
  attribute      text     NOT NULL,
  -- whenCreated of the claimant: of two that come in the same read, the older one gets the value.
  since          text     NOT NULL,
  PRIMARY KEY (managed_forest, kind, value, forest_id, guid),
  FOREIGN KEY (forest_id, guid) REFERENCES source_object ON DELETE CASCADE
);
CREATE INDEX wanted_claim_by_object ON wanted_claim (forest_id, guid);

CREATE TABLE claim (
  managed_forest smallint NOT NULL REFERENCES forest,
  kind           text     NOT NULL CHECK (kind IN ('address', 'nickname')),
  value          text     NOT NULL,
  forest_id      smallint NOT NULL,
  guid           uuid     NOT NULL,
  PRIMARY KEY (managed_forest, kind, value),
  FOREIGN KEY (forest_id, guid) REFERENCES source_object ON DELETE CASCADE
);
CREATE INDEX claim_by_object ON claim (forest_id, guid);

CREATE TABLE object_error (
  forest_id    smallint    NOT NULL,
  guid         uuid        NOT NULL,
  code         text        NOT NULL CHECK (code ~ '^(SE|PE)[0-9]{3}$'),
  attribute    text        NOT NULL DEFAULT '',
  details      text        NOT NULL,
  other_forest smallint,
  other_guid   uuid,
  -- Which stage finds it, and so may clear it.
  finder       text        NOT NULL CHECK (finder IN ('rule', 'claim', 'write', 'link', 'service')),
  first_seen   timestamptz NOT NULL DEFAULT now(),
  last_seen    timestamptz NOT NULL DEFAULT now(),
  count        integer     NOT NULL DEFAULT 1,
  PRIMARY KEY (forest_id, guid, code, attribute),
  FOREIGN KEY (forest_id, guid) REFERENCES source_object ON DELETE CASCADE
);

-- What must change in the Managed Forest, what was done about it, and what was there before: preview, application, audit and undo are the same rows.
CREATE TABLE planned_change (
  id            bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  run_id        bigint      NOT NULL REFERENCES run,
  configuration integer     NOT NULL,
  identity_id   uuid        NOT NULL REFERENCES identity,
  stage         text        NOT NULL CHECK (stage IN ('objects', 'references')),
  page          integer     NOT NULL,
  operation     text        NOT NULL CHECK (operation IN ('add', 'modify', 'link')),
  managed_guid  uuid,
  attribute     text,
  before        jsonb       NOT NULL,
  after         jsonb       NOT NULL,
  rule          text        NOT NULL,
  state         text        NOT NULL DEFAULT 'planned' CHECK (state IN ('planned', 'applied', 'confirmed', 'failed', 'dropped')),
  answer        text,
  planned_at    timestamptz NOT NULL DEFAULT now(),
  applied_at    timestamptz,
  CHECK (operation = 'add' OR managed_guid IS NOT NULL),
  CHECK ((operation = 'link') = (attribute IS NOT NULL))
);
CREATE INDEX planned_change_by_page ON planned_change (run_id, stage, page);
CREATE INDEX planned_change_open ON planned_change (run_id) WHERE state = 'planned';
CREATE INDEX planned_change_applied ON planned_change (identity_id) WHERE state = 'applied';
CREATE INDEX planned_change_by_identity ON planned_change (identity_id, id);
