-- The managed object that an identity had and that somebody deleted: it is brought back from its tombstone rather than built anew.
ALTER TABLE identity
  ADD COLUMN deleted_guid uuid,
  -- When somebody else deleted its managed object, the newest ten.
  ADD COLUMN deletions timestamptz[] NOT NULL DEFAULT '{}';
CREATE INDEX identity_deleted ON identity (managed_forest, deleted_guid) WHERE deleted_guid IS NOT NULL;

-- The run whose complete read neither held the object nor found its tombstone: another one's has to say the same before it counts as gone.
ALTER TABLE managed_object ADD COLUMN absent_run bigint;
CREATE INDEX managed_object_absent ON managed_object (forest_id) WHERE absent_run IS NOT NULL;
