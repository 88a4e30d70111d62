-- A service that an identity has or shall have. Facts are decided once, before the first write, and kept for life.
CREATE TABLE service (
  identity_id  uuid        NOT NULL REFERENCES identity,
  service      text        NOT NULL CHECK (service IN ('mailbox')),
  -- What the rules want; null when nothing is wanted any more.
  wanted       jsonb,
  facts        jsonb,
  -- wanted: an object workflow must run. provisioning: it runs. provisioned: confirmed. blocked: waits for a correction.
  state        text        NOT NULL DEFAULT 'wanted' CHECK (state IN ('wanted', 'provisioning', 'provisioned', 'blocked')),
  lock_counter bigint      NOT NULL DEFAULT 0,
  workflow_id  text,
  workflow_run text,
  run_id       bigint REFERENCES run,
  changed_at   timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (identity_id, service)
);
CREATE INDEX service_open ON service (state, identity_id) WHERE state IN ('wanted', 'provisioning');
CREATE INDEX service_by_run ON service (run_id) WHERE state IN ('wanted', 'provisioning');
CREATE INDEX service_by_database ON service ((facts ->> 'database')) WHERE facts IS NOT NULL;
