-- What was printed was printed.
CREATE TRIGGER label_print_refuses_update BEFORE UPDATE ON label_print
BEGIN SELECT RAISE(ABORT, 'append-only: label_print refuses UPDATE'); END;
--;
CREATE TRIGGER label_print_refuses_delete BEFORE DELETE ON label_print
BEGIN SELECT RAISE(ABORT, 'append-only: label_print refuses DELETE'); END;
--;
