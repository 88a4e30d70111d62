-- Configurations that are not in force, of which a preview tells what they would do.
CREATE TABLE candidate_configuration (
  id       bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  customer text        NOT NULL,
  document jsonb       NOT NULL,
  at       timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX candidate_configuration_by_customer ON candidate_configuration (customer);
