-- A voice line is one's own, as an address is: who asks for another's has an error of voice alone.
ALTER TABLE wanted_claim
  DROP CONSTRAINT wanted_claim_kind_check,
  ADD CONSTRAINT wanted_claim_kind_check CHECK (kind IN ('address', 'nickname', 'line'));
ALTER TABLE claim
  DROP CONSTRAINT claim_kind_check,
  ADD CONSTRAINT claim_kind_check CHECK (kind IN ('address', 'nickname', 'line'));
