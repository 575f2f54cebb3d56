-- What was matched stays; deliveries and their lines are ended, never taken away.
CREATE TRIGGER bench_match_refuses_change BEFORE UPDATE OR DELETE ON bench_match
FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER bench_match_refuses_truncate BEFORE TRUNCATE ON bench_match
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER delivery_refuses_delete BEFORE DELETE ON delivery
FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER delivery_refuses_truncate BEFORE TRUNCATE ON delivery
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER delivery_line_refuses_delete BEFORE DELETE ON delivery_line
FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER delivery_line_refuses_truncate BEFORE TRUNCATE ON delivery_line
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--;
