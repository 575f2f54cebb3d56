-- What a protocol said and what was answered stays; protocols are retired, courses end, none is taken away.
CREATE TRIGGER protocol_version_refuses_update BEFORE UPDATE ON protocol_version
BEGIN SELECT RAISE(ABORT, 'append-only: protocol_version refuses UPDATE'); END;
--;
CREATE TRIGGER protocol_version_refuses_delete BEFORE DELETE ON protocol_version
BEGIN SELECT RAISE(ABORT, 'append-only: protocol_version refuses DELETE'); END;
--;
CREATE TRIGGER protocol_need_refuses_update BEFORE UPDATE ON protocol_need
BEGIN SELECT RAISE(ABORT, 'append-only: protocol_need refuses UPDATE'); END;
--;
CREATE TRIGGER protocol_need_refuses_delete BEFORE DELETE ON protocol_need
BEGIN SELECT RAISE(ABORT, 'append-only: protocol_need refuses DELETE'); END;
--;
CREATE TRIGGER interval_answer_refuses_update BEFORE UPDATE ON interval_answer
BEGIN SELECT RAISE(ABORT, 'append-only: interval_answer refuses UPDATE'); END;
--;
CREATE TRIGGER interval_answer_refuses_delete BEFORE DELETE ON interval_answer
BEGIN SELECT RAISE(ABORT, 'append-only: interval_answer refuses DELETE'); END;
--;
CREATE TRIGGER protocol_refuses_delete BEFORE DELETE ON protocol
BEGIN SELECT RAISE(ABORT, 'append-only: protocol refuses DELETE'); END;
--;
CREATE TRIGGER course_refuses_delete BEFORE DELETE ON course
BEGIN SELECT RAISE(ABORT, 'append-only: course refuses DELETE'); END;
--;
CREATE TRIGGER course_session_refuses_delete BEFORE DELETE ON course_session
BEGIN SELECT RAISE(ABORT, 'append-only: course_session refuses DELETE'); END;
--;
