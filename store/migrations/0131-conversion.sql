-- A change of the recipient kind that an operator asked for.
CREATE TABLE conversion (
  id             bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  identity_id    uuid        NOT NULL REFERENCES identity,
  from_recipient text        NOT NULL,
  to_recipient   text        NOT NULL,
  -- What was wanted and known of the mailbox before, to go back to where the conversion is given up.
  former_wish    jsonb,
  former_facts   jsonb       NOT NULL,
  operator       text        NOT NULL,
  workflow_run   text        NOT NULL,
  began_at       timestamptz NOT NULL DEFAULT now(),
  ended_at       timestamptz,
  outcome        text        CHECK (outcome IN ('converted', 'given up')),
  CHECK ((ended_at IS NULL) = (outcome IS NULL))
);
CREATE UNIQUE INDEX conversion_open ON conversion (identity_id) WHERE ended_at IS NULL;
