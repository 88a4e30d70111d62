-- An erasure is signed, too: of a person by the object, or of everything that is the customer's, which is nothing of the four.
ALTER TABLE operator_answer
  DROP CONSTRAINT operator_answer_action_check,
  ADD CONSTRAINT operator_answer_action_check CHECK (action IN ('approve', 'reject', 'choose', 'undo', 'purge')),
  DROP CONSTRAINT operator_answer_check1,
  ADD CONSTRAINT operator_answer_about_check
    CHECK ((forest_id IS NULL) = (guid IS NULL) AND num_nonnulls(hold_id, guid, map_id, onboarding_id) BETWEEN CASE WHEN action = 'purge' THEN 0 ELSE 1 END AND 1);
