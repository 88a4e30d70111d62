-- A notice that is refused is put off, and told when that has passed as long as what it says is so.
ALTER TABLE alert_notice
  ADD COLUMN refusals   integer NOT NULL DEFAULT 0,
  ADD COLUMN refusal    text,
  ADD COLUMN not_before timestamptz;
-- Why a cycle has failed: the type of the failure and its message, as its workflow shows them.
ALTER TABLE run ADD COLUMN failure jsonb;
-- The domain could not be read because its controllers refuse the account: somebody must mend it.
ALTER TABLE source_domain ADD COLUMN refused boolean NOT NULL DEFAULT false;
