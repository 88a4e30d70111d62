-- Rows of these tables come by the ten thousand in one statement. A foreign key looks up and locks for each of them the row that
-- it refers to, which took a quarter of an evaluation's time. What they refer to is never deleted (a delete is a mark), and the
-- statements that make them take it from its table.
ALTER TABLE source_object DROP CONSTRAINT source_object_forest_id_fkey, DROP CONSTRAINT source_object_last_read_fkey;
ALTER TABLE source_link DROP CONSTRAINT source_link_forest_id_holder_fkey;
ALTER TABLE managed_object DROP CONSTRAINT managed_object_forest_id_fkey;
ALTER TABLE managed_link DROP CONSTRAINT managed_link_forest_id_holder_fkey;
ALTER TABLE evaluation DROP CONSTRAINT evaluation_forest_id_guid_fkey, DROP CONSTRAINT evaluation_run_id_fkey;
ALTER TABLE wanted_claim DROP CONSTRAINT wanted_claim_forest_id_guid_fkey, DROP CONSTRAINT wanted_claim_managed_forest_fkey;
ALTER TABLE claim DROP CONSTRAINT claim_forest_id_guid_fkey, DROP CONSTRAINT claim_managed_forest_fkey;
ALTER TABLE identity DROP CONSTRAINT identity_source_forest_fkey, DROP CONSTRAINT identity_managed_forest_fkey;

-- Nothing is looked up by what is in these: statistics of them would take most of the time of ANALYZE.
ALTER TABLE source_object ALTER COLUMN attributes SET STATISTICS 0;
ALTER TABLE managed_object ALTER COLUMN attributes SET STATISTICS 0;
ALTER TABLE evaluation ALTER COLUMN wanted SET STATISTICS 0, ALTER COLUMN service SET STATISTICS 0;
ALTER TABLE identity ALTER COLUMN written SET STATISTICS 0;
ALTER TABLE planned_change ALTER COLUMN before SET STATISTICS 0, ALTER COLUMN after SET STATISTICS 0, ALTER COLUMN owned SET STATISTICS 0;

-- Nothing asks for the evaluations of a run.
DROP INDEX evaluation_by_run;
