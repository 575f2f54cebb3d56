-- What was printed was printed.
CREATE TRIGGER label_print_refuses_change BEFORE UPDATE OR DELETE ON label_print
FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER label_print_refuses_truncate BEFORE TRUNCATE ON label_print
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--;
