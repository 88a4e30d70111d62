-- confirm: the read that followed a change does not show it.
ALTER TABLE object_error
  DROP CONSTRAINT object_error_finder_check,
  ADD CONSTRAINT object_error_finder_check CHECK (finder IN ('rule', 'claim', 'write', 'link', 'service', 'join', 'confirm'));
