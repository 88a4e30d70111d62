-- Taken in by the settlement under way. What becomes unsettled meanwhile, by another customer's settlement, waits for the next.
ALTER TABLE evaluation ADD COLUMN settling boolean NOT NULL DEFAULT false;
CREATE INDEX evaluation_settling ON evaluation (forest_id, guid) WHERE settling;

-- Of attributes that are owned by value, the values of `after` that are ours.
ALTER TABLE planned_change ADD COLUMN owned jsonb NOT NULL DEFAULT '{}';

-- Objects that are joined by their anchor keep their names, which may be equal in two containers.
DROP INDEX identity_cn;
CREATE INDEX identity_cn ON identity (customer, managed_forest, lower(cn));

CREATE TRIGGER configuration_version_is_not_emptied
  BEFORE TRUNCATE ON configuration_version
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Runs of workflows that another has taken the service from, the newest few.
ALTER TABLE service ADD COLUMN lost text[] NOT NULL DEFAULT '{}';
