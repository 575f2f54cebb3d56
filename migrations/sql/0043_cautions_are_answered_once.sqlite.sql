-- What somebody answered before an act is never taken back.
CREATE TRIGGER caution_answer_refuses_update BEFORE UPDATE ON caution_answer
BEGIN SELECT RAISE(ABORT, 'append-only: caution_answer refuses UPDATE'); END;
--;
CREATE TRIGGER caution_answer_refuses_delete BEFORE DELETE ON caution_answer
BEGIN SELECT RAISE(ABORT, 'append-only: caution_answer refuses DELETE'); END;
--;
