-- How many services wait for a correction is asked by monitoring, every few seconds.
CREATE INDEX service_blocked ON service (identity_id) WHERE state = 'blocked';
