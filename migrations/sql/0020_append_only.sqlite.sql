-- What the books knew is never rewritten.
CREATE TRIGGER receipt_line_before_refuses_update BEFORE UPDATE ON receipt_line_before
BEGIN SELECT RAISE(ABORT, 'append-only: receipt_line_before refuses UPDATE'); END;
--;
CREATE TRIGGER receipt_line_before_refuses_delete BEFORE DELETE ON receipt_line_before
BEGIN SELECT RAISE(ABORT, 'append-only: receipt_line_before refuses DELETE'); END;
--;
