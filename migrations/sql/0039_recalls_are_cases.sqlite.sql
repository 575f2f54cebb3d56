-- A recall is written down once and for good: what changes is a further row.
CREATE TRIGGER recall_case_refuses_update BEFORE UPDATE ON recall_case
BEGIN SELECT RAISE(ABORT, 'append-only: recall_case refuses UPDATE'); END;
--;
CREATE TRIGGER recall_case_refuses_delete BEFORE DELETE ON recall_case
BEGIN SELECT RAISE(ABORT, 'append-only: recall_case refuses DELETE'); END;
--;
CREATE TRIGGER recall_notice_refuses_update BEFORE UPDATE ON recall_notice
BEGIN SELECT RAISE(ABORT, 'append-only: recall_notice refuses UPDATE'); END;
--;
CREATE TRIGGER recall_notice_refuses_delete BEFORE DELETE ON recall_notice
BEGIN SELECT RAISE(ABORT, 'append-only: recall_notice refuses DELETE'); END;
--;
CREATE TRIGGER recall_file_refuses_update BEFORE UPDATE ON recall_file
BEGIN SELECT RAISE(ABORT, 'append-only: recall_file refuses UPDATE'); END;
--;
CREATE TRIGGER recall_file_refuses_delete BEFORE DELETE ON recall_file
BEGIN SELECT RAISE(ABORT, 'append-only: recall_file refuses DELETE'); END;
--;
CREATE TRIGGER recall_scope_refuses_update BEFORE UPDATE ON recall_scope
BEGIN SELECT RAISE(ABORT, 'append-only: recall_scope refuses UPDATE'); END;
--;
CREATE TRIGGER recall_scope_refuses_delete BEFORE DELETE ON recall_scope
BEGIN SELECT RAISE(ABORT, 'append-only: recall_scope refuses DELETE'); END;
--;
CREATE TRIGGER recall_lot_refuses_update BEFORE UPDATE ON recall_lot
BEGIN SELECT RAISE(ABORT, 'append-only: recall_lot refuses UPDATE'); END;
--;
CREATE TRIGGER recall_lot_refuses_delete BEFORE DELETE ON recall_lot
BEGIN SELECT RAISE(ABORT, 'append-only: recall_lot refuses DELETE'); END;
--;
CREATE TRIGGER recall_finding_refuses_update BEFORE UPDATE ON recall_finding
BEGIN SELECT RAISE(ABORT, 'append-only: recall_finding refuses UPDATE'); END;
--;
CREATE TRIGGER recall_finding_refuses_delete BEFORE DELETE ON recall_finding
BEGIN SELECT RAISE(ABORT, 'append-only: recall_finding refuses DELETE'); END;
--;
CREATE TRIGGER recall_step_refuses_update BEFORE UPDATE ON recall_step
BEGIN SELECT RAISE(ABORT, 'append-only: recall_step refuses UPDATE'); END;
--;
CREATE TRIGGER recall_step_refuses_delete BEFORE DELETE ON recall_step
BEGIN SELECT RAISE(ABORT, 'append-only: recall_step refuses DELETE'); END;
--;
CREATE TRIGGER recall_session_refuses_update BEFORE UPDATE ON recall_session
BEGIN SELECT RAISE(ABORT, 'append-only: recall_session refuses UPDATE'); END;
--;
CREATE TRIGGER recall_session_refuses_delete BEFORE DELETE ON recall_session
BEGIN SELECT RAISE(ABORT, 'append-only: recall_session refuses DELETE'); END;
--;
