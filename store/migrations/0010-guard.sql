-- What an operator must look at before it is written: a list of planned changes of one run, named by the hash of its content.
CREATE TABLE hold (
  id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  run_id     bigint      NOT NULL REFERENCES run,
  hash       text        NOT NULL,
  changes    integer     NOT NULL,
  -- Which limits were passed, or why the whole plan waits.
  reasons    jsonb       NOT NULL,
  -- superseded: nothing of it is left, its objects were planned anew. expired: nobody answered in time, or its workflow is gone.
  state      text        NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'approved', 'rejected', 'superseded', 'expired')),
  operator   text,
  made_at    timestamptz NOT NULL DEFAULT now(),
  decided_at timestamptz,
  CHECK ((state IN ('approved', 'rejected')) = (operator IS NOT NULL))
);
CREATE UNIQUE INDEX hold_open ON hold (run_id) WHERE state = 'open';

ALTER TABLE planned_change
  ADD COLUMN hold_id bigint REFERENCES hold,
  -- The change that this one turns round.
  ADD COLUMN undoes bigint REFERENCES planned_change,
  DROP CONSTRAINT planned_change_operation_check,
  DROP CONSTRAINT planned_change_state_check,
  DROP CONSTRAINT planned_change_stage_check,
  DROP CONSTRAINT planned_change_check,
  ADD CONSTRAINT planned_change_operation_check CHECK (operation IN ('add', 'modify', 'link', 'disconnect', 'undelete', 'delete')),
  ADD CONSTRAINT planned_change_state_check
    CHECK (state IN ('planned', 'held', 'applied', 'confirmed', 'failed', 'dropped', 'rejected', 'undone')),
  ADD CONSTRAINT planned_change_stage_check CHECK (stage IN ('objects', 'references', 'services')),
  ADD CONSTRAINT planned_change_object_check CHECK (operation IN ('add', 'disconnect') OR managed_guid IS NOT NULL),
  ADD CONSTRAINT planned_change_hold_check CHECK (state <> 'held' OR hold_id IS NOT NULL);
CREATE INDEX planned_change_held ON planned_change (hold_id, id) WHERE hold_id IS NOT NULL;
CREATE INDEX planned_change_held_identity ON planned_change (identity_id) WHERE state = 'held';
CREATE INDEX planned_change_undoes ON planned_change (undoes) WHERE undoes IS NOT NULL;

ALTER TABLE run DROP CONSTRAINT run_profile_check, ADD CONSTRAINT run_profile_check CHECK (profile IN ('full', 'delta', 'undo'));

-- What an operator undid or rejected: not planned again until what is wanted changes, or until it is released.
CREATE TABLE pin (
  id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  identity_id uuid        NOT NULL REFERENCES identity,
  operation   text        NOT NULL CHECK (operation IN ('add', 'modify', 'link', 'disconnect', 'delete')),
  attribute   text        NOT NULL DEFAULT '',
  target      uuid,
  -- What was wanted: the values of the attribute, whether the target is one, or a hash of the new object.
  answers     jsonb       NOT NULL,
  change_id   bigint      NOT NULL REFERENCES planned_change,
  reason      text        NOT NULL CHECK (reason IN ('rejected', 'undone')),
  operator    text        NOT NULL,
  made_at     timestamptz NOT NULL DEFAULT now(),
  released_at timestamptz,
  -- Null where it ended by itself: something else is wanted now.
  released_by text
);
CREATE UNIQUE INDEX pin_in_force ON pin (identity_id, operation, attribute, target) NULLS NOT DISTINCT WHERE released_at IS NULL;

-- When the plan of a forest's first cycle was approved, or did not need to be.
ALTER TABLE forest ADD COLUMN first_plan_at timestamptz;
