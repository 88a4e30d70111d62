-- Two more kinds of runs: one that plans and takes all of it back, and one that reads a single object.
ALTER TABLE run DROP CONSTRAINT run_profile_check, ADD CONSTRAINT run_profile_check CHECK (profile IN ('full', 'delta', 'undo', 'preview', 'object'));
ALTER TABLE run DROP CONSTRAINT run_outcome_check, ADD CONSTRAINT run_outcome_check CHECK (outcome IN ('completed', 'failed', 'cancelled', 'previewed'));

-- What a preview found, for the operator who asked for it; the next one of the forest takes its place.
CREATE TABLE preview (
  forest_id smallint    PRIMARY KEY REFERENCES forest ON DELETE CASCADE,
  run_id    bigint      NOT NULL REFERENCES run ON DELETE CASCADE,
  at        timestamptz NOT NULL DEFAULT now(),
  content   jsonb       NOT NULL
);
