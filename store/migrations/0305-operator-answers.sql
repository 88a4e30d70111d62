-- What operators answered where the configuration lists them, with the signature, so that it can be verified later. Rows that it is
-- about may be erased by retention: no references to them.
CREATE TABLE operator_answer (
  id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  customer   text        NOT NULL,
  -- What was answered: one of a list of changes, a case, a migration map, an onboarding.
  hold_id       bigint,
  forest_id     smallint,
  guid          uuid,
  map_id        bigint,
  onboarding_id bigint,
  action     text        NOT NULL CHECK (action IN ('approve', 'reject', 'choose', 'undo')),
  -- Exactly what was answered, with the hash of it.
  subject    text        NOT NULL,
  -- Null: nobody signed it, whatever name was said.
  operator   text,
  said       text        NOT NULL,
  -- The text that was signed, the public key that it was verified with (base64 of DER SubjectPublicKeyInfo), and the signature (base64).
  statement  text,
  public_key text,
  signature  text UNIQUE,
  at         timestamptz NOT NULL DEFAULT now(),
  -- With it there were enough; else it was the first of two.
  decides    boolean     NOT NULL,
  -- The step that recorded it: tried again, it finds it; from any other the same signature is refused.
  step       text        NOT NULL UNIQUE,
  CHECK ((operator IS NULL) = (signature IS NULL) AND (operator IS NULL) = (statement IS NULL) AND (operator IS NULL) = (public_key IS NULL)),
  CHECK ((forest_id IS NULL) = (guid IS NULL) AND num_nonnulls(hold_id, guid, map_id, onboarding_id) = 1)
);
CREATE INDEX operator_answer_by_subject ON operator_answer (customer, subject);
CREATE INDEX operator_answer_by_hold ON operator_answer (hold_id) WHERE hold_id IS NOT NULL;
CREATE INDEX operator_answer_by_object ON operator_answer (forest_id, guid) WHERE guid IS NOT NULL;
