-- The stages of a run's plan that the guard has looked at since they were planned: nothing else is written. Null where a worker that
-- knew nothing of it began the run.
ALTER TABLE run ADD COLUMN guarded text[];
