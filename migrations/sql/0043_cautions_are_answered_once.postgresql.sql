-- What somebody answered before an act is never taken back.
CREATE TRIGGER caution_answer_refuses_change BEFORE UPDATE OR DELETE ON caution_answer
FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER caution_answer_refuses_truncate BEFORE TRUNCATE ON caution_answer
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--;
