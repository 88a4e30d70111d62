-- Voice is a service beside the mailbox; what its steps find is told and cleared apart from what those of the mailbox find.
ALTER TABLE service
  DROP CONSTRAINT service_service_check,
  ADD CONSTRAINT service_service_check CHECK (service IN ('mailbox', 'mail', 'voice'));
ALTER TABLE object_error
  DROP CONSTRAINT object_error_finder_check,
  ADD CONSTRAINT object_error_finder_check CHECK (finder IN ('rule', 'claim', 'write', 'link', 'service', 'join', 'confirm', 'voice', 'kind'));
