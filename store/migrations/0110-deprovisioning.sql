-- How the services of an identity end. Ended ones stay, so that a further end begins anew.
CREATE TABLE deprovisioning (
  identity_id     uuid        PRIMARY KEY REFERENCES identity,
  -- grace: nothing is undone yet. hold: the mailbox is inactive until its litigation hold ends. retention: undone, and can be given back.
  stage           text        NOT NULL DEFAULT 'grace' CHECK (stage IN ('grace', 'hold', 'retention', 'ended')),
  outcome         text CHECK (outcome IN ('done', 'given back', 'kept')),
  -- Why, as last seen.
  ending          text,
  -- Which end was begun.
  happens         text CHECK (happens IN ('mailUser', 'mailDisable', 'remove', 'removeGroup')),
  -- The attributes as they were before anything was undone.
  taken           jsonb,
  began_at        timestamptz NOT NULL DEFAULT now(),
  grace_until     timestamptz,
  retention_until timestamptz,
  -- Since when, and by whom, the clock is stopped.
  delayed_at      timestamptz,
  delayed_by      text,
  -- Its workflow knows how things stand.
  told            boolean     NOT NULL DEFAULT false,
  lock_counter    bigint      NOT NULL DEFAULT 0,
  workflow_run    text,
  scheduled_at    bigint      NOT NULL DEFAULT 0,
  CHECK ((stage = 'ended') = (outcome IS NOT NULL)),
  CHECK ((delayed_at IS NULL) = (delayed_by IS NULL))
);
CREATE INDEX deprovisioning_untold ON deprovisioning (identity_id) WHERE NOT told;

-- Why the services of the object are to end, where they are.
ALTER TABLE evaluation ADD COLUMN ending text CHECK (ending IN ('removalValue', 'mailCleared', 'outOfScope', 'filtered', 'deleted'));

-- disconnected: taken off, and kept to be given back.
ALTER TABLE service
  DROP CONSTRAINT service_state_check,
  ADD CONSTRAINT service_state_check CHECK (state IN ('wanted', 'provisioning', 'provisioned', 'blocked', 'disconnected'));
