-- When the attempt that may write was scheduled, in milliseconds since 1970 by Temporal's clock: of two attempts the later one,
-- whichever comes first to the database.
ALTER TABLE run_step RENAME COLUMN attempt TO scheduled_at;
ALTER TABLE run_step ALTER COLUMN scheduled_at TYPE bigint;
ALTER TABLE service ADD COLUMN scheduled_at bigint NOT NULL DEFAULT 0;
