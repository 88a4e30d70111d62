-- How the reads up to here were made, and whether the account saw deleted objects; null on the managed side.
ALTER TABLE watermark
  ADD COLUMN mode text CHECK (mode IN ('dirsync', 'dirsync-object-security', 'usn')),
  ADD COLUMN sees_deleted boolean;

-- How each naming context was read in a run: mode, why whole, what was found on the way.
ALTER TABLE run ADD COLUMN reading jsonb NOT NULL DEFAULT '{}';
