-- What was said to whom about a recall is never taken back: what changes is a further row.
CREATE TRIGGER recall_attempt_refuses_change BEFORE UPDATE OR DELETE ON recall_attempt
FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER recall_attempt_refuses_truncate BEFORE TRUNCATE ON recall_attempt
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER recall_letter_refuses_change BEFORE UPDATE OR DELETE ON recall_letter
FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER recall_letter_refuses_truncate BEFORE TRUNCATE ON recall_letter
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER recall_reply_refuses_change BEFORE UPDATE OR DELETE ON recall_reply
FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER recall_reply_refuses_truncate BEFORE TRUNCATE ON recall_reply
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER recall_reply_line_refuses_change BEFORE UPDATE OR DELETE ON recall_reply_line
FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER recall_reply_line_refuses_truncate BEFORE TRUNCATE ON recall_reply_line
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER recall_check_refuses_change BEFORE UPDATE OR DELETE ON recall_check
FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER recall_check_refuses_truncate BEFORE TRUNCATE ON recall_check
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER recall_mock_result_refuses_change BEFORE UPDATE OR DELETE ON recall_mock_result
FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER recall_mock_result_refuses_truncate BEFORE TRUNCATE ON recall_mock_result
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--;
