-- Versions of the rules in the order in which they were first seen, and when a worker was last seen that has them.
CREATE TABLE rules_version (
  version text        PRIMARY KEY,
  number  bigint      GENERATED ALWAYS AS IDENTITY UNIQUE,
  seen_at timestamptz NOT NULL DEFAULT now()
);
