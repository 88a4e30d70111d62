-- How customers were, or are being, offboarded. The one that is not lifted is in force.
CREATE TABLE offboarding (
  id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  customer   text        NOT NULL,
  -- leave: its managed objects stay as they are. deprovision: they leave the scope by waves.
  way        text        NOT NULL CHECK (way IN ('leave', 'deprovision')),
  state      text        NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'stopped', 'completed')),
  operator   text,
  -- First run of the workflow that opened it, across its continuations.
  opened_by  text        NOT NULL UNIQUE,
  started_at timestamptz NOT NULL DEFAULT now(),
  ended_at   timestamptz,
  -- The customer was brought back, or another offboarding took its place.
  lifted_at  timestamptz,
  -- What there was when it began.
  result     jsonb
);
CREATE UNIQUE INDEX offboarding_in_force ON offboarding (customer) WHERE lifted_at IS NULL;
