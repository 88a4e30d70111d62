-- How the services of a run stand is asked twice a second while they are provisioned: also for those that are.
DROP INDEX service_by_run;
CREATE INDEX service_by_run ON service (run_id);

CREATE INDEX run_open ON run (forest_id) WHERE ended_at IS NULL;
