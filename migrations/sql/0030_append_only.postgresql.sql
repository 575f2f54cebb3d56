-- What a protocol said and what was answered stays; protocols are retired, courses end, none is taken away.
CREATE TRIGGER protocol_version_refuses_change BEFORE UPDATE OR DELETE ON protocol_version
FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER protocol_version_refuses_truncate BEFORE TRUNCATE ON protocol_version
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER protocol_need_refuses_change BEFORE UPDATE OR DELETE ON protocol_need
FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER protocol_need_refuses_truncate BEFORE TRUNCATE ON protocol_need
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER interval_answer_refuses_change BEFORE UPDATE OR DELETE ON interval_answer
FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER interval_answer_refuses_truncate BEFORE TRUNCATE ON interval_answer
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER protocol_refuses_delete BEFORE DELETE ON protocol
FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER protocol_refuses_truncate BEFORE TRUNCATE ON protocol
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER course_refuses_delete BEFORE DELETE ON course
FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER course_refuses_truncate BEFORE TRUNCATE ON course
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER course_session_refuses_delete BEFORE DELETE ON course_session
FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER course_session_refuses_truncate BEFORE TRUNCATE ON course_session
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--;
