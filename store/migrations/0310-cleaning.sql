-- What has been kept long enough is deleted by age, and what it refers to is looked up by what it refers to: each deletion of a row
-- asks all tables that may name it.
CREATE INDEX pin_by_change ON pin (change_id);
CREATE INDEX pin_released ON pin (released_at) WHERE released_at IS NOT NULL;
CREATE INDEX hold_by_run ON hold (run_id);
CREATE INDEX reconnection_by_run ON reconnection (run_id);
CREATE INDEX reconnection_rejection_by_identity ON reconnection_rejection (identity_id);
CREATE INDEX source_container_by_read ON source_container (last_read);
CREATE INDEX source_object_gone ON source_object (forest_id, tombstone_at) WHERE tombstone_at IS NOT NULL;
CREATE INDEX managed_object_gone ON managed_object (forest_id, deleted_at) WHERE deleted_at IS NOT NULL;
CREATE INDEX conversion_by_identity ON conversion (identity_id);
