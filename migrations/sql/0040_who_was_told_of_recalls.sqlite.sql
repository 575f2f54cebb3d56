-- What was said to whom about a recall is never taken back: what changes is a further row.
CREATE TRIGGER recall_attempt_refuses_update BEFORE UPDATE ON recall_attempt
BEGIN SELECT RAISE(ABORT, 'append-only: recall_attempt refuses UPDATE'); END;
--;
CREATE TRIGGER recall_attempt_refuses_delete BEFORE DELETE ON recall_attempt
BEGIN SELECT RAISE(ABORT, 'append-only: recall_attempt refuses DELETE'); END;
--;
CREATE TRIGGER recall_letter_refuses_update BEFORE UPDATE ON recall_letter
BEGIN SELECT RAISE(ABORT, 'append-only: recall_letter refuses UPDATE'); END;
--;
CREATE TRIGGER recall_letter_refuses_delete BEFORE DELETE ON recall_letter
BEGIN SELECT RAISE(ABORT, 'append-only: recall_letter refuses DELETE'); END;
--;
CREATE TRIGGER recall_reply_refuses_update BEFORE UPDATE ON recall_reply
BEGIN SELECT RAISE(ABORT, 'append-only: recall_reply refuses UPDATE'); END;
--;
CREATE TRIGGER recall_reply_refuses_delete BEFORE DELETE ON recall_reply
BEGIN SELECT RAISE(ABORT, 'append-only: recall_reply refuses DELETE'); END;
--;
CREATE TRIGGER recall_reply_line_refuses_update BEFORE UPDATE ON recall_reply_line
BEGIN SELECT RAISE(ABORT, 'append-only: recall_reply_line refuses UPDATE'); END;
--;
CREATE TRIGGER recall_reply_line_refuses_delete BEFORE DELETE ON recall_reply_line
BEGIN SELECT RAISE(ABORT, 'append-only: recall_reply_line refuses DELETE'); END;
--;
CREATE TRIGGER recall_check_refuses_update BEFORE UPDATE ON recall_check
BEGIN SELECT RAISE(ABORT, 'append-only: recall_check refuses UPDATE'); END;
--;
CREATE TRIGGER recall_check_refuses_delete BEFORE DELETE ON recall_check
BEGIN SELECT RAISE(ABORT, 'append-only: recall_check refuses DELETE'); END;
--;
CREATE TRIGGER recall_mock_result_refuses_update BEFORE UPDATE ON recall_mock_result
BEGIN SELECT RAISE(ABORT, 'append-only: recall_mock_result refuses UPDATE'); END;
--;
CREATE TRIGGER recall_mock_result_refuses_delete BEFORE DELETE ON recall_mock_result
BEGIN SELECT RAISE(ABORT, 'append-only: recall_mock_result refuses DELETE'); END;
--;
