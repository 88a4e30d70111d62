-- Not wanted any more, but the managed object still shows the value: it is given up when that has been written.
ALTER TABLE claim ADD COLUMN stale boolean NOT NULL DEFAULT false;
CREATE INDEX claim_stale ON claim (managed_forest) WHERE stale;
