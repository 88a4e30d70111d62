-- Bulk onboardings of forests: while one has its gate closed, an object that has no managed object waits until a wave admits it.
CREATE TABLE onboarding (
  id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  forest_id   smallint    NOT NULL REFERENCES forest,
  -- In order: [{"name", "under": [DN], "filter", "objects": [objectGUID]}]; without any of these three: everybody that is left.
  waves       jsonb       NOT NULL,
  operator    text,
  -- planned: given by an operator, nothing waits yet.
  state       text        NOT NULL DEFAULT 'planned' CHECK (state IN ('planned', 'running', 'stopped', 'completed')),
  -- Who is in no wave yet waits. Stays closed after a stop, and after waves that were not to take everybody.
  gate        boolean     NOT NULL DEFAULT false,
  -- The gate was closed or opened: the next cycle looks again at whom that concerns.
  gate_moved  boolean     NOT NULL DEFAULT false,
  -- First run of the workflow that opened it, across its continuations.
  opened_by   text        UNIQUE,
  started_at  timestamptz,
  ended_at    timestamptz,
  -- Milliseconds without pauses.
  active_ms   bigint      NOT NULL DEFAULT 0,
  -- Where its waves stood at its end.
  result      jsonb
);
CREATE UNIQUE INDEX onboarding_running ON onboarding (forest_id) WHERE state = 'running';
CREATE UNIQUE INDEX onboarding_gate ON onboarding (forest_id) WHERE gate;
CREATE INDEX onboarding_gate_moved ON onboarding (forest_id) WHERE gate_moved;

-- Whom an onboarding found waiting, by the wave that takes them.
CREATE TABLE onboarding_member (
  forest_id     smallint    NOT NULL,
  guid          uuid        NOT NULL,
  onboarding_id bigint      NOT NULL REFERENCES onboarding,
  -- Null where no wave takes it.
  wave          integer,
  -- Null until it is admitted, and where it was admitted beside the waves, as somebody whose services are there already.
  page          integer,
  admitted_at   timestamptz,
  -- A cycle has taken it up. Only whoever holds the forest marks objects for evaluation.
  taken_up      boolean     NOT NULL DEFAULT false,
  PRIMARY KEY (forest_id, guid),
  FOREIGN KEY (forest_id, guid) REFERENCES source_object ON DELETE CASCADE
);
CREATE INDEX onboarding_member_by_page ON onboarding_member (onboarding_id, page);
CREATE INDEX onboarding_member_new ON onboarding_member (forest_id) WHERE admitted_at IS NOT NULL AND NOT taken_up;

-- What happened to an onboarding, and who had it happen.
CREATE TABLE onboarding_event (
  onboarding_id bigint      NOT NULL REFERENCES onboarding,
  -- Counted by its workflow.
  number        integer     NOT NULL,
  at            timestamptz NOT NULL,
  what          text        NOT NULL,
  who           text,
  PRIMARY KEY (onboarding_id, number)
);

-- Who waits is looked for by what the evaluation says.
CREATE INDEX evaluation_waiting ON evaluation (forest_id, guid) WHERE scope_rule = 'in scope, but not yet admitted by the onboarding: waits';
