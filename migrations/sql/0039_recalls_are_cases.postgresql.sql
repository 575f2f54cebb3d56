-- A recall is written down once and for good: what changes is a further row.
CREATE TRIGGER recall_case_refuses_change BEFORE UPDATE OR DELETE ON recall_case
FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER recall_case_refuses_truncate BEFORE TRUNCATE ON recall_case
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER recall_notice_refuses_change BEFORE UPDATE OR DELETE ON recall_notice
FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER recall_notice_refuses_truncate BEFORE TRUNCATE ON recall_notice
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER recall_file_refuses_change BEFORE UPDATE OR DELETE ON recall_file
FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER recall_file_refuses_truncate BEFORE TRUNCATE ON recall_file
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER recall_scope_refuses_change BEFORE UPDATE OR DELETE ON recall_scope
FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER recall_scope_refuses_truncate BEFORE TRUNCATE ON recall_scope
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER recall_lot_refuses_change BEFORE UPDATE OR DELETE ON recall_lot
FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER recall_lot_refuses_truncate BEFORE TRUNCATE ON recall_lot
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER recall_finding_refuses_change BEFORE UPDATE OR DELETE ON recall_finding
FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER recall_finding_refuses_truncate BEFORE TRUNCATE ON recall_finding
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER recall_step_refuses_change BEFORE UPDATE OR DELETE ON recall_step
FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER recall_step_refuses_truncate BEFORE TRUNCATE ON recall_step
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER recall_session_refuses_change BEFORE UPDATE OR DELETE ON recall_session
FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER recall_session_refuses_truncate BEFORE TRUNCATE ON recall_session
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--;
