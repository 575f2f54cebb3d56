-- What the books knew is never rewritten.
CREATE TRIGGER receipt_line_before_refuses_change BEFORE UPDATE OR DELETE ON receipt_line_before
FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER receipt_line_before_refuses_truncate BEFORE TRUNCATE ON receipt_line_before
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--;
