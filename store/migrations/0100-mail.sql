-- The service of mail is named as voice is, by what it is for: which kind of mailbox it is, its wish says. The list of
-- services is the one of 0130, which databases have that are older than this.
ALTER TABLE service
  DROP CONSTRAINT service_service_check,
  ADD CONSTRAINT service_service_check CHECK (service IN ('mailbox', 'mail', 'voice'));
UPDATE service SET service = 'mail' WHERE service = 'mailbox';
UPDATE evaluation SET service = service - 'mailbox' || jsonb_build_object('mail', service -> 'mailbox') WHERE service ? 'mailbox';
-- What an attempt began and did not live to settle is found by the name of its service.
UPDATE planned_change SET rule = 'mail: ' || substr(rule, 10) WHERE stage = 'services' AND state = 'planned' AND starts_with(rule, 'mailbox: ');
