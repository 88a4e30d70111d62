-- Objects that leave the scope by the offboarding of their customer, by the wave that takes them. They stay out of it until the customer is
-- brought back.
CREATE TABLE offboarding_member (
  forest_id      smallint    NOT NULL,
  guid           uuid        NOT NULL,
  offboarding_id bigint      NOT NULL REFERENCES offboarding,
  -- From 1; a later offboarding of the customer goes on counting.
  wave           integer     NOT NULL,
  withdrawn_at   timestamptz NOT NULL DEFAULT now(),
  -- A cycle has taken it up. Only whoever holds the forest marks objects for evaluation.
  taken_up       boolean     NOT NULL DEFAULT false,
  PRIMARY KEY (forest_id, guid),
  FOREIGN KEY (forest_id, guid) REFERENCES source_object ON DELETE CASCADE
);
CREATE INDEX offboarding_member_new ON offboarding_member (forest_id) WHERE NOT taken_up;

-- What happened to an offboarding, and who had it happen.
CREATE TABLE offboarding_event (
  offboarding_id bigint      NOT NULL REFERENCES offboarding,
  -- Counted by its workflow.
  number         integer     NOT NULL,
  at             timestamptz NOT NULL,
  what           text        NOT NULL,
  who            text,
  PRIMARY KEY (offboarding_id, number)
);

-- An approval may also be of an offboarding.
ALTER TABLE operator_answer
  ADD COLUMN offboarding_id bigint,
  DROP CONSTRAINT operator_answer_about_check,
  ADD CONSTRAINT operator_answer_about_check
    CHECK ((forest_id IS NULL) = (guid IS NULL) AND num_nonnulls(hold_id, guid, map_id, onboarding_id, offboarding_id) BETWEEN CASE WHEN action = 'purge' THEN 0 ELSE 1 END AND 1);
